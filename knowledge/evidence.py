"""What an answer may rest on: the passages found, and their sentences, weighed one by one."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.cite import MARK
from knowledge.embed import Encoder
from knowledge.question import ANSWERS, Question
from knowledge.sentences import sentences
from knowledge.types import Evidence, Found, Sentence
from knowledge.words import Rarity

COSINE = 0.5
"""What a sentence's score gains, besides its passage's, by its own cosine with the question,"""
COVERAGE = 0.7
"""by the share of the question's terms in it, title included,"""
KIND_IN_TEXT = 0.5
"""by having in it what is asked for, such as a date,"""
HEADING = -0.8
"""and by being no whole sentence."""
SPLIT = 6
"""The best passages whose sentences are weighed, each by a vector of its own, which takes time."""
LOOKED_AT = 3
"""The best passages, whose words together tell how much of a question is covered."""
_WHOLE = re.compile(r"[.!?…][\"'”’)\]]*$")


CONTEXT = 0.8
"""The share of the coverage that counts where not the sentence has it but what stands before it."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a passage; `before` are its heading and the sentence before it."""

    n: int
    position: int
    text: str
    before: str


def weigh(question: Question, found: Sequence[Found], rarity: Rarity, encoder: Encoder) -> Evidence:
    """Split passages into sentences and weigh each against the question, best first."""
    pieces = [piece for n, one in enumerate(found[:SPLIT], start=1) for piece in _pieces(n, one)]
    weighed = [
        Sentence(
            piece.n,
            piece.position,
            piece.text,
            COSINE * cosine + _score(question, found[piece.n - 1], piece, rarity),
            cosine,
        )
        for piece, cosine in zip(pieces, _cosines(question, found, pieces, encoder), strict=True)
    ]
    together = " ".join(_titled(one, one.passage.text) for one in found[:LOOKED_AT])
    return Evidence(
        question=question.text,
        found=tuple(found),
        sentences=tuple(sorted(weighed, key=lambda sentence: -sentence.score)),
        coverage=rarity.coverage(together),
    )


def _pieces(n: int, found: Found) -> Iterator[_Piece]:
    heading, before = "", ""
    # A footnote's number in a source must not pass for a mark of ours.
    for position, text in enumerate(MARK.sub("", text) for text in sentences(found.passage.text)):
        yield _Piece(n, position, text, f"{heading} {before}".strip())
        if _WHOLE.search(text):
            before = text
        else:
            heading, before = text, ""


def _cosines(
    question: Question, found: Sequence[Found], pieces: Sequence[_Piece], encoder: Encoder
) -> list[float]:
    """Compare the vector of each sentence, read after what stands before it.

    A passage of one sentence has been compared already.
    """
    counts = Counter(piece.n for piece in pieces)
    alone = {n for n, count in counts.items() if count == 1 and found[n - 1].cosine}
    texts = [f"{piece.before} {piece.text}".strip() for piece in pieces if piece.n not in alone]
    vectors = encoder.encode(texts, "passage")
    asked = np.array(encoder.embed_query(question.text), np.float32)
    fresh = iter(vectors @ asked if texts else ())
    return [found[piece.n - 1].cosine if piece.n in alone else float(next(fresh)) for piece in pieces]


def _score(question: Question, found: Found, piece: _Piece, rarity: Rarity) -> float:
    own = rarity.coverage(_titled(found, piece.text))
    after_all = rarity.coverage(_titled(found, f"{piece.before} {piece.text}"))
    score = found.score + COVERAGE * (own + CONTEXT * (after_all - own))
    if question.kind is not None:
        score += KIND_IN_TEXT * bool(ANSWERS[question.kind].search(piece.text))
    return score + HEADING * (not _WHOLE.search(piece.text))


def _titled(found: Found, text: str) -> str:
    return f"{found.source.provenance.title}. {text}"
