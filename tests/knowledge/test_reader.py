"""What the reader makes of passages that answer a question, and of passages near it that do not."""

import pytest

from knowledge.reader import NEVER, above
from knowledge.types import STARTER, Provenance, Source

LASTED = "Talks were slow that spring. The harbour strike lasted 31 days. Nobody was dismissed."
ABOVE = "The harbour strike (2025). "


@pytest.fixture(params=["skim", "read"])
def read(reader, request):
    """Either way to read."""
    return getattr(reader, request.param)


def the_words(reading, text, begin=0, end=10_000):
    span = reading.best(begin, end)
    return text[span.begin : span.end]


def test_it_finds_the_words_that_answer(read):
    (reading,) = read("how long did the harbour strike last", [(ABOVE, LASTED)])

    assert "31 days" in the_words(reading, LASTED)


def test_it_is_surer_of_what_is_there_than_of_what_is_not(read):
    questions = ("how long did the harbour strike last", "what did the harbour strike cost")

    there, missing = (read(question, [(ABOVE, LASTED)])[0].best().score for question in questions)

    assert there > missing


def test_a_sentence_is_judged_by_what_stands_in_it(read):
    (reading,) = read("how long did the harbour strike last", [(ABOVE, LASTED)])
    begin = LASTED.index("Nobody")

    assert the_words(reading, LASTED, begin) in LASTED[begin:]
    assert reading.best(begin).score < reading.best().score


def test_a_piece_without_a_word_is_never_an_answer(read):
    (reading,) = read("how long", [(ABOVE, LASTED)])

    assert reading.best(5, 5).score == NEVER


def test_it_reads_a_passage_alike_alone_and_among_others(read):
    texts = ["The mayor is Ada Lund.", LASTED, "word " * 400, "", "A crane fell."] * 3
    question = "who is the mayor?"

    together = read(question, [("", text) for text in texts])

    for text, reading in zip(texts, together, strict=True):
        (alone,) = read(question, [("", text)])
        assert reading.best().score == alone.best().score


def test_any_question_can_be_put_to_it(read):
    for question in ("", "?", "why " * 2_000, "¿Qué? 映画 🎬"):
        assert len(read(question, [(ABOVE, LASTED)])) == 1
    assert read("nothing to read", []) == []


def test_the_mean_of_two_readings_lies_between_them(reader):
    question = "how long did the harbour strike last"
    (skimmed,), (closely,) = (read(question, [(ABOVE, LASTED)]) for read in (reader.skim, reader.read))
    low, high = sorted((skimmed.best().score, closely.best().score))

    assert low <= skimmed.averaged(closely, 0.5).best().score <= high
    assert "31 days" in the_words(skimmed.averaged(closely, 0.5), LASTED)


def test_what_stands_above_a_passage_tells_its_title_and_date():
    dated = Source("a", STARTER, "document", Provenance("Pay", published="2026-05"))
    of_a_fact = Source("b", STARTER, "fact", Provenance("Pay", published="2026-05"), {"date": "2025"})

    assert above(dated) == "Pay (2026-05). "
    assert above(of_a_fact) == "Pay (2025). "
    assert above(Source("c", STARTER, "document", Provenance("Pay"))) == "Pay. "
