"""THE check of what a chat model says: a sentence is shown only if a passage that it names supports it.

A passage supports a sentence whose numbers (with their "at least" or "at most", if any), dates, names and
unions it has, most of whose words it has and some of each clause's, that it does not contradict by a plain
"not", "without" or contrary word, and that is near to it in meaning. Rules, and a cosine:
who swaps two names of the same passage is not found out, nor "all" put for "many", nor "must" for "may".
benchmarks/README.md tells how often true and false sentences pass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from knowledge.cite import MARK, pointed_at
from knowledge.denials import Denials, denials, telling
from knowledge.embed import Encoder
from knowledge.figures import NO_FIGURES, NUMBER_WORDS, Figures, figures, take_dates
from knowledge.names import Names, names, ordinary_words
from knowledge.sentences import sentences, with_title
from knowledge.types import Evidence, Found
from knowledge.words import rivals_named, stems

NEAR, NEAR_BY_FIGURES = 0.45, 0.3
"""The cosine from which a sentence's meaning is near enough to its passage, or to a sentence of it; and where
the passage has all its numbers and dates. Of the corpus's short answers that the other rules let pass beside
another fact on the same subject, 2 in 100 come as near as the first where they name nothing."""
MOST_WORDS = 0.5
"""The share of a sentence's words, but for numbers, dates and names, that must be its passages'. Of the
corpus's short answers 92 in 100 have it; of its sentences that all else lets pass beside another fact on the
same subject, 3 in 100."""
LONG_CLAUSE, LEAST_OF_CLAUSE = 3, 1 / 3
"""The words of a clause from which so large a share of them must be its passages', lest a sentence that is
true for the most part bring another along. All the corpus's short answers have it that all else lets pass."""
SHORT = 4
"""A sentence with fewer words that tell something has its meaning as an answer to the question, and one of
them from its passage; there is no counting shares of so few."""

