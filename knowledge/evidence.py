"""What an answer may rest on: the passages found, read one by one, and their sentences."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from statistics import fmean

from knowledge.cite import MARK
from knowledge.question import Question, can_answer
from knowledge.reader import Reader, Reading, above
from knowledge.sentences import spans
from knowledge.types import Evidence, Found, Sentence
from knowledge.words import STOP_WORDS, Rarity, stems

READING = 0.8
"""What a passage's score gains by how sure the reader is of an answer in it,"""
OWN_READING = 2.0
"""and a sentence's, besides its passage's, by how sure it is of one in the sentence,"""
CENTRAL = 2.0
"""by how central its passage is, if that is a fact: others mention in passing what it states,"""
COVERAGE = 0.5
"""by the share of the question's terms in it, title included,"""
KIND_IN_TEXT = 0.1
"""by having in it what is asked for, such as a date,"""
HEADING = -0.4
"""and by being no whole sentence."""
CONTEXT = 0.8
"""The share of the coverage that counts where not the sentence has it but what stands before it."""
KEPT = 10
"""The best passages once they are read."""
LOOKED_AT = 3
"""The best passages, whose words together tell how much of a question is covered."""
SOFTNESS = 6.0
"""Logits within which the reader's sureness rises from a half to 0.73."""
SURE = 6.0
"""The logit beyond which it rises no further: of two that it is sure of, other signs tell the better."""
_WHOLE = re.compile(r"[.!?…][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a passage; `before` are its heading and the sentence before it."""

    begin: int
    end: int
    text: str
    before: str


def weigh(
    question: Question,
    found: Sequence[Found],
    rarity: Callable[[Sequence[str]], Rarity],
    reader: Reader,
    asked: Question | None = None,
) -> Evidence:
    """Read the passages, put them in order, and weigh each of their sentences, best first.

    Args:
        question: standing alone.
        found: the passages.
        rarity: tells how rare terms are.
        reader: reads them.
        asked: the same as it was asked, where that is a follow-up. Its words and kind count as much as those
            of the whole, which holds the question before it, too, and that is answered already.
    """
    wordings = [(wording, rarity(wording.terms)) for wording in dict.fromkeys((question, asked or question))]
    readings = reader.read(question.text, [(above(one.source), one.passage.text) for one in found])
    sure = [
        (
            replace(one, score=one.score + READING * sureness(reading.best().score) + CENTRAL * central),
            reading,
        )
        for one, reading, central in zip(found, readings, centrality(found), strict=True)
    ]
    best = sorted(sure, key=lambda pair: -pair[0].score)[:KEPT]
    sentences = [
        sentence
        for n, (one, reading) in enumerate(best, start=1)
        for sentence in _sentences(n, one, reading, wordings)
    ]
    together = " ".join(_titled(one, one.passage.text) for one, _ in best[:LOOKED_AT])
    return Evidence(
        question=question.text,
        found=tuple(one for one, _ in best),
        sentences=tuple(sorted(sentences, key=lambda sentence: -sentence.score)),
        coverage=wordings[0][1].coverage(together),
    )


def sureness(logit: float) -> float:
    """Bring the reader's logit to 0..1, less steeply than a probability would."""
    return 1 / (1 + math.exp(-min(logit, SURE) / SOFTNESS))


def centrality(found: Sequence[Found]) -> list[float]:
    """How much more than the mean each passage has in common with all; 0 for those that are no facts.

    The cosine of two passages' sets of stems, title included. Source of the idea: Kurland and Lee 2005,
    https://arxiv.org/abs/cs/0601045
    """
    bags = [set(stems(_titled(one, one.passage.text))) - STOP_WORDS for one in found]
    shared = [fmean(_cosine(bag, other) for other in bags) for bag in bags]
    usual = fmean(shared) if shared else 0.0
    return [
        share - usual if one.source.kind == "fact" else 0.0 for one, share in zip(found, shared, strict=True)
    ]


def _cosine(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    return len(one & other) / math.sqrt(len(one) * len(other) or 1)


def _sentences(
    n: int, found: Found, reading: Reading, wordings: Sequence[tuple[Question, Rarity]]
) -> Iterator[Sentence]:
    for position, piece in enumerate(_pieces(found.passage.text)):
        span = reading.best(piece.begin, piece.end)
        fits = fmean(_score(question, found, piece, rarity) for question, rarity in wordings)
        yield Sentence(
            n=n,
            position=position,
            # A footnote's number in a source must not pass for a mark of ours.
            text=MARK.sub("", " ".join(piece.text.split())),
            score=OWN_READING * sureness(span.score) + fits,
            reading=span.score,
            answer=found.passage.text[span.begin : span.end],
        )


def _pieces(text: str) -> Iterator[_Piece]:
    heading, before = "", ""
    for begin, end in spans(text):
        sentence = text[begin:end]
        yield _Piece(begin, end, sentence, f"{heading} {before}".strip())
        if _WHOLE.search(sentence):
            before = sentence
        else:
            heading, before = sentence, ""


def _score(question: Question, found: Found, piece: _Piece, rarity: Rarity) -> float:
    own = rarity.coverage(_titled(found, piece.text))
    after_all = rarity.coverage(_titled(found, f"{piece.before} {piece.text}"))
    score = found.score + COVERAGE * (own + CONTEXT * (after_all - own))
    if question.kind is not None:
        score += KIND_IN_TEXT * can_answer(question.kind, piece.text)
    return score + HEADING * (not _WHOLE.search(piece.text))


def _titled(found: Found, text: str) -> str:
    return f"{found.source.provenance.title}. {text}"
