from datetime import timedelta

import pytest
from sqlalchemy import update

from knowledge import asked
from knowledge.asked import Memory, Place
from knowledge.build import build_memory
from knowledge.errors import UnknownAnswer
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
    return Answer("Who?", "My sources hold nothing on that.", (), 0.1, None, ("who",), nearest)


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
    naming = memory.remember(abstention((quay.source,)), ADA)
    other = memory.remember(answer(), ADA)

    take_in(library, remove=[quay.source.id])

    for gone in (quoting, naming):
        with pytest.raises(UnknownAnswer):
            memory.recall(gone)
    assert memory.recall(other)


def test_what_a_guild_wants_is_kept(memory):
    memory.set_wishes("100", {"private": False})
    memory.set_wishes("100", {"private": True})

    assert memory.all_wishes() == {"100": {"private": True}}
