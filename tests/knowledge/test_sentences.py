import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sentences import is_heading, sentences, spans, with_title


@pytest.mark.parametrize(
    "whole",
    [
        "The contract ran out at 11:59 p.m. Pacific on Jan. 5.",
        "The U.S. Copyright Office refused to register the picture.",
        "In Lee v. Smith the court left the question open.",
        "Acme Pictures Inc. paid $1.5 million to settle.",
        "They met on Sept. 27 in St. Louis.",
        "No. 1 on the list was pay.",
        "J. R. Doe and Dr. A. B. Roe wrote it.",
        'She said "We won. We are going back." and left.',
        "The page runs on Node.js in the cloud.",
        "1. Pay rises by five percent.",
        "Bookings are with Maureen, tel. 07700 900118.",
        "The climb takes approx. 2 hrs.",
        "The boat leaves on Sun. 4 June.",
        "The hall costs ten pounds incl. VAT.",
    ],
)
def test_a_full_stop_within_a_sentence_does_not_end_it(whole):
    assert sentences(f"{whole} It was late.") == [whole, "It was late."]


def test_an_abbreviation_can_end_a_sentence():
    assert sentences("They met at 5 p.m. The talks failed.") == [
        "They met at 5 p.m.",
        "The talks failed.",
    ]


def test_a_word_that_looks_like_an_abbreviation_ends_a_sentence():
    assert sentences("That is where all of them sat. 4 people came.") == [
        "That is where all of them sat.",
        "4 people came.",
    ]


def test_every_line_ends_a_sentence():
    text = "What they won\n\nThe terms are\n• higher pay\n• larger rooms"

    assert sentences(text) == ["What they won", "The terms are", "• higher pay", "• larger rooms"]


def test_a_text_without_words_has_no_sentences():
    assert sentences(" \n\n ") == []


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_nothing_but_white_space_is_lost(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_a_title_stands_before_the_text_as_a_sentence():
    assert with_title("What they won", "Pay rose.") == "What they won. Pay rose."
    assert with_title("Who won?", "Nobody did.") == "Who won? Nobody did."


def test_a_very_long_title_is_cut_after_a_word():
    embedded = with_title("strike " * 100, "Pay rose.")

    assert embedded.endswith(" strike. Pay rose.")
    assert len(embedded) < 200


@pytest.mark.parametrize("head", ["Sick pay.", "• Split turns.", "Snap-back zone."])
def test_a_head_goes_with_the_sentence_behind_it(head):
    line = f"{head} Eight weeks are paid in full. The rest is not."

    assert sentences(line) == [f"{head} Eight weeks are paid in full.", "The rest is not."]


def test_a_line_of_splits_that_are_none_holds_nobody_up():
    """It took a minute and a half; now a moment. Whatever hangs here would hang the bot."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(30)
    try:
        assert "".join(sentences("Node.Js " * 40_000)).count("Node.Js") == 40_000
    finally:
        signal.alarm(0)


@pytest.mark.parametrize(("letters", "times"), [("“", 400_000), ("好。", 200_000)])
def test_a_line_without_end_holds_nobody_up(letters, times):
    """In a process of its own: nothing in this one could end what hangs in the library, which takes hours."""
    split = f"from knowledge.sentences import sentences; print(''.join(sentences({letters!r} * {times})))"

    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", split],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=50,
    )

    assert "".join(done.stdout.split()) == letters * times


def test_a_line_too_long_to_be_split_at_once_is_cut_between_words():
    line = " ".join(f"word{n}" for n in range(2_000))

    assert " ".join(sentences(line)) == line
    assert [line[begin:end] for begin, end in spans(line)] == sentences(line)


@pytest.mark.parametrize(
    "line",
    ["Sick pay", "What we did not get:", "Dogs?", "Article 4: Pay", "3 February 2025", "Rates 2024–2028"],
)
def test_a_short_line_that_is_no_sentence_heads_what_is_below_it(line):
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "It is paid in full.",
        "• Sick pay",
        "(a) sick pay",
        "Family | £330",
        "Orchard (own tent) .......... 60",
        "Spelt, wholemeal 12.5 kg £20.20",
        "Chair: Ann Oakes",
        "Issued by the Board on 18 February 2019",
        "of the gate, the mill and the yard,",
        "and so on for longer than a heading ever is, which has no more than fifteen words",
    ],
)
def test_what_says_something_by_itself_heads_nothing(line):
    assert not is_heading(line)
