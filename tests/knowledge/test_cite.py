import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.cite import MARK, cite
from knowledge.types import STARTER, Evidence, Found, Passage, Provenance, Source

PARTS = st.sampled_from(
    ["[", "]", "[1]", " [2]", "[3, 1]", "[1;2]", "[2-4]", "[9]", "[0]", ",", " ", "1", "²", "٣", "So."]
)
DRAFTS = st.one_of(st.text(), st.lists(PARTS).map("".join))


def evidence(count):
    found = tuple(
        Found(
            Passage(f"p{n}", f"d{n}", 0, f"Text {n}."),
            Source(f"d{n}", STARTER, "document", Provenance(f"Title {n}")),
            score=1.0,
            cosine=1.0,
            bm25=1.0,
        )
        for n in range(1, count + 1)
    )
    return Evidence("Why?", found, sentences=(), coverage=0.0)


def numbers_in(text):
    return {int(n) for mark in MARK.finditer(text) for n in mark[1].split(",")}


@given(draft=DRAFTS, passages=st.integers(0, 4))
def test_every_mark_has_its_citation_and_every_citation_its_mark(draft, passages):
    text, citations = cite(draft, evidence(passages))

    assert numbers_in(text) == {citation.n for citation in citations}


@given(draft=DRAFTS, passages=st.integers(0, 4))
def test_marks_count_from_1_in_order_of_first_mention(draft, passages):
    text, citations = cite(draft, evidence(passages))

    first_mentions = list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d{1,4})\]", text)))
    assert [citation.n for citation in citations] == list(range(1, len(citations) + 1))
    assert first_mentions == [citation.n for citation in citations]


@given(draft=DRAFTS, passages=st.integers(0, 4))
def test_no_passage_is_cited_twice(draft, passages):
    _, citations = cite(draft, evidence(passages))

    assert len({citation.source.id for citation in citations}) == len(citations)


def test_a_mark_that_points_at_no_passage_is_struck_out():
    text, citations = cite("AI is no writer [1]. It is paid [7].", evidence(1))

    assert text == "AI is no writer [1]. It is paid."
    assert [citation.passage for citation in citations] == ["Text 1."]


def test_marks_are_numbered_anew_and_still_point_at_their_passages():
    text, citations = cite("B [3]. A [1]. B again [3].", evidence(3))

    assert text == "B [1]. A [2]. B again [1]."
    assert [citation.passage for citation in citations] == ["Text 3.", "Text 1."]


def test_a_mark_may_name_several_passages():
    text, citations = cite("Both say so [2, 1, 8].", evidence(2))

    assert text == "Both say so [1] [2]."
    assert [citation.passage for citation in citations] == ["Text 2.", "Text 1."]


@pytest.mark.parametrize("mark", ["[1-3]", "[1–3]", "[1; 2; 3]", "[ 1, 2-3 ]", "[0-99999999999]"])
def test_a_mark_may_name_several_passages_in_any_way_that_models_write(mark):
    text, _ = cite(f"All say so {mark}.", evidence(3))

    assert text == "All say so [1] [2] [3]."


def test_a_number_too_large_for_a_passage_is_struck_out():
    assert cite(f"AI is paid [12345] [{'9' * 999}].", evidence(2)) == ("AI is paid.", ())


def test_a_mark_that_appears_where_another_was_struck_out_goes_too():
    text, citations = cite("Nested [[9]9], [[[7]1]7].", evidence(0))

    assert (text, citations) == ("Nested,.", ())


@pytest.mark.parametrize("draft", ["", "No marks here.", "[0]", "[12345]", "[-1]", "[1.5]", "[one]"])
def test_a_draft_without_a_good_mark_cites_nothing(draft):
    assert cite(draft, evidence(2))[1] == ()
