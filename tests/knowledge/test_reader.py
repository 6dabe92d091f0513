"""What the reader makes of passages that answer a question, and of passages near it that do not."""

import pytest

from knowledge.reader import NEVER, Reader, above
from knowledge.types import STARTER, Provenance, Source

LASTED = "Talks were slow that spring. The harbour strike lasted 31 days. Nobody was dismissed."
ABOVE = "The harbour strike (2025). "


@pytest.fixture(scope="module")
def reader():
    return Reader()


def the_words(reading, text, begin=0, end=10_000):
    span = reading.best(begin, end)
    return text[span.begin : span.end]


def test_it_finds_the_words_that_answer(reader):
    (reading,) = reader.read("how long did the harbour strike last", [(ABOVE, LASTED)])

    assert "31 days" in the_words(reading, LASTED)


def test_it_is_surer_of_what_is_there_than_of_what_is_not(reader):
    questions = ("how long did the harbour strike last", "what did the harbour strike cost")

    there, missing = (reader.read(question, [(ABOVE, LASTED)])[0].best().score for question in questions)

    assert there > missing


def test_a_sentence_is_judged_by_what_stands_in_it(reader):
    (reading,) = reader.read("how long did the harbour strike last", [(ABOVE, LASTED)])
    begin = LASTED.index("Nobody")

    assert the_words(reading, LASTED, begin) in LASTED[begin:]
    assert reading.best(begin).score < reading.best().score


def test_a_piece_without_a_word_is_never_an_answer(reader):
    (reading,) = reader.read("how long", [(ABOVE, LASTED)])

    assert reading.best(5, 5).score == NEVER


def test_it_reads_a_passage_alike_alone_and_among_others(reader):
    texts = ["The mayor is Ada Lund.", LASTED, "word " * 400, "", "A crane fell."] * 3
    question = "who is the mayor?"

    together = reader.read(question, [("", text) for text in texts])

    for text, reading in zip(texts, together, strict=True):
        (alone,) = reader.read(question, [("", text)])
        assert reading.best().score == alone.best().score


def test_any_question_can_be_put_to_it(reader):
    for question in ("", "?", "why " * 2_000, "¿Qué? 映画 🎬"):
        assert len(reader.read(question, [(ABOVE, LASTED)])) == 1
    assert reader.read("nothing to read", []) == []


def test_what_stands_above_a_passage_tells_its_title_and_date():
    dated = Source("a", STARTER, "document", Provenance("Pay", published="2026-05"))
    of_a_fact = Source("b", STARTER, "fact", Provenance("Pay", published="2026-05"), {"date": "2025"})

    assert above(dated) == "Pay (2026-05). "
    assert above(of_a_fact) == "Pay (2025). "
    assert above(Source("c", STARTER, "document", Provenance("Pay"))) == "Pay. "
