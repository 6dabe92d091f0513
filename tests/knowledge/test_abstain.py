"""How sure an answer is: evidence made by hand."""

import pytest

from knowledge.abstain import confidence
from knowledge.types import STARTER, Evidence, Found, Passage, Provenance, Sentence, Source


def evidence(kind, surest, coverage=1.0):
    """Of one passage and sentence."""
    source = Source("1", STARTER, kind, Provenance("Pay"))
    found = Found(Passage("1:1", "1", 0, "It lasted."), source, score=1.0, cosine=0.5, bm25=1.0)
    sentence = Sentence(1, 0, "It lasted.", 1.0, surest, "")
    return Evidence("how long did it last", (found,), (sentence,), coverage, surest)


@pytest.mark.parametrize("kind", ["fact", "document"])
def test_the_surer_the_reader_is_the_surer_is_the_answer(kind):
    assert (
        confidence(evidence(kind, -9.0)) < confidence(evidence(kind, -3.0)) < confidence(evidence(kind, 3.0))
    )


def test_a_sure_reading_says_more_of_a_fact_than_of_a_document():
    assert confidence(evidence("fact", 3.0)) > confidence(evidence("document", 3.0))


def test_without_a_word_in_common_nothing_does():
    assert confidence(evidence("fact", 9.0, coverage=0.0)) == 0.0
