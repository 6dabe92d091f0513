from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import event

from ingest.index import Undecided, carry_out, drop_scope, passages_of, purge, rebuild, repair, writing
from ingest.submit import catch_up, see_through
from knowledge import words
from knowledge.build import build_library
from knowledge.catalogue import Change
from knowledge.errors import EncoderFault, IndexFault, IndexMismatch, NothingToUndo
from knowledge.ledger import UNDO
from knowledge.schema import now
from knowledge.sentences import with_title
from knowledge.types import STARTER, scope_of

STRIKE = "The writers' strike lasted 148 days. It began on 2 May 2023."
PAY = "Pay rose by five percent in the first year."


def long_text(sentences, changed=()):
    """Sentence after sentence, some of them not what they were."""
    return " ".join(
        f"Sentence {n} of the report tells {'something new' if n in changed else 'what happened'} "
        f"to the {n} people who came to the meeting in hall {n}."
        for n in range(sentences)
    )


def texts(library, document):
    known = library.catalogue.passages(library.catalogue.passage_ids(document.source.scope))
    return {passage.text for passage, source in known.values() if source.id == document.source.id}


def is_sound(library):
    """Whether words and vectors hold just what the catalogue does."""
    return library.differences(thoroughly=True) == []


def with_id(document, id):
    return replace(document, source=replace(document.source, id=id))


