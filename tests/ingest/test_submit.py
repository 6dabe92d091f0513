import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest import index
from ingest.fetch import fetch
from ingest.load import load_bytes
from ingest.submit import (
    Told,
    ask_within,
    catch_up,
    check_quota,
    document_of,
    places_in,
    read,
    refresh,
    see_through,
    undo_within,
)
from knowledge.errors import IndexFault, IndexMismatch, InvalidDocument, LeftToTheBot, OverQuota
from knowledge.types import STARTER, Quota

STRIKE = "The writers' strike lasted 148 days."


@pytest.fixture
def file(tmp_path):
    def file(text, name="strike.txt"):
        path = tmp_path / "papers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return file


def test_a_file_is_read_with_what_it_says_of_itself(file):
    path = file(f"---\ntitle: The strike\npublisher: The Gazette\n---\n{STRIKE}")

    document = read(str(path), STARTER, Told())

    assert document.text == STRIKE
    assert document.source.provenance.title == "The strike"
    assert document.source.provenance.publisher == "The Gazette"
    assert document.key == str(path)


def test_what_a_person_says_goes_before_what_the_file_says(file):
    path = file(f"---\ntitle: The strike\npublisher: The Gazette\n---\n{STRIKE}")

    provenance = read(str(path), STARTER, Told(title="Better")).source.provenance

    assert (provenance.title, provenance.publisher) == ("Better", "The Gazette")


def test_what_a_person_says_anew_is_a_change(file):
    path = str(file(STRIKE))

    assert read(path, STARTER, Told()).digest != read(path, STARTER, Told(title="Better")).digest
    assert read(path, STARTER, Told(title="Better")) == read(path, STARTER, Told(title="Better"))


def test_an_id_can_be_read_and_typed(file):
    for name in ("SAG-AFTRA terms (2023).txt", "Überblick.txt", "....txt", "a" * 200 + ".txt"):
        id = read(str(file(STRIKE, name)), STARTER, Told()).source.id

        assert id == id.lower()
        assert id.replace("-", "").isalnum()
        assert id.isascii()
        assert len(id) < 60


def test_an_id_tells_no_password_of_an_address():
    terms = load_bytes(b"Words.", "terms.txt")

    ids = {
        document_of(terms, f"https://{user}local7.example/", STARTER, Told()).source.id
        for user in ("", "bo:hunter2@", "bo:hunter2@x@")
    }

    assert len(ids) == 3
    assert {id.rpartition("-")[0] for id in ids} == {"local7-example"}


def test_the_same_place_in_another_scope_or_folder_is_another_document(file):
    here, there = str(file(STRIKE, "a/terms.txt")), str(file(STRIKE, "b/terms.txt"))

    ids = {
        read(here, STARTER, Told()).source.id,
        read(here, "guild-1", Told()).source.id,
        read(there, STARTER, Told()).source.id,
    }

    assert len(ids) == 3


def test_of_20_000_documents_no_two_have_the_same_id():
    terms = load_bytes(b"Words.", "terms.txt")

    ids = {document_of(terms, f"/{n}/terms.txt", STARTER, Told()).source.id for n in range(20_000)}

    assert len(ids) == 20_000


def test_a_path_means_the_same_document_however_it_is_written(file, monkeypatch):
    path = file(STRIKE)
    monkeypatch.chdir(path.parent)

    assert read("./strike.txt", STARTER, Told()) == read(str(path), STARTER, Told())


def test_a_folder_means_every_file_in_it_but_the_hidden_ones(file):
    root = file(STRIKE).parent
    for name in ("more/deep.txt", ".hidden", ".git/config", "more/.DS_Store"):
        file("x", name)

    assert list(places_in(str(root))) == [str(root / "more/deep.txt"), str(root / "strike.txt")]


def test_a_file_means_itself_even_if_it_is_hidden_or_missing():
    assert list(places_in(".env")) == [".env"]
    assert list(places_in("no/such.txt")) == ["no/such.txt"]


@pytest.mark.parametrize(
    ("url", "published"),
    [
        ("ask me", None),
        ("ftp://example.org/x", None),
        ("https://example.org/a page", None),
        (None, "May"),
        (None, "2023-13"),
    ],
)
def test_an_address_or_date_that_is_none_is_refused(url, published):
    with pytest.raises(InvalidDocument, match="is no"):
        Told.checked(None, None, url, published)


def test_a_good_address_and_date_are_taken():
    told = Told.checked("T", "P", " https://example.org ", "2023-09-26T10:00:00Z")

    assert told == Told("T", "P", "https://example.org", "2023-09-26")


def test_a_page_is_the_same_document_when_it_is_fetched_again():
    page = load_bytes(b"Words.", "page.txt", "https://example.org/page")

    once, again = (document_of(page, "https://example.org/page", STARTER, Told()) for _ in range(2))

    assert once == again
    assert once.source.provenance.url == "https://example.org/page"


