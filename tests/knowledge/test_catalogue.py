import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from knowledge.catalogue import Catalogue, Change
from knowledge.errors import UnknownDocument
from knowledge.types import STARTER, Passage


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue(tmp_path / "catalogue.db")
    yield opened
    opened.close()


def commit(catalogue, document, *texts, outcome="added"):
    """Ask for a document and carry the job out, with one passage a text."""
    [number] = catalogue.ask(add=[document])
    [job] = [job for job in catalogue.waiting() if job.number == number]
    id = document.source.id
    pieces = tuple(Passage(f"{id}:{n}", id, n, text) for n, text in enumerate(texts))
    catalogue.commit([Change(job, outcome, pieces)])


def test_a_new_catalogue_knows_nothing(catalogue):
    assert catalogue.entries() == []
    assert catalogue.scopes() == []
    assert catalogue.revision == 0
    assert catalogue.waiting() == []
    assert catalogue.compare_words(STARTER, thoroughly=True) == (set(), set())


def test_a_document_comes_back_as_it_went_in(catalogue, document):
    fact = document(
        "It lasted 148 days, “naïve” or not.",
        "The strike's length",
        kind="fact",
        details={"date": "2023-09", "sources": [{"url": "https://example.org"}]},
        publisher="The Gazette",
        published="2023",
    )

    commit(catalogue, fact, fact.text)

    assert catalogue.document("starter-a") == fact
    [entry] = catalogue.entries()
    assert (entry.source, entry.passages) == (fact.source, 1)


def test_a_document_that_waits_is_not_known_yet(catalogue, document):
    catalogue.ask(add=[document("Text.")])

    assert catalogue.entries() == []
    with pytest.raises(UnknownDocument, match="picket documents"):
        catalogue.document("starter-a")


def test_a_waiting_document_comes_back_as_it_went_in(catalogue, document):
    asked = document("Text.", publisher="The Gazette", details={"date": "2023"})

    [number] = catalogue.ask(add=[asked])

    [job] = catalogue.waiting()
    assert (job.number, job.document, job.again) == (number, asked, False)


def test_what_is_done_is_known_by_its_number_and_waits_no_more(catalogue, document):
    first, second = catalogue.ask(add=[document("Text.")], remove=["nobody"])

    catalogue.commit([Change(catalogue.waiting()[0], "refused: why not")])

    assert catalogue.outcomes([first, second]) == {first: "refused: why not"}
    assert [job.number for job in catalogue.waiting()] == [second]
    assert catalogue.waiting_count() == 1


def test_outcomes_are_only_those_asked_about(catalogue):
    first, _, third = catalogue.ask(remove=["a", "b", "c"])
    catalogue.commit([Change(job, "not there any more") for job in catalogue.waiting()])

    assert set(catalogue.outcomes([first, third])) == {first, third}


def test_the_revision_moves_with_what_is_known_and_only_then(catalogue, document):
    commit(catalogue, document("Text."), "Text.")
    assert catalogue.revision == 1

    catalogue.ask(remove=["nobody"])
    catalogue.commit([Change(catalogue.waiting()[0], "not there any more")])

    assert catalogue.revision == 1


def test_a_document_put_again_has_only_its_new_passages(catalogue, document):
    commit(catalogue, document("Old."), "Old.", "Older.")

    commit(catalogue, document("New."), "New.")

    (id,) = catalogue.passage_ids(STARTER)
    assert catalogue.passages([id])[id][0].text == "New."
    assert catalogue.search_words(STARTER, ["older"], 5) == []
    assert catalogue.compare_words(STARTER, thoroughly=True) == (set(), set())


def test_a_document_put_again_as_it_was_keeps_its_date(catalogue, document):
    commit(catalogue, document("Text."), "Text.")
    [before] = catalogue.entries()

    commit(catalogue, document("Text."), "Text.")

    assert catalogue.entries() == [before]


def test_changes_become_known_together_or_not_at_all(catalogue, document):
    commit(catalogue, document("Old."), "Old.")
    catalogue.ask(add=[document("New."), document("Other.", name="b")])
    good, bad = catalogue.waiting()
    twice = Passage("same", "starter-b", 0, "x")

    with pytest.raises(Exception, match="UNIQUE"):
        catalogue.commit(
            [
                Change(good, "replaced", (Passage("n", "starter-a", 0, "New."),)),
                Change(bad, "added", (twice,) * 2),
            ]
        )

    assert catalogue.document("starter-a").text == "Old."
    assert catalogue.search_words(STARTER, ["old"], 5) == ["starter-a:0"]
    assert catalogue.waiting_count() == 2


def test_entries_come_newest_first(catalogue, document):
    for name in "abc":
        commit(catalogue, document(name, name=name), name)

    assert [entry.source.id for entry in catalogue.entries()] == [
        "starter-c",
        "starter-b",
        "starter-a",
    ]


def test_a_passage_is_found_by_id_with_its_source(catalogue, document):
    commit(catalogue, document("Text."), "Text.")

    found = catalogue.passages(["starter-a:0", "nobody's"])

    assert list(found) == ["starter-a:0"]
    passage, source = found["starter-a:0"]
    assert (passage.text, source) == ("Text.", document("Text.").source)


def test_words_do_not_cross_scopes(catalogue, document):
    commit(catalogue, document("The strike.", scope="guild-1"), "The strike.")

    assert catalogue.search_words("guild-1", ["strike"], 5)
    assert catalogue.search_words(STARTER, ["strike"], 5) == []
    assert catalogue.search_words("guild-2", ["strike"], 5) == []


