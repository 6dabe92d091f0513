"""Follow-ups: what a question leans on."""

import pytest

from knowledge.followup import own_part, standalone
from knowledge.types import Turn


def asked_in_turn(*questions):
    """The last of a chain of questions, as it stands alone."""
    return standalone(questions[-1], [Turn(question, "So it is. [1]") for question in questions[:-1]])


def test_a_follow_up_of_a_follow_up_is_understood_with_the_question_that_said_what_it_is_about():
    assert asked_in_turn("Who built the lighthouse?", "and when was it lit?", "and who paid for it?") == (
        "Who built the lighthouse? and who paid for it?"
    )


def test_a_topic_that_was_brought_in_since_is_what_it_is_about_too():
    assert asked_in_turn("When was the AI bill proposed?", "and the tilly tax?", "who proposed it") == (
        "When was the AI bill proposed? and the tilly tax? who proposed it"
    )


@pytest.mark.parametrize(
    ("chain", "alone"),
    [
        (["how long was the actors strike", "and the writers?"], "how long was the writers strike"),
        (["what did the wga get in 2023", "and in 2026?"], "what did the wga get in 2026"),
        (["how long was the actors strike", "and the writers?", "and sag?"], "how long was the sag strike"),
        (
            ["when does the sag deal end", "and the wga?", "was it ratified"],
            "when does the wga deal end? was it ratified",
        ),
        (
            ["did actors support the writers", "and the directors?"],
            "did actors support the writers? and the directors?",
        ),
    ],
)
def test_a_union_or_a_year_named_later_takes_the_place_of_the_one_before(chain, alone):
    assert asked_in_turn(*chain) == alone


@pytest.mark.parametrize(
    ("question", "whole", "part"),
    [
        ("who paid?", "when was it lit? who paid?", "who paid?"),
        ("and the writers?", "when did writers vote and how", "when did writers vote and how"),
    ],
)
def test_a_follow_up_that_only_names_another_union_asks_all_that_was_asked(question, whole, part):
    assert own_part(question, whole) == part


def test_a_whole_question_ends_the_conversation_before_it():
    assert asked_in_turn("Who built the lighthouse?", "when was the pier built?", "and who paid?") == (
        "when was the pier built? and who paid?"
    )


def test_a_follow_up_is_of_the_year_of_what_was_answered():
    history = [Turn("when did the strike begin", "The 2023 strike of the bakers began on 2 May 2023. [1]")]

    assert standalone("and when did it end", history) == "when did the strike begin 2023? and when did it end"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("and where is it now", "The 2023 strike began on 2 May 2023. [1]"),
        ("and when did it end in 2019", "The 2023 strike began on 2 May 2023. [1]"),
        ("and when did it end in 22", "The 2023 strike began on 2 May 2023. [1]"),
        ("and when did it end", "The 2019 strike was longer than the 2023 strike. [1]"),
    ],
)
def test_a_follow_up_is_of_no_year_where_it_may_be_of_another(question, answer):
    assert (
        standalone(question, [Turn("tell me of the strike", answer)]) == f"tell me of the strike? {question}"
    )


def test_a_question_that_says_what_it_is_about_stands_alone():
    history = [Turn("Who built the lighthouse?", "Amalia Brandt.")]

    assert standalone("When was the bakery opened?", history) == "When was the bakery opened?"


@pytest.mark.parametrize(
    "question",
    ["is there a law that bans replicas?", "are there actors that refuse", "which unions are there"],
)
def test_a_there_or_that_which_points_at_nothing_makes_no_follow_up(question):
    assert standalone(question, [Turn("Who built the lighthouse?", "Amalia Brandt.")]) == question


@pytest.mark.parametrize("question", ["ok, and what is the catch", "thanks! but why was it built"])
def test_thanks_before_it_leave_a_follow_up_one(question):
    asked = standalone(question, [Turn("Who built the lighthouse?", "Amalia Brandt.")])

    assert asked == f"Who built the lighthouse? {question}"


@pytest.mark.parametrize("question", ["is that still so", "when does THAT expire", "who worked there"])
def test_a_there_or_that_which_points_back_makes_one(question):
    asked = standalone(question, [Turn("Who built the lighthouse?", "Amalia Brandt.")])

    assert asked == f"Who built the lighthouse? {question}"


@pytest.mark.parametrize(
    "fragment", ["by how many votes?", "over 80?", "who paid?", "how much for a child", "any update"]
)
def test_a_question_that_is_no_whole_sentence_is_understood_with_the_one_before_it(fragment):
    assert standalone(fragment, [Turn("who was elected", "Ada.")]) == f"who was elected? {fragment}"


@pytest.mark.parametrize(
    "whole", ["what is asteria?", "who founded asteria", "thanks", "bakery opening date"]
)
def test_what_is_whole_or_asks_nothing_stands_alone(whole):
    assert standalone(whole, [Turn("who was elected", "Ada.")]) == whole
