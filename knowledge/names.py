"""Names, acronyms and web addresses in a text, and whether another text tells them.

By capitals alone: a name written in lower case is a word like any other.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from knowledge.figures import NUMBER_WORDS, take_dates
from knowledge.words import STOP_WORDS, stems

_CAPITAL = f"[{''.join(filter(str.isupper, map(chr, range(0x590))))}]"
"""Of the Latin, Greek, Cyrillic and Armenian letters."""
_RUN = re.compile(rf"(?<!\w){_CAPITAL}[\w’'&-]*(?:\s(?:(?:of|the|and|for|&)\s){{0,2}}{_CAPITAL}[\w’'&-]*)*")
"""A name, as far as capitals tell: "Alliance of Motion Picture and Television Producers"."""
_WITHOUT_CAPITALS = re.compile(r"(?:(?![\0-\u058f])[^\W_])+")
"""In a script that has none, any word may be a name."""
_TOKEN = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"\b[\w+.-]+://\S+|\bwww\.\S+|\S*@\w\S*|\b[\w-]+(?:\.[a-z][\w-]+)+(?:/\S*)?")
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
FEW_INITIALS = 2
"""Too few to tell a name by, unless one of its words is told as well: many a name has those of "AI"."""


class Names:
    """The names that a text tells, as others may be looked up in it."""

    def __init__(self, text: str) -> None:
        """Read a text."""
        self.stems = frozenset(stems(_AI.sub("AI artificial intelligence", _undotted(text))))
        self._text = text.casefold()
        self._acronyms = frozenset(filter(_is_acronym, _TOKEN.findall(_undotted(text))))
        self._initials = frozenset(_initials_in(text))

    def __contains__(self, name: str) -> bool:
        """Whether a name is told, in the same words or by its initials."""
        if _ADDRESS.fullmatch(name):
            return name.casefold() in self._text
        initials = "".join(word[0] for word in name.split())
        by_initials = any(known.startswith(initials) for known in self._acronyms)
        told = self.stems.intersection(stems(name))
        tells = len(initials) > FEW_INITIALS or (len(initials) == FEW_INITIALS and bool(told))
        return (by_initials and tells) or name in self._initials or told == set(stems(name))


def ordinary_words(text: str) -> frozenset[str]:
    """The words of a text that it has in lower case, and so are no names."""
    return frozenset(word for word in _TOKEN.findall(text) if word.islower())


def names(text: str, ordinary: frozenset[str]) -> Iterator[str]:
    """The words of names and acronyms in a sentence, and its web addresses.

    A capital at the start tells nothing of a word that is ordinary: one that `ordinary` has in lower case.
    """
    yield from _ADDRESS.findall(text)
    yield from _WITHOUT_CAPITALS.findall(text)
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
    known = lower in STOP_WORDS or lower in _LEADS or lower in ordinary
    return known or lower.removesuffix("s") in NUMBER_WORDS or lower.endswith(("ly", "ing"))


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