def test_notes_are_kept_and_erased(catalogue):
    catalogue.set_notes(encoder="this one", corpus="1")
    catalogue.set_notes(encoder=None)

    assert catalogue.note("encoder") is None
    assert catalogue.note("corpus") == "1"


def test_digests_are_those_that_the_queue_leads_to(catalogue, document):
    kept, gone, changed = (document(name, name=name, kind="fact") for name in ("kept", "gone", "changed"))
    for fact in (kept, gone, changed):
        commit(catalogue, fact, fact.text)
    edited, new = (
        document("edited", name="changed", kind="fact"),
        document("new", name="new", kind="fact"),
    )

    catalogue.ask(add=[edited, new, document("no fact", name="other")], remove=["starter-gone"])

    assert catalogue.digests("fact", STARTER) == {fact.source.id: fact.digest for fact in (kept, edited, new)}


def test_asking_for_everything_again_puts_it_before_what_waits(catalogue, document):
    for name in "ab":
        commit(catalogue, document(name, name=name), name)
    catalogue.ask(remove=["starter-a"])

    catalogue.ask_all_again()
    catalogue.ask_all_again()

    order = [(job.document_id, job.again) for job in catalogue.waiting()]
    assert order == [("starter-b", True), ("starter-a", True), ("starter-a", False)]
    assert len(catalogue.entries()) == 2
    assert catalogue.passage_ids(STARTER) == set()


def test_a_reader_that_holds_back_the_log_is_told_of_and_the_next_removal_makes_up_for_it(
    catalogue, document, tmp_path, caplog
):
    event.listen(catalogue._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 50"))
    commit(catalogue, document("Zyzzyva.", kind="fact"), "Zyzzyva.")
    with closing(sqlite3.connect(tmp_path / "catalogue.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM documents").fetchone()
        commit(catalogue, document("New.", kind="fact"), "New.")

    assert "what was removed stays in it" in caplog.text
    caplog.clear()
    commit(catalogue, document("Newer.", kind="fact"), "Newer.")

    assert caplog.text == ""
    assert [file.name for file in tmp_path.iterdir() if b"yzzyva" in file.read_bytes()] == []


def test_two_who_hold_the_file_see_each_others_work(catalogue, document, tmp_path):
    other = Catalogue(tmp_path / "catalogue.db")

    commit(other, document("Text."), "Text.")

    assert catalogue.revision == 1
    assert catalogue.search_words(STARTER, ["text"], 5)
    other.close()


def test_words_that_went_missing_are_noticed(catalogue, document):
    commit(catalogue, document("Text."), "Text.")
    with catalogue._writing.begin() as connection:
        connection.exec_driver_sql('DELETE FROM "words starter"')

    assert catalogue.compare_words(STARTER) == ({"starter-a:0"}, set())


@pytest.fixture
def shelf(catalogue, document):
    """A guild's documents; c, the newest, is a fact."""
    about = {
        "a": {"title": "Terms of 100% AI", "publisher": "Über-Union"},
        "b": {"title": "The strike of 2023", "url": "https://example.org/ai_strike"},
        "other": {"title": "The strike", "scope": "guild-2"},
        "c": {"title": "A strike fact", "kind": "fact"},
    }
    for name, told in about.items():
        commit(catalogue, document(name, name=name, **({"scope": "guild-1"} | told)), name, name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["b", "a"]),
        ("STRIKE", ["b"]),
        ("über", ["a"]),
        ("ÜBER terms", ["a"]),
        ("union 2023", []),
        ("example.org", ["b"]),
        ("ai", ["b", "a"]),
        ("0%", ["a"]),
        ("i_s", ["b"]),
        ("%", ["a"]),
        ("' OR 1=1 --", []),
    ],
)
def test_documents_are_found_by_title_publisher_and_address_in_their_scope_alone(
    catalogue, shelf, text, found
):
    page = catalogue.search_documents("guild-1", text)

    assert [entry.source.id for entry in page.entries] == [f"guild-1-{name}" for name in found]
    assert page.total == len(found)
    assert all(entry.passages == 2 for entry in page.entries)


def test_documents_found_come_a_page_at_a_time(catalogue, shelf):
    first, second = (catalogue.search_documents("guild-1", "ai", limit=1, offset=n) for n in (0, 1))

    assert [page.entries[0].source.id for page in (first, second)] == ["guild-1-b", "guild-1-a"]
    assert first.total == second.total == 2


def test_the_details_of_a_document_tell_its_size_and_what_its_server_said(catalogue, document):
    page = replace(document("Naïve.", scope="guild-1"), etag='"1"', last_modified="Tue, 2 May 2023")
    commit(catalogue, page, "Na", "ïve.")

    details = catalogue.details("guild-1", "guild-1-a")

    assert (details.source, details.passages, details.bytes) == (page.source, 2, 7)
    assert (details.etag, details.last_modified) == ('"1"', "Tue, 2 May 2023")
    assert details.looked_at == details.added_at


@pytest.mark.parametrize("scope", ["guild-2", STARTER])
def test_the_details_of_another_scopes_document_are_not_told(catalogue, document, scope):
    commit(catalogue, document("Text.", scope="guild-1"), "Text.")

    with pytest.raises(UnknownDocument):
        catalogue.details(scope, "guild-1-a")


def test_a_document_that_was_looked_at_again_keeps_its_date(catalogue, document):
    commit(catalogue, document("Text."), "Text.")
    before = catalogue.details(STARTER, "starter-a")
    at = before.added_at + timedelta(days=3)

    catalogue.looked_at("starter-a", at, '"2"', None)

    assert catalogue.details(STARTER, "starter-a") == replace(before, looked_at=at, etag='"2"')
    assert catalogue.revision == 1
