"""From text as it was found to text worth keeping.

Afterwards a blank line parts paragraphs, and a single line break means something: the next list
item, verse or line of an address.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise, takewhile

from ingest.found import Hidden
from knowledge.sentences import is_list_item, is_whole

_DROPPED = {"Cc", "Cf", "Cs", "Co"}
"""Control, format (zero width, soft hyphen, bidi override), lone surrogates, private use."""

_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
"""Variation selectors: one chooses the look of the letter before it, several spell what nobody sees."""
_FIRST_SELECTORS = 16
"""Those at U+FE00; the 240 others are at U+E0100."""
_TAGS = re.compile(r"[\U000e0020-\U000e007e]+")
"""Invisible twins of ASCII. Flags of regions are spelt with up to six."""
_LONGEST_FLAG = 6
_TURNED = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of reading: the eye sees other words than the machine."""
_SPLIT = re.compile(r"(?<=\w)[\u200b\u2060\ufeff](?=\w)")
"""Zero-width characters within words, which so are not found; some lines may be broken at."""
_MOST_SPLIT = 20
_AROUND = 60
"""Characters, before and after."""

_BROKEN_WORD = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_COMPOUND = re.compile(
    r"\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|self)-\n(?=[a-z])", re.IGNORECASE
)
"""Broken where it has a hyphen anyway."""

_NARROWEST_WRAP = 40
"""Letters: a column of a PDF."""

_FEWEST_TAGS, _LONGEST_TAG = 3, 4
"""Lines of a tag list, and words of a tag."""

_AVATAR = re.compile(r"\A\s*(?:avatar|profile (?:photo|picture))(?=[A-Z])")

