"""A draft as it comes; what providers do to it is in tests/bot/test_chat_model.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chat import finished, split
from knowledge.cite import MARK

PARTS = st.sampled_from(
    ["It ended. ", "It began [1]. ", "118 days", ". ", "[1]", "[2, 3]", " ", "\n", "- ", "!"]
)


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("It began in May [1]. It ended in July [2].", ["It began in May [1].", "It ended in July [2]."]),
        ("118 days. [1] It ended in July. [2]", ["118 days. [1]", "It ended in July. [2]"]),
        ("118 days [1]. It ended in July [1][2].", ["118 days [1].", "It ended in July [1][2]."]),
        ("118 days. [1] [2] It ended. [3].", ["118 days. [1] [2]", "It ended. [3]."]),
        ("- 118 days [1]\n- It ended in July [2]", ["118 days [1]", "It ended in July [2]"]),
        ("1. It began in May [1].\n2. It ended [2].", ["It began in May [1].", "It ended [2]."]),
        ("It ended on 31 December 2025. [1]", ["It ended on 31 December 2025. [1]"]),
        ("It ended at 12:01 a.m. Pacific [1].", ["It ended at 12:01 a.m. Pacific [1]."]),
        ("Mr. Smith of the U.S. union said so [1].", ["Mr. Smith of the U.S. union said so [1]."]),
        ("The studios won. It ended [1].", ["The studios won.", "It ended [1]."]),
        ('"It ended." [1] "It began." [2]', ['"It ended." [1]', '"It began." [2]']),
        ("Yes! It ended [1].", ["Yes!", "It ended [1]."]),
        ("", []),
        ("...", []),
    ],
)
def test_a_draft_is_split_into_sentences_with_their_marks(draft, said):
    assert split(draft) == said


@pytest.mark.parametrize("draft", ["118 days. [1] [2] It ended.", "It took them 118 days. [1][2] It ended."])
def test_a_sentence_waits_for_all_the_marks_behind_it(draft):
    first, _ = split(draft)

    assert all(finished(draft[:end]) in ([], [first]) for end in range(len(draft)))
    assert finished(draft) == [first]


@given(st.lists(PARTS).map("".join))
def test_no_mark_is_lost_or_made_up(draft):
    kept = [mark[1] for sentence in split(draft) for mark in MARK.finditer(sentence)]
    written = [mark[1] for mark in MARK.finditer(draft)]

    assert kept == written[len(written) - len(kept) :] or kept == written[: len(kept)]