def test_a_writer_elsewhere_is_waited_for_and_the_job_then_gets_done(library, document, other_writer):
    jobs = library.catalogue.ask(add=[document(STRIKE)])
    waits = []

    def waiting():
        waits.append(library.catalogue.waiting_count())
        if len(waits) == 2:
            other_writer.stdin.close()

    assert see_through(library, jobs, waiting=waiting) == ["added"]
    assert waits[:2] == [1, 1]


def test_a_job_is_done_though_the_writer_elsewhere_is_killed(library, document, other_writer):
    jobs = library.catalogue.ask(add=[document(STRIKE)])

    assert see_through(library, jobs, waiting=other_writer.kill) == ["added"]


def test_a_job_done_by_another_writer_is_only_watched(open_library, document, encoder):
    mine, theirs = open_library(), open_library()
    begun = threading.Event()
    finish = threading.Event()

    def write():
        with theirs.lock():
            begun.set()
            finish.wait(10)
            catch_up(theirs)

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait(10)
    jobs = mine.catalogue.ask(add=[document(STRIKE)])

    outcomes = see_through(mine, jobs, waiting=finish.set)

    thread.join()
    assert outcomes == ["added"]
    assert len(encoder.passages) == 1


def test_catching_up_leaves_the_work_to_a_writer_that_is_there(library, document, other_writer):
    library.catalogue.ask(add=[document(STRIKE)])

    catch_up(library)

    assert library.catalogue.waiting_count() == 1


def test_catching_up_does_what_a_crash_left_in_the_queue(library, document):
    library.catalogue.ask(add=[document(STRIKE)])

    catch_up(library)

    assert library.catalogue.waiting_count() == 0
    assert library.catalogue.document("starter-a").text == STRIKE


def test_with_nothing_to_do_catching_up_does_not_even_become_the_writer(library, settings):
    catch_up(library)

    assert not (settings.data_dir / "writer.lock").exists()


def test_what_a_moderator_wants_is_left_to_the_bot_and_holds_up_nothing_else(library, document):
    mine = document(STRIKE, scope="guild-1")
    (waits,) = library.catalogue.ask(add=[mine], person="7")

    assert see_through(library, library.catalogue.ask(add=[document(STRIKE, name="b")])) == ["added"]
    assert library.catalogue.outcomes([waits]) == {}
    with pytest.raises(LeftToTheBot, match="start `picket bot`"):
        see_through(library, library.catalogue.ask(remove=[mine.source.id]))
    assert library.store.count("guild-1") == 0


def test_what_waits_behind_what_is_left_to_the_bot_holds_up_nothing_else_either(library, document):
    library.catalogue.ask(add=[document(STRIKE, scope="guild-1")], person="7")
    behind = library.catalogue.ask(add=[document("More.", scope="guild-1")], person="7")

    assert see_through(library, library.catalogue.ask(add=[document("More.", name="b")])) == ["added"]
    assert library.catalogue.outcomes(behind) == {}


def test_however_much_is_left_to_the_bot_what_comes_behind_is_done(library, document, monkeypatch):
    monkeypatch.setattr(index, "BATCH", 2)
    for n in range(5):
        library.catalogue.ask(add=[document(f"Edition {n}.", scope="guild-1")], person="7")

    assert see_through(library, library.catalogue.ask(add=[document("More.", name="b")])) == ["added"]


def test_outcomes_come_in_the_order_of_the_jobs_asked_about(library, document, take_in):
    jobs = library.catalogue.ask(add=[document(f"Text {n}.", name=str(n)) for n in range(5)])
    removal = library.catalogue.ask(remove=["starter-1"])

    assert see_through(library, [*removal, jobs[0]]) == ["removed", "added"]


def test_what_cannot_be_done_now_stays_in_the_queue(library, document, take_in, encoder, monkeypatch):
    take_in(library, document(STRIKE))
    monkeypatch.setattr(encoder, "fingerprint", "another")

    with pytest.raises(IndexMismatch):
        take_in(library, document("More.", name="b"))

    assert library.catalogue.waiting_count() == 1


def test_an_index_that_cannot_be_used_is_named_and_the_job_stays(library, document, settings):
    settings.data_dir.joinpath("index").write_text("not a folder")
    jobs = library.catalogue.ask(add=[document(STRIKE)])

    with pytest.raises(IndexFault, match="picket reindex"):
        see_through(library, jobs)

    assert library.catalogue.waiting_count() == 1


PLENTY = Quota(documents=1_000, bytes=1_000_000, passages=1_000, waiting=1_000)


