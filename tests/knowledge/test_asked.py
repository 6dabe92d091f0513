from datetime import timedelta

import pytest
from sqlalchemy import update

from ingest.index import writing
from knowledge import asked
from knowledge.asked import Memory, Place
from knowledge.build import build_memory
from knowledge.errors import UnknownAnswer
from knowledge.ledger import UNDO
from knowledge.library import CATALOGUE
from knowledge.schema import answers
from knowledge.types import STARTER, Answer, Citation, Provenance, Source, Turn

ADA = Place("1", "10", "100")
CORVO = Source("starter-corvo", STARTER, "document", Provenance("The lighthouse", published="1891-05"))


@pytest.fixture
def memory(settings, library, document, take_in):
    """With the lighthouse in the catalogue."""
    take_in(library, document("It was lit in 1891.", "The lighthouse", name="corvo", published="1891-05"))
    memory = build_memory(settings)
    yield memory
    memory.close()


def answer(question="When was it lit?", text="In 1891. [1]", source=CORVO):
    return Answer(question, text, (Citation(1, source, "It was lit in 1891."),), 0.9, "quoting", as_of="2026")


def abstention(nearest=()):
    text = "My sources hold nothing on that."
    if nearest:
        title = nearest[0].provenance.title
        text = f"My sources do not answer that; the nearest they come to it is “{title}”."
    return Answer("Who?", text, (), 0.1, None, ("who",), nearest)


def let_pass(memory, id, minutes):
    """Make an answer older than it is."""
    with memory._writing.begin() as connection:
        asked_at = asked.now() - timedelta(minutes=minutes)
        connection.execute(update(answers).where(answers.c.id == id).values(asked_at=asked_at))


def test_an_answer_is_recalled_as_it_was_after_a_restart(memory, settings):
    id = memory.remember(answer(), ADA)
    memory.close()

    again = Memory(settings.data_dir / CATALOGUE)

    assert again.recall(id).answer == answer()
    assert again.recall(id).place == ADA
    again.close()


def test_an_abstention_is_recalled_with_what_came_nearest(memory):
    assert memory.recall(memory.remember(abstention((CORVO,)), ADA)).answer == abstention((CORVO,))


def test_an_answer_that_was_never_given_is_unknown(memory):
    with pytest.raises(UnknownAnswer, match="ask the question again"):
        memory.recall("0" * 16)


def test_a_conversation_is_told_oldest_turn_first_and_not_for_ever(memory):
    id = None
    for n in range(5):
        id = memory.remember(answer(f"Question {n}?"), ADA, previous=id)

    assert memory.turns(id) == [Turn(f"Question {n}?", "In 1891. [1]") for n in (2, 3, 4)]


def test_no_conversation_has_no_turns(memory):
    assert memory.turns(None) == []


def test_an_abstention_is_no_turn(memory):
    first = memory.remember(answer(), ADA)

    assert len(memory.turns(memory.remember(abstention(), ADA, previous=first))) == 1


@pytest.mark.parametrize(
    "elsewhere", [Place("2", "10", "100"), Place("1", "11", "100"), Place("1", "10", "100", private=True)]
)
def test_a_question_follows_up_the_same_persons_last_one_in_that_channel(memory, elsewhere):
    memory.remember(answer(), ADA)
    last = memory.remember(answer("And then?"), ADA)

    assert memory.latest(ADA) == last
    assert memory.latest(elsewhere) is None


def test_after_a_quarter_of_an_hour_a_question_stands_alone(memory):
    id = memory.remember(answer(), ADA)
    let_pass(memory, id, minutes=16)

    assert memory.latest(ADA) is None


def test_an_answer_is_found_by_the_message_that_gave_it(memory):
    id = memory.remember(answer(), ADA)
    memory.posted(id, "77")

    assert memory.given_by("77") == id
    assert memory.given_by("78") is None


def test_of_two_verdicts_of_one_person_the_last_counts(memory):
    id = memory.remember(answer(), ADA)
    memory.judge(id, "1", "helpful")
    memory.judge(id, "1", "unhelpful", "wrong year")
    memory.judge(id, "2", "helpful")

    assert memory.verdicts(id) == [("1", "unhelpful", "wrong year"), ("2", "helpful", None)]


def test_a_reason_stays_when_the_button_is_pressed_again(memory):
    id = memory.remember(answer(), ADA)
    memory.judge(id, "1", "unhelpful", "wrong year")
    memory.judge(id, "1", "unhelpful")

    assert memory.verdicts(id) == [("1", "unhelpful", "wrong year")]


