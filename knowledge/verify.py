"""THE check of what a chat model says: a sentence is shown only if a passage that it names supports it.

A passage supports a sentence that says nothing in numbers, dates or names that the passage does not, that
denies nothing it affirms and affirms nothing it denies, and that is near to it in meaning. Rules, and a
cosine: who swaps two names of the same passage is not found out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations
from operator import or_

import numpy as np

from knowledge.cite import MARK, pointed_at
from knowledge.embed import Encoder
from knowledge.figures import NO_FIGURES, NUMBER_WORDS, Figures, figures, take_dates
from knowledge.sentences import sentences, with_title
from knowledge.types import Evidence, Found
from knowledge.words import STOP_WORDS, stems, words

NEAR, NEAR_BY_FIGURES = 0.45, 0.3
"""The cosine from which a sentence's meaning is near enough to its passage, or to a sentence of it; and where
the passage has all its numbers and dates. Measured on short answers of the corpus against other facts on the
same subject: of those that the rules let pass, 2 in 100 (of 446) come as near as the first where they name
nothing, 26 (of 68) where they name what the passage names, mostly AI. Of a fact's own, six in ten do, though
most are no whole sentences."""
SHORT = 4
"""A sentence of fewer words that tell something is read together with the question that it answers."""
SCOPE = 6
"""Words behind "not" that it can deny."""

_RUN = re.compile(r"(?<!\w)[A-Z][\w’'&-]*(?:\s(?:(?:of|the|and|for|&)\s){0,2}[A-Z][\w’'&-]*)*")
"""A name, as far as capitals tell: "Alliance of Motion Picture and Television Producers"."""
_TOKEN = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"https?://\S+|\bwww\.\S+|\S*@\w\S*|\b[\w-]+(?:\.[a-z][\w-]+)+(?:/\S*)?")
_POSSESSIVE = re.compile(r"[’']s?(?!\w)")
_AI = re.compile(r"\bAI\b|\b[Aa]rtificial [Ii]ntelligence\b")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_OPENS = re.compile(r"(?:^|[.:;!?“‘\"(—–•-])\s*$")
"""What stands before a word that has its capital from its place."""
_LEADS = frozenset(
    """according additionally although among another because besides both currently each either every few
    finally first following further furthermore here however instead it later like many meanwhile more
    moreover most much neither new none nobody nothing otherwise perhaps several since still then
    therefore thus together today under unless unlike until upon whereas whether without yes yet""".split()  # noqa: SIM905 - as in words.py
)

_NOT = frozenset("not never cannot nor cant wont".split())  # noqa: SIM905
_NONE = frozenset("no none neither nobody nothing".split())  # noqa: SIM905
_NT = re.compile(r"n['’]t\b")
_REFUSES = re.compile(r"(forb[ia]d|ban(s|ned|ning)?$|barred|prohibit|reject|refus|den(y|ie))")
_CLAUSE = re.compile(
    r"[.;:,!?()—–]|\b(?:but|while|although|though|because|unless|until|except|without|if|and|or)\b"
)
_LIGHT = STOP_WORDS | frozenset("may might must shall any ever yet".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sentence says, and what it may take from the question."""

    text: str
    figures: Figures
    names: frozenset[str]
    """Each a name, its words in a row, or an address."""
    denies: "_Denials"


