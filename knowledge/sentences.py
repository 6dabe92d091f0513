"""Sentences, and the string that the encoder reads for a passage."""

import re
from collections.abc import Iterator
from itertools import accumulate

import sentencex

_TITLE_BYTES = 150
"""A string has at most as many tokens as UTF-8 bytes, so half of the encoder's 256 are left."""

_AT_ONCE = 5_000
"""Characters of a line that the library is given: of some letters its time takes the square, and while it
works no other thread does."""
_HEADING_WORDS = 15
_RUN_IN_HEAD = 3
"""Words, a list's mark among them."""
_LIST_ITEM = re.compile(r"(?:[-*+•‣◦▪·]|\d{1,2}[.)])\s")
_SUB_ITEM = re.compile(r"\(?[a-z]{1,3}\)\s")
_ROW = re.compile(r" \| |\.{3,}|[$€£¥]\s?\d[\d.,]*$|\d[.,:]\d+$|\d\s*%$")
"""Of a table: cells, a dotted line, or an amount at the end."""
_ENTRY = re.compile(
    r"(?!(?:article|art|section|part|chapter|rule|annex|appendix|schedule|step)\b)[^:]{1,40}: \S"
    r"|.*\b(?:dated|published|issued|printed|edited|filed|signed|kept|adopted|written|revised)"
    r" (?:by|on|in|at|\d)",
    re.IGNORECASE,
)
"""A line that tells something by itself: "Chair: Ann Oakes", "Printed in May 2026"."""
A_LIST = 3
"""Lines in a row that look like headings; the first of so many heads the others, which are its list, and what
follows. Of fewer the last does."""
_LIST_MARK = re.compile(r"[•*–-] ")
_LIST_NUMBER = re.compile(r"\d{1,3}\.\s*")
_CLOCK = re.compile(r"\b[ap]\.m\.\s*$")
_LONGEST_END = 12
"""Characters at the end of a sentence that are looked at for a clock or an abbreviation."""
_SHORTENED = re.compile(
    r"\b(?:(?i:tel|ext|approx|ca|max|min|dep|arr|est|vol)|Nos?"
    r"|Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$"
)
"""What ends no sentence before a figure; in lower case some of these are words."""
_TAXED = re.compile(r"\b(?:incl|inkl|excl)\.\s*$", re.IGNORECASE)
_WHOLE = re.compile(r"[.!?…][\"'”’)\]]*$")
_TIME_ZONE = re.compile(r"(?:Pacific|Mountain|Central|Eastern|Los Angeles|New York)\b")


def sentences(text: str) -> list[str]:
    """Split a text into sentences, verbatim but for white space; a short head is one with what is behind it.

    Every line ends a sentence: `ingest.clean` leaves line breaks only between paragraphs,
    headings, list items and verses.
    """
    return [sentence for line in text.splitlines() for sentence in _with_run_in_heads(_of_line(line))]


def sentences_and_heads(text: str) -> list[str]:
    """Split a text likewise, but a head from the sentence behind it."""
    return [sentence for line in text.splitlines() for sentence in _of_line(line)]


def spans(text: str) -> list[tuple[int, int]]:
    """Tell where in a text each of its sentences begins and ends, in characters."""
    visible = [place for place, letter in enumerate(text) if not letter.isspace()]
    lengths = [len("".join(sentence.split())) for sentence in sentences(text)]
    ends = list(accumulate(lengths))
    return [
        (visible[end - length], visible[end - 1] + 1)
        for length, end in zip(lengths, ends, strict=True)
        if length
    ]


def is_whole(sentence: str) -> bool:
    """Whether it ends as a sentence does; a heading, an item of a list or a row of a table does not."""
    return bool(_WHOLE.search(sentence))


def is_list_item(line: str) -> bool:
    """Whether a line begins with a bullet, a dash or a number."""
    return _LIST_ITEM.match(line) is not None


def is_heading(line: str) -> bool:
    """Whether a line looks as if it tells what those below it are about.

    It is short, and a question or no sentence at all; no item of a list, no row of a table, no entry.
    """
    if len(line.split()) > _HEADING_WORDS or line.endswith((",", ";")):
        return False
    if is_list_item(line) or any(pattern.match(line) for pattern in (_SUB_ITEM, _ENTRY)) or _ROW.search(line):
        return False
    return line.endswith("?") or not is_whole(line)


def with_title(title: str, text: str) -> str:
    """Put a passage's title in front of it; a very long title is cut after a word."""
    shown = _cut(title)
    return f"{shown} {text}" if shown.endswith(("?", "!", ".")) else f"{shown}. {text}"


def _of_line(line: str) -> list[str]:
    mark, text = _split_mark(" ".join(line.split()))
    whole = [sentence for stretch in _stretches(text) for sentence in _segmented(stretch)]
    if whole:
        whole[0] = mark + whole[0]
    return [sentence.strip() for sentence in whole]


def _stretches(text: str) -> Iterator[str]:
    """Cut a line that no person would write, between words where there are any."""
    start = 0
    while start < len(text):
        end = start + _AT_ONCE
        if end < len(text):
            end = text.rfind(" ", start, end) + 1 or end
        yield text[start:end]
        start = end


def _segmented(text: str) -> list[str]:
    whole: list[str] = []
    for piece in sentencex.segment("en", text):
        if whole and _goes_on(whole[-1], piece):
            whole[-1] += piece
        else:
            whole.append(piece)
    return whole


def _split_mark(line: str) -> tuple[str, str]:
    """Take a list's mark off a line: the library takes an item for one sentence."""
    found = _LIST_MARK.match(line)
    return (found[0], line[found.end() :]) if found else ("", line)


def _with_run_in_heads(pieces: list[str]) -> list[str]:
    """Join a head such as "Sick pay." to the sentence behind it in its line."""
    joined: list[str] = []
    for piece in pieces:
        if joined and len(joined[-1].split()) <= _RUN_IN_HEAD:
            joined[-1] += f" {piece}"
        else:
            joined.append(piece)
    return joined


def _goes_on(before: str, after: str) -> bool:
    """Whether the library split too early: "Node.js", "1. Pay", "11:59 p.m. Pacific", "tel. 07700"."""
    if not (before[-1].isspace() or after[0].isspace()):
        return True  # inside of a word
    end = before[-_LONGEST_END:]
    at_clock = _CLOCK.search(end) and _TIME_ZONE.match(after)
    shortened = _TAXED.search(end) or (_SHORTENED.search(end) and after[:1].isdecimal())
    return bool(at_clock or shortened or _LIST_NUMBER.fullmatch(before))


def _cut(title: str) -> str:
    if len(title.encode()) <= _TITLE_BYTES:
        return title
    start = title.encode()[:_TITLE_BYTES].decode(errors="ignore")
    return start.rpartition(" ")[0] or start