_NUMBER_WORD = re.compile(rf"\w*\d\w*|\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sentence says."""

    text: str
    figures: Figures
    names: frozenset[str]
    words: frozenset[str]
    """The stems that tell something besides."""
    denials: Denials

    @property
    def clauses(self) -> list[frozenset[str]]:
        """The words in each clause."""
        return [clause.stems & self.words for clause in self.denials.clauses]

    @property
    def is_short(self) -> bool:
        return len(telling(self.text)) < SHORT


class _Ground:
    """What one passage says, with its title, publisher and dates."""

    def __init__(self, found: Found, encoder: Encoder) -> None:
        source = found.source
        about = (source.provenance.title, source.title_cited, source.provenance.publisher)
        days = (source.provenance.published, source.details.get("date"))
        self._passage = MARK.sub("", found.passage.text)
        whole = " . ".join(part for part in (self._passage, *about, *days) if part)
        self._title = source.provenance.title
        self._encoder = encoder
        self.figures = figures(whole)
        self.names = Names(whole)
        self.unions = rivals_named(whole)
        self.denials = denials(self._passage)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Of the passage whole and of its sentences: (texts, dimensions)."""
        texts = [with_title(self._title, self._passage), *sentences(self._passage)]
        return self._encoder.encode(texts, "passage")


class Verifier:
    """Checks the sentences of one answer against the passages that it may rest on."""

    def __init__(self, evidence: Evidence, encoder: Encoder) -> None:
        """Take the passages, each read when a sentence first names it."""
        self._evidence = evidence
        self._encoder = encoder
        self._asked = Names(evidence.question)
        self._asked_figures = figures(evidence.question)
        self._asked_unions = rivals_named(evidence.question)
        self._grounds: dict[int, _Ground] = {}
        told = " ".join((evidence.question, *(found.passage.text for found in evidence.found)))
        self._ordinary = ordinary_words(told)

    def supported(self, sentence: str) -> str | None:
        """Give a sentence with those of its marks alone whose passages support it; None without any.

        Where no passage supports it alone, several may together, each with a share of its numbers and names.
        """
        marks = [n for mark in MARK.finditer(sentence) for n in pointed_at(mark, self._evidence)]
        claim = self._claim(MARK.sub("", sentence).strip())
        near = [
            n for n in dict.fromkeys(marks) if self._is_near(claim, n) and not self._contradicts(claim, n)
        ]
        kept = [n for n in near if self._hold(claim, [n])]
        if not kept and self._hold(claim, near):
            kept = [n for n in near if self._adds(claim, n)]
        return self._only(sentence, kept) if kept else None

    def _claim(self, text: str) -> _Claim:
        named = frozenset(names(text, self._ordinary))
        _, without_dates = take_dates(text)
        told = frozenset(telling(_NUMBER_WORD.sub(" ", without_dates)))
        return _Claim(text, figures(text), named, told.difference(stems(" ".join(named))), denials(text))

    def _ground(self, n: int) -> _Ground:
        if n not in self._grounds:
            self._grounds[n] = _Ground(self._evidence.found[n - 1], self._encoder)
        return self._grounds[n]

    def _hold(self, claim: _Claim, marks: Sequence[int]) -> bool:
        """Whether passages have together all numbers, dates and names, and most words.

        Numbers may be the question's in a sentence that puts the question right.
        """
        grounds = [self._ground(n) for n in marks]
        missing = claim.figures.missing_from(reduce(or_, (one.figures for one in grounds), NO_FIGURES))
        told = frozenset[str]().union(*(one.names.stems for one in grounds))
        return (
            bool(grounds)
            and (not missing or self._puts_right(claim, missing))
            and (len(claim.words) < SHORT or len(claim.words & told) >= MOST_WORDS * len(claim.words))
            and all(
                len(clause) < LONG_CLAUSE or len(clause & told) >= LEAST_OF_CLAUSE * len(clause)
                for clause in claim.clauses
            )
            and self._names_are_told(claim, grounds)
        )

    def _names_are_told(self, claim: _Claim, grounds: Sequence[_Ground]) -> bool:
        """Whether passages have all names and unions; those of the question may be denied besides.

        A name that only the question has may be its error: "how long did the directors strike last".
        """
        told = frozenset[str]().union(*(one.names.stems for one in grounds))
        unions = frozenset[int]().union(*(one.unions for one in grounds))
        denied = " . ".join(clause.text for clause in claim.denials.denied)
        named_to_deny = Names(denied)
        return rivals_named(claim.text) <= unions | (rivals_named(denied) & self._asked_unions) and all(
            any(name in ground.names for ground in grounds)
            or set(stems(name)) <= told
            or (name in self._asked and name in named_to_deny)
            for name in claim.names
        )

    def _puts_right(self, claim: _Claim, missing: Figures) -> bool:
        """Whether a sentence has the question's figures only to deny them, beside a passage's own."""
        denied = figures(" . ".join(clause.text for clause in claim.denials.denied))
        beside = claim.figures.missing_from(missing)
        return bool(beside) and not (
            missing.missing_from(denied) or missing.missing_from(self._asked_figures)
        )

    def _adds(self, claim: _Claim, n: int) -> bool:
        """Whether a passage has any of the numbers, dates and names."""
        ground = self._ground(n)
        some = claim.figures.missing_from(ground.figures) != claim.figures
        return some or any(name in ground.names for name in claim.names)

    def _contradicts(self, claim: _Claim, n: int) -> bool:
        ground = self._ground(n)
        missing = claim.figures.missing_from(ground.figures)
        if missing and self._puts_right(claim, missing):
            return False
        return claim.denials.contradict(ground.denials)

    def _is_near(self, claim: _Claim, n: int) -> bool:
        ground, text = self._ground(n), claim.text
        if claim.is_short:
            if not ground.names.stems.intersection(telling(text)):
                return False
            text = f"{self._evidence.question} {text}"
        (vector,) = self._encoder.encode([text], "passage")
        figures_tell = bool(claim.figures) and not claim.figures.missing_from(ground.figures)
        return float((ground.vectors @ vector).max()) >= (NEAR_BY_FIGURES if figures_tell else NEAR)

    def _only(self, sentence: str, kept: Sequence[int]) -> str:
        """Strike out all marks of a sentence but those kept."""
        left = list(kept)

        def strike(mark: re.Match[str]) -> str:
            here = [n for n in pointed_at(mark, self._evidence) if n in left]
            for n in here:
                left.remove(n)
            return "".join(f" [{n}]" for n in here)

        return MARK.sub(strike, sentence).strip()