def test_what_quotes_a_document_removed_meanwhile_is_not_kept(memory, library, take_in):
    take_in(library, remove=["starter-corvo"])

    with pytest.raises(UnknownAnswer):
        memory.recall(memory.remember(answer(), ADA))


def test_an_unknown_answer_cannot_be_judged(memory):
    with pytest.raises(UnknownAnswer):
        memory.judge("0" * 16, "1", "helpful")


def test_old_questions_are_forgotten_with_what_was_said_of_them(memory):
    old, new = memory.remember(answer(), ADA), memory.remember(answer(), ADA)
    memory.judge(old, "1", "helpful")
    let_pass(memory, old, minutes=31 * 24 * 60)

    memory.forget_older(days=30)

    assert memory.verdicts(old) == []
    assert memory.recall(new)
    with pytest.raises(UnknownAnswer):
        memory.recall(old)


def test_what_quotes_a_removed_document_goes_with_it(memory, library, document, take_in):
    quay = document("The quay is closed.", "The quay", name="quay")
    take_in(library, quay)
    quoting = memory.remember(answer(source=quay.source), ADA)
    other = memory.remember(answer(), ADA)

    take_in(library, remove=[quay.source.id])

    with pytest.raises(UnknownAnswer):
        memory.recall(quoting)
    assert memory.recall(other)


@pytest.fixture
def quay(library, document, take_in):
    """One more document in the catalogue, with a word of its own; and its newer version."""
    quay = document("It is closed on Sundays.", "The zyzzyva quay", name="quay")
    take_in(library, quay)
    return quay, document("It is open on Sundays.", "The quay", name="quay")


@pytest.mark.parametrize("replaced", [True, False])
def test_an_abstention_outlives_what_it_named_as_nearest_and_says_nothing_of_it(
    memory, library, quay, take_in, replaced
):
    naming_both = memory.remember(abstention((quay[0].source, CORVO)), ADA)
    naming_it = memory.remember(abstention((quay[0].source,)), ADA)
    memory.judge(naming_it, "1", "missing")

    take_in(library, *quay[1:] if replaced else (), remove=() if replaced else [quay[0].source.id])

    assert memory.recall(naming_both).answer == abstention((CORVO,))
    assert memory.recall(naming_it).answer == abstention()
    assert memory.verdicts(naming_it) == [("1", "missing", None)]


@pytest.mark.parametrize(("kind", "title"), [("document", "The quay"), ("fact", "The zyzzyva quay")])
def test_of_what_was_named_as_nearest_and_replaced_no_word_stays_on_disk(
    memory, library, document, take_in, monkeypatch, kind, title
):
    """But for the title of a document in the log, which facts have none of."""
    quay = document("It is closed.", title, name="quay", kind=kind, publisher="The Zyzzyva Gazette")
    take_in(library, quay)
    kept = [memory.remember(abstention((quay.source, CORVO)), ADA) for _ in range(40)]

    take_in(library, document("It is open.", "The quay", name="quay", kind=kind))
    if kind == "document":  # which can be put back until then; what becomes of a fact is final
        later = asked.now() + UNDO + timedelta(minutes=1)
        monkeypatch.setattr("ingest.index.now", lambda: later)
        with writing(library):
            pass

    on_disk = b"".join(file.read_bytes() for file in library.data_dir.rglob("*") if file.is_file())
    assert b"zyzzyva" not in on_disk.lower()
    assert all(memory.recall(id).answer == abstention((CORVO,)) for id in kept)


def test_an_abstention_names_nothing_of_a_scope_that_was_dropped(memory, library, document, take_in):
    ours = document("It is closed.", "The quay", name="quay", scope="guild-100")
    take_in(library, ours)
    naming = memory.remember(abstention((ours.source, CORVO)), ADA)
    quoting = memory.remember(answer(source=ours.source), ADA)

    library.catalogue.drop_scope("guild-100")

    assert memory.recall(naming).answer == abstention((CORVO,))
    with pytest.raises(UnknownAnswer):
        memory.recall(quoting)


def test_an_abstention_is_kept_though_what_it_names_was_removed_meanwhile(memory, library, quay, take_in):
    take_in(library, remove=[quay[0].source.id])

    id = memory.remember(abstention((quay[0].source, CORVO)), ADA)

    assert memory.recall(id).answer == abstention((CORVO,))


def test_what_a_guild_wants_is_kept(memory):
    memory.set_wishes("100", {"private": False})
    memory.set_wishes("100", {"private": True})

    assert memory.all_wishes() == {"100": {"private": True}}
