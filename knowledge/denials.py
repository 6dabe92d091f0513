"""What a text denies and what it affirms, as far as plain words tell.

"Not" and its like deny what stands behind them in their clause; two in a clause undo one another. After
NegEx: Chapman et al. 2001, https://doi.org/10.1006/jbin.2001.1029. A few pairs of contrary words are known
besides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.words import STOP_WORDS, stems, words

SCOPE = 6
"""Words behind "not" that it can deny."""
ALIKE, LEAST_ALIKE = 0.6, 2
"""The share of stems in common (Jaccard), and how many, that make two clauses the same but for a "not"."""

_NOT = frozenset(
    "not never cannot nor cant wont hardly scarcely false falsely untrue incorrect".split()  # noqa: SIM905 - reads best as words, here and below
)
_NONE = frozenset("no none neither nobody nothing".split())  # noqa: SIM905
_NT = re.compile(r"n['’]t\b|\bfail(?:s|ed|ing)? to\b")
_WITHOUT = re.compile(r"\b(?:without|regardless of|irrespective of)\b([^.,:;()]*)")
LACKED = 2
"""Words behind "without" that tell what is lacking."""
_OPPOSITES = tuple(
    tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in pair)
    for pair in (
        (
            r"rise[sn]?|rising|rose|increas\w+|grow\w*|grew|higher|(?:went|goes?|gone) up",
            r"f[ae]ll(?:s|en|ing)?|decreas\w+|declin\w+|drop\w*|lower\w*|shr[aiu]nk|(?:went|goes?|gone) down",
        ),
        (
            r"at least|(?<!no )(?<!not )more than|no (?:less|fewer) than",
            r"at most|(?<!no )(?<!not )(?:less|fewer) than|no more than|up to",
        ),
        (r"beg[aiu]n\w*|start(?:s|ed|ing)?", r"end(?:s|ed|ing)?|until"),
        (r"won|wins?|winning|gain(?:s|ed|ing)?", r"lost|loses?|losing"),
        (r"sign(?:s|ed|ing)?", r"veto\w*"),
        (r"support(?:s|ed|ing)?|endors\w+|back(?:s|ed|ing)", r"oppos(?:es?|ed|ing)"),
        (r"in favou?r|voted for", r"(?:vot\w+|%|per ?cent|were) against"),
        (r"upholds?|upheld", r"overturn\w*|(?:strikes?|struck|striking) down"),
        (r"mandatory|compulsory|obligatory|required", r"optional|voluntary"),
        (r"first", r"(?:the|its|their|his|her) (?:very )?last"),
        (r"largest|biggest|highest|greatest", r"smallest|lowest|least(?<!at least)"),
        (r"before|prior to|ahead of(?! time)", r"after"),
        (r"creat(?:es?|ed|ing)|add(?:s|ed|ing)?", r"cut(?:s|ting)?|eliminat\w+|shed(?:s|ding)?"),
        (r"rais(?:es?|ed|ing)", r"cut(?:s|ting)?|reduc\w+|lower(?:s|ed|ing)"),
        (r"hir(?:es?|ed|ing)|appoint(?:s|ed|ing)?", r"fir(?:es?|ed|ing)|dismiss\w*|oust\w*|laid off"),
        (r"welcom\w+|prais\w+|applaud\w*", r"object(?:s|ed|ing)|critici[sz]\w+|condemn\w*|denounc\w+"),
        (r"approved", r"blocked|rejected"),
        (r"preliminary", r"final"),
        (r"yearly|annual(?:ly)?|(?:a|per|each|every) year", r"monthly|(?:a|per|each|every) month"),
        (r"kept|keep(?:s|ing)?|retain\w*", r"trad\w+ (?:\w+ ){0,3}away|g[ai]ve(?:s|n)? up"),
    )
)
"""Words that say the contrary of one another."""
_REFUSES = re.compile(r"(forb[ia]d|ban(s|ned|ning)?$|barred|prohibit|reject|refus|den(y|ie))")
_CLAUSE = re.compile(
    r"[;!?()—–]|[.,:](?!\d)"
    r"|\b(?:but|while|although|though|because|unless|until|except|without|if|and|or)\b"
)
_LIGHT = STOP_WORDS | _NOT | _NONE | frozenset("may might must shall any ever yet".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a text within which a "not" has its effect."""

    text: str
    stems: frozenset[str]
    negated: bool
    """Whether an odd number of "not", "no" and the like is in it."""
    reach: tuple[str, ...]
    """The stems that its one denial, or refusal, may deny, the nearest first."""
    whole: bool
    """Whether that denies all of them together, as "no" does; else the first."""

    @property
    def affirmed(self) -> frozenset[str]:
        """The stems that are not denied."""
        return self.stems.difference(self.reach)

    def is_undone_by(self, affirmed: frozenset[str]) -> bool:
        """Whether what is denied is among what another text affirms."""
        if not self.whole:
            return self.reach[0] in affirmed
        return len(affirmed.intersection(self.reach)) > max(1, len(self.reach) // 2)

    def is_like(self, other: "Clause") -> bool:
        """Whether both speak of the same, denied or not."""
        shared, told = self.stems & other.stems, self.stems | other.stems
        return len(shared) >= max(LEAST_ALIKE, ALIKE * len(told))


@dataclass(frozen=True, slots=True)
class Denials:
    """The clauses of a text."""

    text: str
    clauses: tuple[Clause, ...]

    @property
    def denied(self) -> list[Clause]:
        """Those that deny something."""
        return [clause for clause in self.clauses if clause.reach]

    @property
    def affirmed(self) -> frozenset[str]:
        """The stems that some clause affirms."""
        return frozenset().union(*(clause.affirmed for clause in self.clauses))

    def contradict(self, passage: "Denials") -> bool:
        """Whether this plainly denies what a passage affirms, or affirms what that denies."""
        if any(passage.turns(clause) for clause in self.clauses):
            return True
        if self.denied:
            return any(passage.denies_nothing_of(clause.reach) for clause in self.denied)
        if self.lacks_what(passage) or self.turns_words_of(passage):
            return True
        affirmed_here_alone = self.affirmed - passage.affirmed
        return any(clause.is_undone_by(affirmed_here_alone) for clause in passage.denied)

    def lacks_what(self, passage: "Denials") -> bool:
        """Whether what is done "without" something here is done with it there."""
        affirmed = passage.affirmed.difference(*passage.lacking)
        return any(lacking <= affirmed for lacking in self.lacking)

    def turns_words_of(self, passage: "Denials") -> bool:
        """Whether there is a word here of which a passage has none but the contrary."""
        return any(
            said.search(self.text)
            and contrary.search(passage.text)
            and not (said.search(passage.text) or contrary.search(self.text))
            for one, other in _OPPOSITES
            for said, contrary in ((one, other), (other, one))
        )

    @property
    def lacking(self) -> list[frozenset[str]]:
        """The stems that are said to be lacking, for each "without"."""
        told = (telling(behind)[:LACKED] for behind in _WITHOUT.findall(self.text))
        return [frozenset(one) for one in told if one]

    def turns(self, said: Clause) -> bool:
        """Whether this has a clause only with a "not", or only without one."""
        like = {clause.negated for clause in self.clauses if said.is_like(clause)}
        return bool(like) and said.negated not in like

    def denies_nothing_of(self, reach: tuple[str, ...]) -> bool:
        """Whether what another text denies is affirmed here, and here alone."""
        reached = frozenset(stem for clause in self.denied for stem in clause.reach)
        shared = reached.intersection(reach)
        if reach[0] in self.affirmed - reached:
            return len(shared) <= 1
        return not shared and bool(self.affirmed.intersection(reach))


def denials(text: str) -> Denials:
    """Read a text, clause by clause."""
    return Denials(text, tuple(_clause(part) for part in _CLAUSE.split(_NT.sub(" not", text))))


def telling(text: str) -> tuple[str, ...]:
    """The stems of the words that tell something by themselves."""
    return _telling(words(text))


def _clause(text: str) -> Clause:
    said = words(text)
    plain = [at for at, word in enumerate(said) if word in _NOT | _NONE]
    denying = sorted(plain + [at for at, word in enumerate(said) if _REFUSES.match(word)])
    reach: tuple[str, ...] = ()
    if len(denying) == 1:  # none denies nothing, and two undo one another
        behind, before = said[denying[0] + 1 :], said[: denying[0]]
        reach = _telling(behind[:SCOPE] if plain else [*behind[:SCOPE], *before])
    whole = bool(plain) and said[plain[0]] in _NONE
    return Clause(text, frozenset(_telling(said)), len(plain) % 2 == 1, reach, whole)


def _telling(said: Sequence[str]) -> tuple[str, ...]:
    return stems(" ".join(word for word in said if word not in _LIGHT))