@pytest.fixture
def mine(document):
    def mine(name, text=STRIKE, **about):
        return document(text, name=name, scope="guild-1", **about)

    return mine


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    ("limit", "what"),
    [
        ({"documents": 2}, r"3 documents, and 2 are .* remove one first, then try again"),
        ({"bytes": 2 * len(STRIKE)}, "MB of text.* then try again, or add a shorter one"),
        ({"passages": 2}, "3 passages, and 2 are .* remove other documents first, then try again"),
    ],
)
def test_a_guild_has_no_more_than_it_may_what_waits_counted(library, mine, take_in, limit, what, waits):
    quota = replace(PLENTY, **limit)
    first, second, third = (mine(name) for name in "abc")
    if waits:
        library.catalogue.ask(add=[first])
    else:
        take_in(library, first)

    check_quota(library, second, quota)
    library.catalogue.ask(add=[second])

    with pytest.raises(OverQuota, match=what):
        check_quota(library, third, quota)


@pytest.mark.parametrize(
    "limit", [{"documents": 3}, {"bytes": 3 * len(STRIKE)}, {"passages": 3}, {"waiting": 3}]
)
def test_those_who_accept_at_the_same_instant_do_not_pass_the_quota_together(library, mine, limit):
    quota, people = replace(PLENTY, **limit), 20  # more than SQLAlchemy keeps connections for by itself
    at_once = threading.Barrier(people)

    def accept(person):
        at_once.wait()
        try:
            return ask_within(quota, library, mine(str(person)), str(person))
        except OverQuota:
            return []

    with ThreadPoolExecutor(people) as threads:
        accepted = [jobs for jobs in threads.map(accept, range(people)) if jobs]

    assert sorted(accepted) == [[job.number] for job in library.catalogue.waiting()]
    assert len(accepted) == 3


def test_what_was_queued_while_passages_were_counted_is_counted_before_the_next_try(library, mine, encoder):
    quota, count = replace(PLENTY, passages=1), encoder.count_tokens
    held, let_go = threading.Event(), threading.Event()

    def slowly(text):
        held.set()
        let_go.wait(5)
        return count(text)

    with ThreadPoolExecutor(1) as thread, pytest.MonkeyPatch.context() as slow:
        slow.setattr(encoder, "count_tokens", slowly)
        second = thread.submit(ask_within, quota, library, mine("b"), "bob")
        held.wait(5)
        library.catalogue.ask(add=[mine("a")])  # nobody holds the catalogue meanwhile
        let_go.set()

        with pytest.raises(OverQuota, match="2 passages, and 1 are"):
            second.result()


@pytest.mark.parametrize("limit", [{"documents": 1}, {"bytes": len(STRIKE) + 9}, {"passages": 1}])
def test_what_there_is_no_room_for_is_not_put_back_until_there_is(library, mine, take_in, limit):
    quota = replace(PLENTY, **limit)
    take_in(library, mine("a"))
    take_in(library, remove=["guild-1-a"])
    (removal, *_) = library.ledger.acts("guild-1")
    take_in(library, mine("b"))

    with pytest.raises(OverQuota, match="then try again"):
        undo_within(quota, library, "guild-1", removal.number, "bob")
    assert library.catalogue.waiting_count() == 0

    take_in(library, remove=["guild-1-b"])
    jobs = undo_within(quota, library, "guild-1", removal.number, "bob")

    assert undo_within(quota, library, "guild-1", removal.number, "bob") == jobs
    assert see_through(library, jobs, objection=lambda *_: None) == ["added"]


@pytest.mark.parametrize("refreshed", [True, False])
def test_what_there_is_room_for_is_queued_as_what_it_is(library, mine, refreshed):
    jobs = ask_within(PLENTY, library, mine("a"), "ada", refreshed=refreshed)

    (job,) = library.catalogue.waiting()
    assert (jobs, job.person, job.document) == ([job.number], "ada", mine("a"))
    assert job.action == ("refresh" if refreshed else "add")


def test_what_is_kept_for_the_sake_of_undo_takes_no_room(library, mine, take_in):
    just_enough = Quota(documents=1, bytes=len(STRIKE), passages=1, waiting=1)
    take_in(library, mine("a"))
    take_in(library, remove=["guild-1-a"])

    assert ask_within(just_enough, library, mine("b"), "ada")


def test_a_new_version_takes_the_room_of_the_old_one(library, mine, take_in):
    just_enough = Quota(documents=1, bytes=len(STRIKE), passages=1, waiting=1)
    take_in(library, mine("a"))

    check_quota(library, mine("a", STRIKE[::-1]), just_enough)
    library.catalogue.ask(add=[mine("a", STRIKE[::-1])])
    check_quota(library, mine("a"), just_enough)