@dataclass(frozen=True, slots=True)
class _Denial:
    """A "not" or the like, and the stems that it can reach, the nearest first."""

    reach: tuple[str, ...]
    clause: str
    whole: bool
    """Whether it denies all of them together, as "no" does; else the first."""

    def is_undone_by(self, affirmed: frozenset[str]) -> bool:
        """Whether what is denied is among what another text affirms."""
        if not self.whole:
            return self.reach[0] in affirmed
        return len(affirmed.intersection(self.reach)) > max(1, len(self.reach) // 2)


@dataclass(frozen=True, slots=True)
class _Denials:
    """What a text denies and affirms, clause by clause, as far as plain words tell."""

    denied: tuple[_Denial, ...]
    affirmed: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "_Denials":
        """Read a text; two denials in a clause are none."""
        clauses = _CLAUSE.split(_NT.sub(" not", text))
        denials = [_denial(clause) for clause in clauses]
        affirmed = (
            set(_telling(words(clause))) - set(denial.reach if denial else ())
            for clause, denial in zip(clauses, denials, strict=True)
        )
        return cls(tuple(filter(None, denials)), frozenset().union(*affirmed))

    def contradict(self, passage: "_Denials") -> bool:
        """Whether this plainly denies what a passage affirms, or affirms what that denies."""
        if self.denied:
            return any(passage.denies_nothing_of(denial.reach) for denial in self.denied)
        only_affirmed_here = self.affirmed - passage.affirmed
        return any(denial.is_undone_by(only_affirmed_here) for denial in passage.denied)

    def denies_nothing_of(self, reach: tuple[str, ...]) -> bool:
        """Whether what another text denies is affirmed here, and here alone."""
        reached = frozenset(stem for denial in self.denied for stem in denial.reach)
        shared = reached.intersection(reach)
        if reach[0] in self.affirmed - reached:
            return len(shared) <= 1
        return not shared and bool(self.affirmed.intersection(reach))


def _denial(text: str) -> _Denial | None:
    clause = words(text)
    found = [(at, word) for at, word in enumerate(clause) if word in _NOT | _NONE or _REFUSES.match(word)]
    if len(found) != 1:  # none, or two that undo one another
        return None
    ((at, word),) = found
    behind = clause[at + 1 : at + 1 + SCOPE]
    reach = _telling(behind if word in _NOT | _NONE else [*behind, *clause[:at]])
    return _Denial(tuple(reach), text, word in _NONE) if reach else None


def _telling(split: Sequence[str]) -> list[str]:
    return stems(" ".join(word for word in split if word not in _LIGHT | _NOT | _NONE))


class _Told:
    """The numbers, dates and names of a text that sentences are held against."""

    def __init__(self, text: str) -> None:
        self.figures = figures(text)
        self.stems = frozenset(stems(_AI.sub("AI artificial intelligence", _undotted(text))))
        self._text = text.casefold()
        self._acronyms = frozenset(filter(_is_acronym, _TOKEN.findall(_undotted(text))))
        self._initials = frozenset(_initials_in(text))

    def has(self, name: str) -> bool:
        """Whether a name is told, in the same words or by its initials."""
        if _ADDRESS.fullmatch(name):
            return name.casefold() in self._text
        initials = "".join(word[0] for word in name.split())
        by_initials = len(initials) > 1 and any(known.startswith(initials) for known in self._acronyms)
        return by_initials or name in self._initials or set(stems(name)) <= self.stems


class _Ground(_Told):
    """What one passage says, with its title, publisher and dates."""

    def __init__(self, found: Found, encoder: Encoder) -> None:
        source = found.source
        about = (source.provenance.title, source.title_cited, source.provenance.publisher)
        days = (source.provenance.published, source.details.get("date"))
        self._passage = MARK.sub("", found.passage.text)
        super().__init__(" . ".join(part for part in (self._passage, *about, *days) if part))
        self._title = source.provenance.title
        self._encoder = encoder
        self.denials = _Denials.of(self._passage)

    @cached_property
    def vectors(self) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """Of the passage whole and of its sentences: (texts, dimensions)."""
        texts = [with_title(self._title, self._passage), *sentences(self._passage)]
        return self._encoder.encode(texts, "passage")


class Verifier:
    """Checks the sentences of one answer against the passages that it may rest on."""

    def __init__(self, evidence: Evidence, encoder: Encoder) -> None:
        """Take the passages, each read when a sentence first names it."""
        self._evidence = evidence
        self._encoder = encoder
        self._asked = _Told(evidence.question)
        self._grounds: dict[int, _Ground] = {}
        told = " ".join((evidence.question, *(found.passage.text for found in evidence.found)))
        self._ordinary = frozenset(_TOKEN.findall(told))

    def supported(self, sentence: str) -> str | None:
        """Give a sentence with those of its marks alone whose passages support it; None without any.

        Where no passage supports it alone, several may together, each with a share of its numbers and names.
        """
        marks = [n for mark in MARK.finditer(sentence) for n in pointed_at(mark, self._evidence)]
        claim = self._claim(MARK.sub("", sentence).strip())
        near = [
            n for n in dict.fromkeys(marks) if self._is_near(claim, n) and not self._contradicts(claim, n)
        ]
        kept = [n for n in near if self._holds(claim, [n])]
        if not kept and self._holds(claim, near):
            kept = [n for n in near if self._adds(claim, n)]
        return self._only(sentence, kept) if kept else None

    def _claim(self, text: str) -> _Claim:
        names = frozenset(_names(text, self._ordinary))
        return _Claim(text, figures(text), names, _Denials.of(text))

    def _ground(self, n: int) -> _Ground:
        if n not in self._grounds:
            self._grounds[n] = _Ground(self._evidence.found[n - 1], self._encoder)
        return self._grounds[n]

    def _holds(self, claim: _Claim, marks: Sequence[int]) -> bool:
        """Whether passages have together all numbers, dates and names.

        Names may be the question's, and so may numbers in a sentence that puts the question right.
        """
        grounds = [self._ground(n) for n in marks]
        known = reduce(or_, (ground.figures for ground in grounds), NO_FIGURES)
        missing = claim.figures.missing_from(known)
        told = self._asked.stems.union(*(ground.stems for ground in grounds))
        return (
            bool(grounds)
            and (not missing or self._puts_right(claim, missing))
            and all(
                any(one.has(name) for one in (*grounds, self._asked)) or set(stems(name)) <= told
                for name in claim.names
            )
        )

    def _puts_right(self, claim: _Claim, missing: Figures) -> bool:
        """Whether a sentence has the question's figures only to deny them, beside a passage's own."""
        denied = figures(" . ".join(denial.clause for denial in claim.denies.denied))
        beside = claim.figures.missing_from(missing)
        return bool(beside) and not (
            missing.missing_from(denied) or missing.missing_from(self._asked.figures)
        )

    def _adds(self, claim: _Claim, n: int) -> bool:
        """Whether a passage has any of the numbers, dates and names."""
        ground = self._ground(n)
        some = claim.figures.missing_from(ground.figures) != claim.figures
        return some or any(ground.has(name) for name in claim.names)

    def _contradicts(self, claim: _Claim, n: int) -> bool:
        ground = self._ground(n)
        missing = claim.figures.missing_from(ground.figures)
        if missing and self._puts_right(claim, missing):
            return False
        return claim.denies.contradict(ground.denials)

    def _is_near(self, claim: _Claim, n: int) -> bool:
        text, telling = claim.text, _telling(words(claim.text))
        if len(telling) < SHORT:
            if not set(telling) & self._ground(n).stems:
                return False
            text = f"{self._evidence.question} {text}"
        (vector,) = self._encoder.encode([text], "passage")
        figures_tell = bool(claim.figures) and not claim.figures.missing_from(self._ground(n).figures)
        least = NEAR_BY_FIGURES if figures_tell else NEAR
        return float((self._ground(n).vectors @ vector).max()) >= least

    def _only(self, sentence: str, kept: Sequence[int]) -> str:
        """Strike out all marks of a sentence but those kept."""
        left = list(kept)

        def strike(mark: re.Match[str]) -> str:
            here = [n for n in pointed_at(mark, self._evidence) if n in left]
            for n in here:
                left.remove(n)
            return "".join(f" [{n}]" for n in here)

        return MARK.sub(strike, sentence).strip()


def _names(text: str, ordinary: frozenset[str]) -> Iterator[str]:
    """The words of names and acronyms in a sentence, and its web addresses.

    A capital at the start tells nothing of a word that is ordinary: one that `ordinary` has in lower case.
    """
    yield from _ADDRESS.findall(text)
    _, rest = take_dates(_undotted(_ADDRESS.sub(" ", text)))
    for run in _RUN.finditer(rest):
        name = [word for word in _TOKEN.findall(_POSSESSIVE.sub("", run[0])) if word[0].isupper()]
        if _OPENS.search(rest[: run.start()]) and _is_ordinary(name[0], ordinary):
            del name[0]
        if name and name != ["I"]:
            yield " ".join(name)


def _is_ordinary(word: str, ordinary: frozenset[str]) -> bool:
    lower = word.lower()
    if _is_acronym(word):
        return False
    known = lower in STOP_WORDS or lower in _LEADS or lower in NUMBER_WORDS or lower in ordinary
    return known or lower.endswith(("ly", "ing"))


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _undotted(text: str) -> str:
    """Write "U.S." as "US"."""
    return _DOTTED.sub(lambda found: found[0].replace(".", ""), text)


def _initials_in(text: str) -> Iterator[str]:
    """The acronyms that names written out in a text may have."""
    for run in _RUN.finditer(text):
        initials = "".join(word[0] for word in _TOKEN.findall(run[0]) if word[0].isupper())
        yield from (initials[a:b] for a, b in combinations(range(len(initials) + 1), 2) if b - a > 1)
    if _AI.search(text):
        yield "AI"
