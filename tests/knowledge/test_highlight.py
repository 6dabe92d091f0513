import pytest

from knowledge.highlight import carriers
from knowledge.types import STARTER, Answer, Citation, Provenance, Source

SOURCE = Source("corvo", STARTER, "document", Provenance("The lighthouse"))
PASSAGE = "The lamp is bright. It was lit on 3 May 1891 by Amalia Brandt. Its oil was  dear."


def bold(question, text, passage=PASSAGE):
    citation = Citation(1, SOURCE, passage)
    spans = carriers(Answer(question, text, (citation,), 0.9, "quoting"), citation)
    return [passage[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When was it lit?", ["3 May 1891"]),
        ("Who lit it?", ["Amalia Brandt"]),
        ("What is it?", ["It was lit on 3 May 1891 by Amalia Brandt."]),
    ],
)
def test_the_words_that_a_question_asks_for_carry_the_answer(question, words):
    assert bold(question, "It was lit on 3 May 1891 by Amalia Brandt. [1]") == words


def test_a_paraphrase_is_carried_by_the_sentence_nearest_to_it():
    assert bold("why", "The oil that it burned was dear [1].") == ["Its oil was  dear."]


def test_a_heading_that_is_quoted_too_carries_nothing():
    heading, sentence = "Things that may never be brought into the hall", "Dogs and bikes."

    assert bold("why", f"{heading}: {sentence} [1]", f"{heading}\n{sentence}\nAll else is welcome.") == [
        sentence
    ]


def test_the_words_of_another_mark_carry_nothing():
    assert bold("why", "The lamp is bright [2].") == []


def test_of_two_marks_in_a_row_each_stands_for_the_words_before_them():
    assert bold("why", "The lamp is bright [2] [1].") == ["The lamp is bright."]


def test_a_passage_of_one_sentence_without_such_words_is_carried_by_none_of_them():
    assert bold("why", "The lamp is bright. [1]", passage="The lamp is bright.") == []


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("how much was paid", "They paid $1,200.50, or 3.5%.", ["$1,200.50", "3.5%"]),
        ("how long was it", "It took 118 days in 2023.", ["118 days"]),
        ("when was it", "From May 2, 2023, to September.", ["May 2, 2023", "September"]),
    ],
)
def test_figures_are_marked_whole(question, sentence, words):
    assert bold(question, f"{sentence} [1]", passage=sentence) == words