def test_no_more_documents_of_a_guild_wait_than_may_and_later_they_do(library, mine):
    library.catalogue.ask(add=[mine("a"), mine("b")])
    quota = replace(PLENTY, waiting=2)

    with pytest.raises(OverQuota, match=r"2 documents of this server wait.* try again in a few minutes"):
        check_quota(library, mine("c"), quota)
    catch_up(library)

    check_quota(library, mine("c"), quota)


def test_neither_other_guilds_nor_facts_nor_the_starter_corpus_take_a_guilds_room(library, mine, document):
    just_enough = Quota(documents=1, bytes=len(STRIKE), passages=1, waiting=1)
    others = [document(STRIKE, scope="guild-2"), document(STRIKE), mine("fact", kind="fact")]
    library.catalogue.ask(add=others)
    check_quota(library, mine("a"), just_enough)

    catch_up(library)

    check_quota(library, mine("a"), just_enough)
    check_quota(library, document(STRIKE, name="b"), Quota(0, 0, 0, 0))


class Press:
    """A site of one page, which tells its version, and takes `If-None-Match` where it is told to."""

    def __init__(self):
        self.text, self.tagged, self.asked = STRIKE, True, []

    async def answer(self, request):
        self.asked.append(request.headers.get("If-None-Match"))
        if self.text is None:
            return web.Response(status=503)
        headers = {"ETag": f'"{len(self.text)}"'} if self.tagged else {}
        if self.tagged and self.asked[-1] == headers["ETag"]:
            return web.Response(status=304)
        return web.Response(text=self.text, headers=headers)


@pytest.fixture
def press():
    return Press()


@pytest.fixture
async def url(press, monkeypatch):
    """Where the press is, on loopback, which else nobody may fetch from."""
    application = web.Application()
    application.router.add_get("/terms", press.answer)
    async with TestServer(application) as server:
        only_here = partial(fetch, ports=[server.port], allowed=lambda _address: True)
        monkeypatch.setattr("ingest.fetch.fetch", only_here)
        yield str(server.make_url("/terms"))


@pytest.fixture
async def held(library, url):
    """The page as it was taken in; a person has told its title."""
    document = await asyncio.to_thread(read, url, "guild-1", Told(title="Terms"))
    await asyncio.to_thread(see_through, library, library.catalogue.ask(add=[document]))
    return document


async def test_a_page_that_its_server_says_is_as_it_was_is_only_looked_at(library, held, press):
    before = library.catalogue.details("guild-1", held.source.id)

    assert await asyncio.to_thread(refresh, library, held.source.id) is None

    after = library.catalogue.details("guild-1", held.source.id)
    assert press.asked == [None, before.etag]
    assert after.looked_at > before.looked_at
    assert replace(after, looked_at=before.looked_at) == before


async def test_a_page_that_comes_whole_with_the_same_words_is_only_looked_at(library, held, press):
    press.tagged = False

    assert await asyncio.to_thread(refresh, library, held.source.id) is None

    assert library.catalogue.details("guild-1", held.source.id).etag is None
    assert library.catalogue.revision == 1


async def test_a_page_that_has_changed_takes_the_place_of_the_old_one_under_the_title_it_was_given(
    library, held, press
):
    press.text = "The strike ended."

    newer = await asyncio.to_thread(refresh, library, held.source.id)
    outcomes = await asyncio.to_thread(see_through, library, library.catalogue.ask(refresh=[newer]))

    assert outcomes == ["replaced"]
    known = library.catalogue.document(held.source.id)
    assert (known.text, known.source.provenance.title, known.etag) == ("The strike ended.", "Terms", '"17"')
    assert [entry.act for entry in library.ledger.acts("guild-1")] == ["refreshed", "added"]


async def test_a_page_that_cannot_be_had_now_stays_as_it_is_known(library, held, press):
    press.text = None

    with pytest.raises(InvalidDocument, match="503"):
        await asyncio.to_thread(refresh, library, held.source.id)

    assert library.catalogue.document(held.source.id) == held


def test_what_was_no_page_cannot_be_fetched_again(library, document, take_in):
    take_in(library, document(STRIKE))

    with pytest.raises(InvalidDocument, match="was not fetched from the web"):
        refresh(library, "starter-a")


async def test_a_refreshed_page_that_is_undone_is_asked_for_by_its_old_tag(library, held, press):
    press.text = "The strike ended."
    newer = await asyncio.to_thread(refresh, library, held.source.id)
    await asyncio.to_thread(see_through, library, library.catalogue.ask(refresh=[newer]))
    [refreshed, _] = library.ledger.acts("guild-1")
    await asyncio.to_thread(see_through, library, library.ledger.undo("guild-1", refreshed.number))

    assert library.catalogue.document(held.source.id) == held
    assert await asyncio.to_thread(refresh, library, held.source.id) == newer