@pytest.fixture
def break_off(monkeypatch):
    """Make a step of the writer's fail, as where its process ends there."""

    def break_off(part, step):
        def fail(*_args, **_kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr(part, step, fail)

    yield break_off
    monkeypatch.undo()


def test_a_new_document_has_its_passages_words_and_vectors(library, document, take_in):
    strike = document(STRIKE, "The strike")

    assert take_in(library, strike) == ["added"]

    assert texts(library, strike) == {STRIKE}
    assert library.catalogue.search_words(STARTER, ["lasted"], 5)
    assert is_sound(library)


def test_the_title_is_embedded_with_every_passage(library, document, take_in, encoder):
    take_in(library, document(STRIKE, "The strike"))

    assert encoder.passages == [with_title("The strike", STRIKE)]


def test_the_same_bytes_again_change_and_embed_nothing(library, document, take_in, encoder):
    take_in(library, document(STRIKE))
    revision = library.catalogue.revision
    encoder.passages.clear()

    assert take_in(library, document(STRIKE)) == ["unchanged"]

    assert encoder.passages == []
    assert library.catalogue.revision == revision


def test_the_same_bytes_in_another_place_are_another_document_and_not_embedded_again(
    library, document, take_in, encoder
):
    first, second = document(long_text(30), name="first"), document(long_text(30), "Another", name="second")
    take_in(library, first)
    encoder.passages.clear()

    assert take_in(library, second) == ["added: same bytes as starter-first"]

    assert encoder.passages == []
    assert texts(library, second) == texts(library, first)
    assert is_sound(library)


def test_the_same_bytes_twice_in_one_go_are_embedded_once(library, document, take_in, encoder):
    first, second = document(STRIKE, name="first"), document(STRIKE, name="second")

    assert take_in(library, first, second) == ["added", "added: same bytes as starter-first"]

    assert encoder.passages == [with_title("A title", STRIKE)]
    assert is_sound(library)


@pytest.mark.parametrize("remove", [True, False])
def test_of_two_with_the_same_bytes_one_stays_when_the_other_goes(
    library, document, take_in, encoder, remove
):
    first, second = document(STRIKE, name="first"), document(STRIKE, name="second")
    take_in(library, first, second)

    if remove:
        take_in(library, remove=["starter-first"])
    else:
        take_in(library, document(PAY, name="first"))

    assert texts(library, second) == {STRIKE}
    found = library.store.search(STARTER, encoder.embed_query(with_title("A title", STRIKE)), 1)
    assert found[0][1] == pytest.approx(1)
    assert found[0][0].startswith("starter-second")
    assert is_sound(library)


def test_a_vector_that_is_lost_is_not_copied_but_made(library, document, take_in, encoder):
    take_in(library, document(STRIKE, name="first"))
    with writing(library):
        library.store.delete(STARTER, list(library.store.ids(STARTER)))
        library.catalogue.ask(add=[document(STRIKE, name="second")])
        encoder.passages.clear()
        carry_out(library)

    assert encoder.passages == [with_title("A title", STRIKE)]


def test_rebuilding_embeds_the_same_bytes_once(library, document, take_in, encoder):
    take_in(library, document(STRIKE, name="first"), document(STRIKE, name="second"))
    encoder.passages.clear()

    with library.lock():
        rebuild(library)

    assert encoder.passages == [with_title("A title", STRIKE)]
    assert is_sound(library)


def test_two_guilds_may_hold_the_same_bytes(library, document, take_in):
    here, there = document(STRIKE, scope="guild-1"), document(STRIKE, scope="guild-2")

    assert take_in(library, here, there) == ["added", "added"]
    assert is_sound(library)


def test_an_id_that_another_document_has_is_refused(library, document, take_in):
    mine = document(STRIKE, scope="guild-1")
    of_another_guild = with_id(document(PAY, scope="guild-2"), mine.source.id)
    of_another_place = with_id(document(PAY, name="b", scope="guild-1"), mine.source.id)

    added, *others = take_in(library, mine, of_another_guild, of_another_place)

    assert added == "added"
    assert all(outcome.startswith("refused: another document has its id") for outcome in others)
    assert library.catalogue.document(mine.source.id) == mine
    assert is_sound(library)


@pytest.mark.parametrize("text", [STRIKE, PAY])
def test_a_document_with_an_id_of_old_makes_way_for_the_one_from_its_place(library, document, take_in, text):
    before, now = with_id(document(STRIKE), "a-3f2a1c"), document(text)

    assert take_in(library, before) == ["added"]
    assert take_in(library, now) == ["replaced"]

    assert [entry.source.id for entry in library.catalogue.entries()] == [now.source.id]
    assert is_sound(library)


def test_two_jobs_for_one_place_are_done_in_their_order_whatever_their_ids(library, document, take_in):
    before, now = with_id(document(STRIKE), "a-3f2a1c"), document(PAY)

    assert take_in(library, before, now) == ["added", "replaced"]
    assert is_sound(library)


def test_a_changed_document_replaces_its_old_passages(library, document, take_in):
    take_in(library, document(STRIKE))

    assert take_in(library, document(PAY)) == ["replaced"]

    assert texts(library, document(PAY)) == {PAY}
    assert library.catalogue.search_words(STARTER, ["lasted"], 5) == []
    assert is_sound(library)


def test_a_document_that_became_the_same_as_another_loses_what_it_said(library, document, take_in):
    take_in(library, document(STRIKE, name="a"), document(PAY, name="b"))

    assert take_in(library, document(STRIKE, name="b")) == ["replaced"]
    assert take_in(library, document(STRIKE, name="b")) == ["unchanged"]

    assert texts(library, document(PAY, name="b")) == {STRIKE}
    assert is_sound(library)


def test_of_a_changed_document_only_what_changed_is_embedded(library, document, take_in, encoder):
    before, after = document(long_text(60)), document(long_text(60, changed=[59]))
    take_in(library, before)
    passages = len(encoder.passages)
    encoder.passages.clear()

    take_in(library, after)

    assert passages > 5
    assert len(encoder.passages) == 1
    assert "something new" in encoder.passages[0]
    assert is_sound(library)


def test_a_new_title_is_embedded_throughout(library, document, take_in, encoder):
    take_in(library, document(STRIKE, "Old"))
    encoder.passages.clear()
    renamed = document(STRIKE + " ", "New")

    take_in(library, renamed)

    assert len(encoder.passages) == 1
    assert encoder.passages[0].startswith("New. ")


def test_a_text_that_says_the_same_twice_keeps_both_passages(library, document, take_in):
    twice = document("\n".join([long_text(8)] * 2))

    take_in(library, twice)

    passages = list(passages_of(twice, library))
    assert len({passage.id for passage in passages}) == len(passages)
    assert is_sound(library)


@pytest.fixture
def files_with(settings):
    """The names of the files in the data folder that hold a word."""

    def files_with(word):
        files = [file for file in settings.data_dir.rglob("*") if file.is_file()]
        return [file.name for file in files if word in file.read_bytes().lower()]

    return files_with


@pytest.fixture
def wait_until_undo_is_over(monkeypatch):
    later = now() + UNDO + timedelta(minutes=1)
    return lambda: monkeypatch.setattr("ingest.index.now", lambda: later)


MARKED = "The zyzzyva strike lasted 148 days. " * 200
"""Long enough to fill pages of the file."""


@pytest.mark.parametrize("replace_it", [True, False])
def test_once_its_undo_time_is_over_what_was_removed_or_replaced_is_nowhere_on_disk(
    library, document, take_in, files_with, wait_until_undo_is_over, replace_it
):
    take_in(library, document(MARKED), document(PAY, name="b"))

    if replace_it:
        take_in(library, document(PAY))
    else:
        take_in(library, remove=["starter-a"])
    assert "zyzzyva" not in str(texts(library, document("")))
    assert library.catalogue.search_words(STARTER, ["zyzzyva"], 5) == []
    assert files_with(b"zyzzyva")[0] == "catalogue.db"
    wait_until_undo_is_over()
    with writing(library):
        pass

    assert files_with(b"zyzzyva") == []
    assert is_sound(library)


def test_a_fact_that_is_removed_is_nowhere_on_disk_at_once(library, document, take_in, files_with):
    take_in(library, document(MARKED, kind="fact"), document(PAY, name="b"))

    take_in(library, remove=["starter-a"])

    assert files_with(b"zyzzyva") == []


def test_what_is_still_to_be_undone_outlives_a_purge(library, document, take_in, wait_until_undo_is_over):
    take_in(library, document(MARKED))
    wait_until_undo_is_over()
    library.ledger.purge(now() + UNDO - timedelta(minutes=1))
    take_in(library, remove=["starter-a"])
    removal = library.ledger.acts(STARTER)[0].number
    library.ledger.purge(now() + UNDO - timedelta(minutes=1))

    see_through(library, library.ledger.undo(STARTER, removal))

    assert library.catalogue.document("starter-a").text == MARKED


def test_an_act_whose_text_is_erased_is_not_taken_for_an_addition_when_the_clock_goes_back(
    library, document, take_in
):
    take_in(library, document(STRIKE))
    take_in(library, document(PAY))
    replacement = library.ledger.acts(STARTER)[0].number

    assert library.ledger.purge(now() + UNDO)

    with pytest.raises(NothingToUndo):
        library.ledger.undo(STARTER, replacement)
    assert library.catalogue.document("starter-a").text == PAY


def test_a_purge_that_was_cut_off_is_made_up_for(library, document, take_in, files_with, monkeypatch):
    take_in(library, document(MARKED))
    take_in(library, remove=["starter-a"])
    with monkeypatch.context() as cut_off:
        cut_off.setattr("knowledge.ledger.compact", lambda _engine: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            library.ledger.purge(now() + UNDO)

    assert library.ledger.purge(now())
    assert files_with(b"zyzzyva") == []
    assert not library.ledger.purge(now())


def test_a_purge_that_the_file_does_not_allow_now_keeps_nobody_from_writing(
    library, document, take_in, wait_until_undo_is_over, caplog
):
    event.listen(library.ledger._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 50"))
    take_in(library, document(MARKED))
    take_in(library, remove=["starter-a"])
    wait_until_undo_is_over()
    with library.catalogue._writing.begin() as another, library.lock():
        another.exec_driver_sql("UPDATE registry SET value = value")
        purge(library)

    assert "cannot be erased now" in caplog.text
    assert take_in(library, document(PAY, name="b")) == ["added"]


def test_of_what_is_known_the_index_holds_no_text(library, document, take_in, settings):
    take_in(library, document(MARKED, "Xylographic title", publisher="Quokka Press"))
    library.close()

    files = [file for file in (settings.data_dir / "index").rglob("*") if file.is_file()]
    held = b"".join(file.read_bytes() for file in files).lower()
    assert files
    assert [word for word in (b"zyzzyva", b"xylographic", b"quokka") if word in held] == []


def test_removing_what_is_not_there_is_no_fault(library, take_in):
    assert take_in(library, remove=["nobody"]) == ["not there any more"]


def test_jobs_on_one_document_are_done_in_their_order(library, document, take_in):
    outcomes = take_in(library, document(STRIKE), document(PAY), document(STRIKE), document(PAY))

    assert outcomes == ["added", "replaced", "replaced", "replaced"]
    assert texts(library, document(PAY)) == {PAY}
    assert is_sound(library)


def test_one_document_that_cannot_be_cut_does_not_stop_the_rest(
    library, document, take_in, encoder, monkeypatch
):
    count = encoder.count_tokens
    monkeypatch.setattr(encoder, "count_tokens", lambda text: count(text) // ("bad" not in text))

    outcomes = take_in(library, document("A bad one.", name="x"), document(PAY, name="y"))

    assert outcomes[0].startswith("refused: ")
    assert outcomes[1] == "added"


def test_a_document_that_a_rebuilding_could_not_cut_is_taken_in_when_it_comes_again(
    library, document, take_in, encoder, monkeypatch
):
    take_in(library, document(STRIKE))
    with monkeypatch.context() as broken, library.lock():
        broken.setattr(encoder, "count_tokens", lambda text: len(text) // 0)
        rebuild(library)
    assert texts(library, document(STRIKE)) == set()

    assert take_in(library, document(STRIKE)) == ["replaced"]

    assert texts(library, document(STRIKE)) == {STRIKE}
    assert is_sound(library)


@pytest.mark.parametrize(
    ("part", "step", "visible"),
    [
        (lambda library: library.store, "upsert", PAY),
        (lambda library: library.catalogue, "commit", PAY),
        (lambda library: library.store, "delete", STRIKE),
    ],
)
def test_cut_off_anywhere_a_document_is_the_old_one_or_the_new_one(
    open_library, document, take_in, break_off, part, step, visible, monkeypatch
):
    library = open_library()
    take_in(library, document(PAY))
    break_off(part(library), step)

    with pytest.raises(KeyboardInterrupt):
        take_in(library, document(STRIKE))

    assert texts(library, document(PAY)) == {visible}
    assert library.catalogue.passage_ids(STARTER) <= library.store.ids(STARTER)
    library.close()
    monkeypatch.undo()
    successor = open_library()
    with writing(successor):
        carry_out(successor)
    assert texts(successor, document(PAY)) == {STRIKE}
    assert is_sound(successor)


def test_stray_vectors_are_removed(library, document, take_in, encoder):
    take_in(library, document(STRIKE))
    library.store.upsert(STARTER, ["nobody's"], encoder.encode(["Stray."], "passage"))
    library.store.upsert("guild-1", ["nobody's"], encoder.encode(["Stray."], "passage"))

    with writing(library):
        pass

    assert is_sound(library)


def test_lost_vectors_are_made_again_just_as_they_were(library, document, take_in, encoder):
    take_in(library, document(STRIKE, "The strike"), document(PAY, name="b"))
    [id] = (id for id in library.store.ids(STARTER) if id.startswith("starter-a"))
    library.store.delete(STARTER, [id])

    with library.lock():
        repair(library)

    vector = encoder.embed_query(with_title("The strike", STRIKE))
    assert library.store.search(STARTER, vector, 1) == [(id, pytest.approx(1))]
    assert is_sound(library)


def test_to_become_the_writer_of_a_sound_index_no_text_is_read(library, document, take_in):
    take_in(library, document(STRIKE), document(PAY, name="b"))
    queries = []
    event.listen(library.catalogue._engine, "before_cursor_execute", lambda *args: queries.append(args[2]))

    with writing(library):
        pass

    assert any("passages.id" in query for query in queries)
    assert [query for query in queries if ".text" in query] == []


def test_words_that_are_lost_or_stray_are_put_right_by_the_next_writer(library, document, take_in):
    take_in(library, document(STRIKE), document(PAY, name="b", scope="guild-1"))
    with library.catalogue._writing.begin() as connection:
        connection.exec_driver_sql('DROP TABLE "words starter"')
        words.add(connection, "guild-1", [(99, "Stray", "Stray.")])
        words.add(connection, "guild-2", [(1, "Stray", "Stray.")])

    with writing(library):
        pass

    assert is_sound(library)
    assert library.catalogue.search_words(STARTER, ["lasted"], 5)


def damage_words(library, statement):
    with library.catalogue._writing.begin() as connection:
        connection.exec_driver_sql(statement)


def lose_vectors(library):
    library.store.delete(STARTER, sorted(library.store.ids(STARTER))[:1])


def spoil_a_vector(library):
    library.store.upsert(STARTER, sorted(library.store.ids(STARTER))[:1], np.zeros((1, 384), np.float32))


def overwrite_the_index(library):
    library.close()
    (library.data_dir / "index" / "chroma.sqlite3").write_bytes(b"not a database" * 500)


@pytest.mark.parametrize(
    "damage",
    [
        lose_vectors,
        spoil_a_vector,
        overwrite_the_index,
        lambda library: damage_words(library, 'DROP TABLE "words starter"'),
        lambda library: damage_words(library, 'DELETE FROM "words starter" WHERE rowid = 1'),
        lambda library: damage_words(library, """UPDATE "words starter" SET text = 'Other.'"""),
        lambda library: damage_words(library, 'DELETE FROM "words starter_data" WHERE id > 10'),
        lambda library: damage_words(library, """INSERT INTO "words starter" VALUES ('Stray', 'Stray.')"""),
    ],
)
def test_whatever_is_damaged_is_found_and_repaired_by_looking_thoroughly(library, document, take_in, damage):
    take_in(library, document(STRIKE, "The strike"), document(PAY, name="b"))
    damage(library)
    try:
        assert library.differences(thoroughly=True)
    except IndexFault:
        assert damage is overwrite_the_index

    with library.lock():
        repair(library, thoroughly=True)

    assert is_sound(library)
    assert library.catalogue.search_words(STARTER, ["lasted"], 5)
    query = library.encoder.embed_query(with_title("The strike", STRIKE))
    assert library.store.search(STARTER, query, 1)[0][1] == pytest.approx(1)


def test_a_lost_index_is_made_again(library, document, take_in):
    take_in(library, document(STRIKE))
    library.store.wipe()

    with writing(library):
        pass

    assert is_sound(library)


def test_a_rebuilt_index_is_as_it_was(library, document, take_in):
    take_in(library, document(STRIKE), document(long_text(30), name="b", scope="guild-1"))
    before = library.catalogue.passage_ids("guild-1")
    added = {entry.source.id: entry.added_at for entry in library.catalogue.entries()}

    with library.lock():
        rebuild(library)

    assert library.catalogue.passage_ids("guild-1") == before
    assert {entry.source.id: entry.added_at for entry in library.catalogue.entries()} == added
    assert is_sound(library)


def test_another_encoder_is_let_in_only_by_rebuilding(library, document, take_in, encoder, monkeypatch):
    take_in(library, document(STRIKE))
    monkeypatch.setattr(encoder, "fingerprint", "another (123456789abc, 256 tokens)")

    with pytest.raises(IndexMismatch, match="picket reindex"):
        take_in(library, document(PAY, name="b"))
    with library.lock():
        rebuild(library)

    assert library.catalogue.note("encoder") == encoder.fingerprint
    assert {entry.source.id for entry in library.catalogue.entries()} == {"starter-a", "starter-b"}
    library.ready_to_read()
    assert is_sound(library)


def test_a_model_that_cannot_be_loaded_costs_the_index_nothing(
    library, settings, document, take_in, tmp_path
):
    take_in(library, document(STRIKE))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "encoder.json").write_text("{}")
    elsewhere = settings.model_copy(update={"model_dir": tmp_path, "embedding_model": "damaged"})
    other = build_library(elsewhere)

    with other.lock(), pytest.raises(EncoderFault):
        rebuild(other)

    other.close()
    library.ready_to_read()
    assert is_sound(library)


def test_while_the_index_is_being_rebuilt_nobody_reads_it(library, document, take_in, break_off, encoder):
    take_in(library, document(STRIKE))
    break_off(encoder, "encode")

    with library.lock(), pytest.raises(KeyboardInterrupt):
        rebuild(library)

    with pytest.raises(IndexFault, match="being rebuilt"):
        library.ready_to_read()


@pytest.mark.parametrize("step", ["encode", "count_tokens"])
def test_a_rebuilding_that_was_cut_off_is_taken_up_by_the_next_writer(
    open_library, document, take_in, break_off, encoder, monkeypatch, step
):
    library = open_library()
    take_in(library, document(STRIKE), document(long_text(30), name="b"))
    break_off(encoder, step)
    with library.lock(), pytest.raises(KeyboardInterrupt):
        rebuild(library)
    monkeypatch.undo()
    library.close()

    successor = open_library()
    catch_up(successor)

    successor.ready_to_read()
    assert len(successor.catalogue.entries()) == 2
    assert successor.catalogue.waiting_count() == 0
    assert is_sound(successor)


def test_what_waits_when_a_rebuilding_begins_comes_after_it(library, document):
    catalogue = library.catalogue
    for each in (
        document(STRIKE, name="stays"),
        document(PAY, name="changes"),
        document("Old.", name="goes"),
    ):
        catalogue.ask(add=[each])
    with writing(library):
        carry_out(library)
    asked = catalogue.ask(add=[document("New terms.", name="changes")], remove=["starter-goes"])

    with library.lock():
        rebuild(library)

    assert catalogue.outcomes(asked) == {asked[0]: "replaced", asked[1]: "removed"}
    assert catalogue.document("starter-changes").text == "New terms."
    assert {entry.source.id for entry in catalogue.entries()} == {
        "starter-stays",
        "starter-changes",
    }
    assert is_sound(library)


@pytest.fixture
def cancel_under_way(library):
    """Have the writer at work on jobs, and cancel some of them halfway."""

    def cancel_under_way(jobs, unwanted):
        with writing(library):
            carry_out(library, lambda *_: library.catalogue.cancel(unwanted))
        return [library.catalogue.outcomes(jobs)[job] for job in jobs]

    return cancel_under_way


def test_a_job_that_is_cancelled_while_it_waits_is_not_done(library, document, take_in):
    unwanted = library.catalogue.ask(add=[document(STRIKE)])

    library.catalogue.cancel(unwanted)

    assert take_in(library, document(PAY, name="b")) == ["added"]
    assert [entry.source.id for entry in library.catalogue.entries()] == ["starter-b"]
    assert set(library.catalogue.outcomes(unwanted).values()) == {"cancelled"}
    assert is_sound(library)


def test_a_job_that_is_cancelled_while_it_is_embedded_leaves_nothing_and_the_others_are_done(
    library, document, cancel_under_way
):
    jobs = library.catalogue.ask(add=[document(long_text(40)), document(PAY, name="b")])

    assert cancel_under_way(jobs, jobs[:1]) == ["cancelled", "added"]

    assert [entry.source.id for entry in library.catalogue.entries()] == ["starter-b"]
    assert is_sound(library)


@pytest.mark.parametrize("remove", [True, False])
def test_a_change_that_is_cancelled_under_way_leaves_the_document_as_it_was(
    library, document, take_in, cancel_under_way, remove
):
    before = document(long_text(40))
    take_in(library, before)
    wanted = {"remove": ["starter-a"]} if remove else {"add": [document(long_text(40, changed=[3]))]}
    jobs = library.catalogue.ask(**wanted)

    assert cancel_under_way(jobs, jobs) == ["cancelled"]

    assert library.catalogue.document("starter-a") == before
    assert is_sound(library)


def test_a_cancelled_document_of_the_same_bytes_as_another_leaves_that_one_alone(
    library, document, take_in, cancel_under_way
):
    take_in(library, document(STRIKE, name="first"))
    jobs = library.catalogue.ask(add=[document(STRIKE, name="second")])

    cancel_under_way(jobs, jobs)

    assert texts(library, document(STRIKE, name="first")) == {STRIKE}
    assert is_sound(library)


def test_what_is_done_cannot_be_cancelled_any_more(library, document):
    jobs = library.catalogue.ask(add=[document(STRIKE)])
    catch_up(library)

    library.catalogue.cancel(jobs)

    assert list(library.catalogue.outcomes(jobs).values()) == ["added"]
    assert library.catalogue.document("starter-a").text == STRIKE


@pytest.fixture
def told(library):
    """What progress is told of as the waiting jobs are carried out."""

    def told(*jobs):
        reports = []
        library.catalogue.ask(add=jobs)
        with writing(library):
            carry_out(library, lambda steps: reports.append((steps.done, steps.known)))
        assert reports == sorted(reports)
        return list(dict.fromkeys(reports))

    return told


def test_progress_is_told_to_the_last_job(told, document):
    short = [document(f"Text {n}.", name=str(n)) for n in range(40)]

    assert told(*short) == [(0, 40), (32, 40), (40, 40)]


def test_progress_is_told_within_a_long_document(told, document, library):
    long, short = document(long_text(900)), document(PAY, name="b")
    passages = len(list(passages_of(long, library)))

    reports = told(long, short)

    assert passages > 100
    assert reports[:4] == [(0, 2), (0, passages + 1), (32, passages + 1), (64, passages + 1)]
    assert reports[-1] == (passages + 1, passages + 1)


def test_progress_is_told_of_each_job_for_itself(library, document):
    long, other = document(long_text(600)), document(long_text(300), name="b", scope=scope_of("1"))
    first, second = library.catalogue.ask(add=[long, other])
    reports = []
    with writing(library):
        carry_out(library, lambda steps: reports.append(steps.of_job))
    passages, others = (len(list(passages_of(one, library))) for one in (long, other))
    of_first = [of_job[first] for of_job in reports if first in of_job]
    of_second = [of_job[second] for of_job in reports if second in of_job]

    assert of_first[:3] == [(0, passages), (32, passages), (64, passages)]
    assert (passages, passages) in of_first
    assert of_second[0] == (0, others)
    assert len(of_first) > len(of_second) > 1


def test_of_what_nobody_can_tell_whether_it_may_be_done_nothing_is_embedded(library, document, encoder):
    def nobody_tells(_job, _scope):
        raise Undecided

    library.catalogue.ask(add=[document(STRIKE, scope=scope_of("1"))], person="7")
    (other,) = library.catalogue.ask(add=[document(PAY, name="b", scope=scope_of("2"))])
    with writing(library):
        tries = [carry_out(library, objection=nobody_tells) for _ in range(3)]
        embedded = list(encoder.passages)
        done = carry_out(library, objection=lambda *_: None)

    assert (tries, done) == ([False, False, False], True)
    assert library.catalogue.outcomes([other]) == {other: "added"}
    assert embedded == [with_title("A title", PAY)]
    assert encoder.passages == [*embedded, with_title("A title", STRIKE)]


@pytest.mark.parametrize("asked_in_vain", [1, 2])
def test_the_right_is_asked_for_before_embedding_and_once_more_before_the_commit(
    library, document, encoder, asked_in_vain
):
    asked = []

    def loses_the_right(job, _scope):
        asked.append(list(encoder.passages))
        return "no" if len(asked) == asked_in_vain else None

    jobs = library.catalogue.ask(add=[document(STRIKE, scope=scope_of("1"))], person="7")
    with writing(library):
        carry_out(library, objection=loses_the_right)

    assert library.catalogue.outcomes(jobs) == {jobs[0]: "refused: no"}
    assert asked == [[], [with_title("A title", STRIKE)]][:asked_in_vain]
    assert library.store.count(scope_of("1")) == 0


def test_no_vector_takes_up_room_in_a_search_before_its_document_is_whole(library, document):
    counted = []
    library.catalogue.ask(add=[document(long_text(600))])

    with writing(library):
        carry_out(library, lambda at: counted.append((library.store.count(STARTER), at.known - at.done)))

    assert len(counted) > 3
    assert all(vectors == 0 for vectors, left in counted if left)


def test_what_need_not_be_embedded_is_a_step_of_its_own(told, document):
    told(document(STRIKE))

    assert told(document(STRIKE), document(STRIKE, name="b")) == [(0, 2), (1, 2), (2, 2)]


def test_the_outcomes_of_jobs_are_forgotten_after_a_day(library, document, take_in):
    old, new, waits = library.catalogue.ask(add=[document(text, name=text) for text in "abc"])
    with writing(library):
        library.catalogue.commit([Change(job, "added") for job in library.catalogue.waiting(2)])
    with library.catalogue._writing.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE jobs SET done_at = datetime(done_at, '-25 hours') WHERE number = ?", (old,)
        )

    with writing(library):
        pass

    assert library.catalogue.outcomes([old, new]) == {new: "added"}
    assert [job.number for job in library.catalogue.waiting()] == [waits]


def test_a_passage_and_its_title_fit_the_encoder(library, document, encoder):
    report = document(long_text(60), "A long title " * 30)

    for passage in passages_of(report, library):
        assert encoder.count_tokens(with_title(report.source.provenance.title, passage.text)) <= 256


def test_vectors_are_what_the_encoder_gives(library, document, take_in, encoder):
    take_in(library, document(STRIKE, "The strike"))

    vector = encoder.embed_query(with_title("The strike", STRIKE))
    assert [cosine for _, cosine in library.store.search(STARTER, vector, 5)] == [pytest.approx(1)]


def test_a_dropped_scope_leaves_nothing_behind_and_no_other_loses_anything(library, document, take_in):
    ours, theirs = scope_of("100"), scope_of("200")
    text = "The zeppelin of Vaduz was sold in 1932."
    for scope in (STARTER, ours, theirs):
        take_in(library, document(text, scope=scope))
    revision = library.catalogue.revision
    with writing(library):
        drop_scope(library, ours)

    assert sorted(library.catalogue.scopes()) == [theirs, STARTER]
    assert sorted(library.store.scopes()) == [theirs, STARTER]
    assert library.catalogue.search_words(ours, ["zeppelin"], 5) == []
    assert library.catalogue.search_words(theirs, ["zeppelin"], 5)
    assert library.catalogue.revision > revision
    library.ready_to_read()


def test_no_word_of_a_dropped_scope_stays_on_disk(library, document, take_in):
    for text in ("The zeppelin of Vaduz was sold.", "It was sold again."):
        take_in(library, document(text, "Airships", name="a", scope=scope_of("100")))
    with writing(library):
        drop_scope(library, scope_of("100"))
    on_disk = b"".join(file.read_bytes() for file in library.data_dir.rglob("*") if file.is_file())

    assert b"zeppelin" not in on_disk.lower()
    assert library.ledger.acts(scope_of("100")) == []


def test_what_waits_for_a_dropped_scope_is_refused_and_the_rest_goes_on(library, document):
    (into_it,) = library.catalogue.ask(add=[document("One.", name="a", scope=scope_of("100"))])
    (other,) = library.catalogue.ask(add=[document("Two.", name="b")])
    with writing(library):
        drop_scope(library, scope_of("100"))
        carry_out(library)
    outcomes = library.catalogue.outcomes([into_it, other])

    assert outcomes[into_it].startswith("refused")
    assert outcomes[other] == "added"
    assert library.catalogue.scopes() == [STARTER]


def test_a_scope_of_which_there_is_nothing_can_be_dropped(library):
    with writing(library):
        drop_scope(library, scope_of("100"))

    assert library.catalogue.scopes() == []


def test_a_scope_whose_dropping_was_cut_off_is_put_right_by_the_next_writer(library, document, take_in):
    take_in(library, document("One.", scope=scope_of("100")))
    library.catalogue.drop_scope(scope_of("100"))
    with writing(library):
        assert library.store.count(scope_of("100")) == 0