_FURNITURE = re.compile(
    r"""
    (?: skip\ to\ (?:main\ )?content | back\ to\ top | open\ in\ app | menu | advertisement
      | (?:log|sign)\ ?(?:in|up)(?:\ (?:or|to)\ .{1,40})? | (?:leave|add|post)\ a\ comment
      | (?:read|see|show|load|learn)\ more(?:\ (?:from|on|about|at|stories)\b.{0,60})?
      | recommended\ (?:from|for)\ .{1,60} | (?:related|more|popular|trending)\ (?:articles|stories)
      | share(?:\ this\b.{0,20})?(?:\ (?:on|via)\ (?:facebook|twitter|x|linkedin|e-?mail)\b.{0,40})?
      | follow\ us(?:\ on\b.{0,60})? | \d+\ min(?:ute)?\ read
      | (?:subscribe|sign\ up)(?:\ (?:now|today))?
      | (?:subscribe|sign\ up|join|get|become)\b.{0,60}
        \b(?:newsletter|inbox|mailing\ list|in\ \d+\ clicks?)\b.{0,40}
      | (?:accept|reject|manage)\ (?:all\ )?cookies
      | (?:we|this\ (?:web)?site|our\ partners)\ uses?\ cookies\b.{0,300}
      | (?:©|copyright\ (?:©|\(c\))).{0,80} | all\ rights\ reserved
    )[.!:»→…]*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MENU_MARK = re.compile(r"\s[/|·•»>]\s")
_MENU_ENTRY = re.compile(
    r"(?:home|news|about(?: us)?|contact(?: us)?|privacy(?: policy)?|terms(?: of (?:use|service))?"
    r"|log ?in|sign ?(?:in|up)|subscribe|search"
    r"|(?:become|create|try|download|sign up|get started)\b.{0,40})",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Make Unicode and white space plain, mend wrapped lines, leave out what sites put around text.

    Returns:
        Nothing only for a text without a visible character: where everything looks like
        furniture, it is all kept.
    """
    plain = unwrap(_AVATAR.sub("", normalise(text)))
    lines = [(line, _is_furniture(line)) for line in plain.splitlines()]
    kept = [line for line, is_furniture in _without_tags(lines) if not is_furniture]
    return _blocks(kept) or _blocks(plain.splitlines())


def normalise(text: str) -> str:
    """NFC, with plain spaces and line feeds and nothing invisible; white space runs become one."""
    lines = (" ".join(_visible(line).split()) for line in text.splitlines())
    return unicodedata.normalize("NFC", "\n".join(lines))


def unseen_characters(text: str) -> Iterator[Hidden]:
    """Find what is spelt in characters that have no width or turn the text, which `normalise` drops."""
    for run in _TAGS.findall(text):
        if len(run) > _LONGEST_FLAG:
            yield Hidden("tag characters", "".join(chr(ord(c) - 0xE0000) for c in run))
    for run in _SELECTORS.findall(text):
        yield Hidden("variation selectors", "".join(map(_spelt, run)))
    if turned := _TURNED.search(text):
        yield Hidden("marks that turn the direction of reading", _marked(text, turned))
    split = list(_SPLIT.finditer(text))
    if len(split) > _MOST_SPLIT:
        yield Hidden("zero-width characters within words", _marked(text, split[0]))


def _spelt(selector: str) -> str:
    """The byte that stands for a selector where text is smuggled in them, as a character."""
    at_first = ord(selector) - 0xFE00
    spelt = chr(at_first if at_first < _FIRST_SELECTORS else ord(selector) - 0xE0100 + _FIRST_SELECTORS)
    return spelt if spelt.isprintable() else "·"


def _marked(text: str, mark: re.Match[str]) -> str:
    """The words around a mark, which is shown by its number."""
    before, after = text[max(0, mark.start() - _AROUND) : mark.start()], text[mark.end() :][:_AROUND]
    return f"{before}‹U+{ord(mark[0]):04X}›{after}"


def unwrap(text: str) -> str:
    """Join the lines that were broken only because the next word did not fit."""
    blocks = re.split(r"\n\s*\n", text)
    return "\n\n".join("\n".join(_unwrapped(block.splitlines())) for block in blocks)


def _visible(line: str) -> str:
    kept = "".join(c for c in line if c == "\t" or unicodedata.category(c) not in _DROPPED)
    return _SELECTORS.sub("", kept)


def _unwrapped(lines: list[str]) -> list[str]:
    width = max(map(len, lines), default=0)
    prose = any(line[:1].islower() for line in lines[1:])  # verses and lists start in upper case
    if width < _NARROWEST_WRAP or not prose:
        return lines
    whole = [lines[:1]]
    for before, line in pairwise(lines):
        if is_list_item(line) or _had_room(before, line, width):
            whole.append([line])
        else:
            whole[-1].append(line)
    return [_joined(parts) for parts in whole]


def _had_room(before: str, line: str, width: int) -> bool:
    """Whether the break was meant: letters differ in width, so a sixth of the line is tolerance."""
    first_word = line.partition(" ")[0]
    return len(before) + 1 + len(first_word) < width * 5 / 6


def _joined(parts: list[str]) -> str:
    """Join the parts of a line, and of the words that were broken between them."""
    text = _COMPOUND.sub(r"\1-", "\n".join(parts))
    return _BROKEN_WORD.sub("", text).replace("\n", " ")


def _is_furniture(line: str) -> bool:
    if _FURNITURE.fullmatch(line):
        return True
    entries = _MENU_MARK.split(line)
    of_menu = sum(1 for entry in entries if _MENU_ENTRY.fullmatch(entry))
    return len(entries) > 1 and of_menu * 2 > len(entries) and not is_whole(line)


def _without_tags(lines: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Leave out three or more short titles in a row that follow the last sentence, as a site's tags do.

    Each line comes with whether it is furniture. Only beside such are they tags: the same may be who signed
    an agreement, or its rates. What follows a colon or a heading is a list, and stays, too.
    """
    told = [at for at, (line, is_furniture) in enumerate(lines) if line and not is_furniture]
    tags = list(takewhile(lambda at: _is_tag(lines[at][0]), reversed(told)))
    above = told[-len(tags) - 1] if len(told) > len(tags) else -1
    if len(tags) < _FEWEST_TAGS or not is_whole(lines[above][0] if above >= 0 else ""):
        return lines
    beside = (*lines[above + 1 : tags[-1]], *lines[tags[0] + 1 :])
    is_of_a_site = any(is_furniture for _, is_furniture in beside)
    return lines[: tags[-1]] if is_of_a_site else lines


def _is_tag(line: str) -> bool:
    words = line.split()
    titled = all(word[0].isupper() or word[0].isdigit() for word in words)
    return 1 <= len(words) <= _LONGEST_TAG and titled and line[-1].isalnum()


def _blocks(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
