"""Finds names as a person types them: words in any order, the last one unfinished, some misspelt."""

import math
import re
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

MOST_LETTERS, MOST_WORDS = 200, 12
"""Of what was typed: a bound on the work."""
CLOSE_ENOUGH = 0.85
"""Jaro-Winkler similarity, which forgives the end of a word most: it may not be typed yet."""
MISSPELT, UNFINISHED = 0.7, 0.9
"""What such a word counts for against the same word in full."""
BY_HINT = 0.6
"""What a word of a hint counts for against one of a name."""
WORTH_SHOWING = 0.4
"""The share of the best score below which an entry is noise."""
RERANKED = 60
"""So many of the best are told apart by the likeness of the whole line."""

SMALL_WORDS = frozenset((
    "a", "an", "and", "are", "at", "by", "did", "do", "does", "for", "from", "how", "i",
    "in", "is", "it", "me", "of", "on", "or", "the", "to", "was", "were", "what", "when", "which", "who",
))  # fmt: skip
APOSTROPHES = re.compile(r"['’‘ʼ]")
NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found."""

    key: str
    names: tuple[str, ...]
    """What it is called in full: whoever types one of them gets it first. The first is the title."""
    hints: tuple[str, ...] = ()
    """What else leads to it."""


def fold(text: str) -> str:
    """Bring what is written in several ways down to one: no case, accents, apostrophes, signs."""
    letters = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return NO_WORD.sub(" ", plain).strip().removeprefix("the ")


class Finder:
    """All entries in memory, word by word."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)
        self._titles = [fold(entry.names[0]) for entry in self._entries]
        self._named: dict[str, list[int]] = {}
        weights = [self._weights(place, entry) for place, entry in enumerate(self._entries)]
        self._words = sorted({word for words in weights for word in words})
        number = {word: n for n, word in enumerate(self._words)}
        # All entries' words end to end; entry n begins at self._starts[n].
        self._numbers = np.array([number[word] for words in weights for word in words], dtype=np.intp)
        self._weight = np.array([weight for words in weights for weight in words.values()])
        self._starts = np.cumsum([0, *(len(words) for words in weights)])[:-1].astype(np.intp)

    def _weights(self, place: int, entry: Entry) -> dict[str, float]:
        """Give each word of an entry its weight, noting the entry's full names on the way."""
        weights = {word: BY_HINT for hint in entry.hints for word in fold(hint).split()}
        for name in entry.names:
            folded = fold(name)
            self._named.setdefault(folded, []).append(place)
            weights |= dict.fromkeys(folded.split(), 1.0)
        return weights or {"": 0.0}  # a name without a word in it still has its place

    def find(self, text: str, limit: int) -> list[str]:
        """Find the keys of the entries that fit what was typed, best first; of nothing typed, the first."""
        typed = fold(text[:MOST_LETTERS])
        all_words = dict.fromkeys(typed.split())
        words = [word for word in all_words if word not in SMALL_WORDS][:MOST_WORDS] or list(all_words)
        if not words or not self._entries:
            return [entry.key for entry in self._entries[:limit]] if not text.strip() else []
        scores = np.sum([self._scores(word) for word in words], axis=0)
        named = self._named.get(typed, [])
        best = [int(place) for place in np.argsort(-scores, kind="stable")[: max(limit, RERANKED)]]
        likeness = {place: fuzz.ratio(typed, self._titles[place]) / 100 for place in best}
        best.sort(key=lambda place: -float(scores[place]) * (1 + likeness[place] / 2))
        least = max(float(scores.max()) * WORTH_SHOWING, sys.float_info.min)
        fitting = [place for place in best if scores[place] >= least]
        return [self._entries[place].key for place in dict.fromkeys([*named, *fitting])][:limit]

    def named(self, text: str) -> list[str]:
        """Give the keys of the entries that are called just this."""
        return [self._entries[place].key for place in self._named.get(fold(text[:MOST_LETTERS]), [])]

    def _scores(self, word: str) -> NDArray[np.float64]:
        """Score every entry by its best word for one that was typed; the fewer fit, the more that tells."""
        fits = self._fits(word)[self._numbers] * self._weight
        scores: NDArray[np.float64] = np.maximum.reduceat(fits, self._starts)
        return scores * (1 + math.log(len(scores) / max(1, int(np.count_nonzero(scores)))))

    def _fits(self, typed: str) -> NDArray[np.float64]:
        """Tell for every known word how well it fits; a misspelling is thought of last, in no number."""
        fits = np.zeros(len(self._words))
        first, last = bisect_left(self._words, typed), bisect_left(self._words, typed + chr(0x10FFFF))
        fits[first:last] = UNFINISHED
        if first < last and self._words[first] == typed:
            fits[first] = 1.0
        elif first == last and not any(letter.isdigit() for letter in typed):
            close = process.cdist(
                [typed], self._words, scorer=JaroWinkler.normalized_similarity, score_cutoff=CLOSE_ENOUGH
            )
            fits = close[0] * MISSPELT
        return fits


def utf16_units(text: str) -> int:
    """Count a text's length as Discord does."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def shortened(text: str, most: int) -> str:
    """Cut a line to `most` UTF-16 units, with an ellipsis where something is missing."""
    if utf16_units(text) <= most:
        return text
    head = text.encode("utf-16-le", errors="replace")[: 2 * (most - 1)]
    return head.decode("utf-16-le", errors="ignore").rstrip() + "…"


def joined(names: Sequence[str]) -> str:
    """Write a choice out: "A, B or C"."""
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
