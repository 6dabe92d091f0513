"""What an answer may rest on: the passages found, read one by one, and their sentences."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

from knowledge.cite import MARK
from knowledge.question import Question, can_answer
from knowledge.reader import NEVER, Reader, Reading, above
from knowledge.sentences import A_LIST, is_heading, is_whole, spans
from knowledge.types import Evidence, Found, Passage, Sentence
from knowledge.words import Rarity

SKIMMED = 0.8
"""What a passage's score gains by how sure the reader is of an answer in it as it skims,"""
READING = 0.8
"""and once it has read it closely, too,"""
OWN_READING = 4.0
"""and a sentence's, besides its passage's, by how sure it then is of one in the sentence,"""
COVERAGE = 0.5
"""by the share of the question's terms in it, title included,"""
KIND_IN_TEXT = 0.1
"""by having in it what is asked for, such as a date,"""
HEADING = -0.4
"""and by being a heading."""
CONTEXT = 0.8
"""The share of the coverage that counts where not the sentence has it but what stands before it."""
KEPT = 10
"""The best passages once they are skimmed,"""
CLOSELY = 6
"""and those of them that are read closely: only their sentences are quoted."""
CLOSE_SHARE = 0.65
"""What close reading weighs in the mean of both; skimming weighs the rest."""
LOOKED_AT = 3
"""The best passages, whose words together tell how much of a question is covered."""
SOFTNESS = 6.0
"""Logits within which the reader's sureness rises from a half to 0.73."""


_Read = tuple[Found, Reading]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a passage, or a line that is none."""

    begin: int
    end: int
    text: str
    heading: str
    """The line that tells what it is about; empty where none in the passage does."""
    before: str
    """The sentence before it, under the same heading."""


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
    best, rest, surest = _read(question.text, found, reader)
    sentences = [
        sentence
        for n, (one, reading) in enumerate(best, start=1)
        for sentence in _sentences(n, one, reading, wordings)
    ]
    together = " ".join(_titled(one, one.passage.text) for one, _ in best[:LOOKED_AT])
    return Evidence(
        question=question.text,
        found=tuple(one for one, _ in (*best, *rest)),
        sentences=tuple(sorted(sentences, key=lambda sentence: -sentence.score)),
        coverage=wordings[0][1].coverage(together),
        surest=surest,
        asked=asked.text if asked else None,
    )


def _read(question: str, found: Sequence[Found], reader: Reader) -> tuple[list[_Read], list[_Read], float]:
    """Skim all passages, and read the best of them closely, too.

    Returns:
        Those that are read closely, best first; the best of the others; and how sure the reader is of an
        answer in any: see `Evidence.surest`.
    """
    skimmed = reader.skim(question, [_shown(one) for one in found])
    gains = [SKIMMED * sureness(reading.best().score) for reading in skimmed]
    kept = _ranked(zip(found, skimmed, gains, strict=True))[:KEPT]
    chosen, rest = kept[:CLOSELY], kept[CLOSELY:]
    closely = reader.read(question, [_shown(one) for one, _ in chosen])
    both = [first.averaged(second, CLOSE_SHARE) for (_, first), second in zip(chosen, closely, strict=True)]
    gains = [READING * sureness(reading.best().score) for reading in both]
    best = _ranked(zip((one for one, _ in chosen), both, gains, strict=True))
    return best, rest, fmean(_surest(readings) for readings in (skimmed, closely))


def _surest(readings: Sequence[Reading]) -> float:
    return max((reading.best().score for reading in readings), default=NEVER)


def _shown(found: Found) -> tuple[str, str]:
    return above(found.source), found.passage.text


def _ranked(gains: Iterable[tuple[Found, Reading, float]]) -> list[_Read]:
    """Add to each passage's score what it gains; best first."""
    scored = ((replace(one, score=one.score + gain), reading) for one, reading, gain in gains)
    return sorted(scored, key=lambda pair: -pair[0].score)


def sureness(logit: float) -> float:
    """Bring the reader's logit to 0..1, less steeply than a probability would."""
    return 1 / (1 + math.exp(-logit / SOFTNESS))


def _sentences(
    n: int, found: Found, reading: Reading, wordings: Sequence[tuple[Question, Rarity]]
) -> Iterator[Sentence]:
    for position, piece in enumerate(_pieces(found.passage)):
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
            heading=piece.heading,
        )


def _pieces(passage: Passage) -> Iterator[_Piece]:
    heading, text = "", passage.text
    for are_headings, run in groupby(spans(text), lambda span: _is_heading(text, *span)):
        places = list(run)
        told = [text[begin:end] for begin, end in places]
        if are_headings and (passage.position or places[0][0]):  # at its top a document bears its title
            heading = told[0 if len(told) >= A_LIST else -1]
        for at, (place, piece) in enumerate(zip(places, told, strict=True)):
            is_below = not are_headings or (at > 0 and heading == told[0])
            before = told[at - 1] if at and is_whole(told[at - 1]) else ""
            yield _Piece(*place, piece, heading if is_below else "", before)


def _is_heading(text: str, begin: int, end: int) -> bool:
    is_line = text[:begin][-1:] in {"", "\n"} and text[end : end + 1] in {"", "\n"}
    return is_line and is_heading(text[begin:end])


def _score(question: Question, found: Found, piece: _Piece, rarity: Rarity) -> float:
    own = rarity.coverage(_titled(found, piece.text))
    after_all = rarity.coverage(_titled(found, f"{piece.heading} {piece.before} {piece.text}"))
    score = found.score + COVERAGE * (own + CONTEXT * (after_all - own))
    if question.kind is not None:
        score += KIND_IN_TEXT * can_answer(question.kind, piece.text)
    return score + HEADING * is_heading(piece.text)


def _titled(found: Found, text: str) -> str:
    return f"{found.source.provenance.title}. {text}"
