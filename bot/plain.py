"""What Discord shows of a message, as text without Discord's marks."""

import re
from datetime import UTC, datetime

from knowledge.dates import in_words

_FENCED = re.compile(r"(```.*?```)", re.DOTALL)
_LEFT_OUT = re.compile(r"~~.+?~~|<a?:\w{2,32}:\d{15,20}>", re.DOTALL)
"""What is struck out, and the server's own emoji."""
_AROUND = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"\|\|(.+?)\|\|",
        r"(?<!\\)\*\*(?=\S)(.+?)(?<=\S)\*\*",
        r"(?<!\\)\*(?=[^\s*])(.+?)(?<=[^\s*])\*",
        r"(?<![^\s~*_|(\"'\[>])__(?=\S)(.+?)(?<=\S)__(?!\w)",  # not in the middle of an address or a name
        r"(?<![^\s~*_|(\"'\[>])_(?=[^\s_])(.+?)(?<=[^\s_])_(?!\w)",
    )
)
_BEFORE = re.compile(r"^(?:#{1,3}|-#)[ \t]+(?=\S)", re.MULTILINE)
"""Marks of a heading and of small print."""
_TIME = re.compile(r"<t:(?P<seconds>-?\d{1,10})(?::(?P<style>[a-zA-Z]))?>")
_MENTION = re.compile(r"<(?P<kind>@|@!|@&|#)\d{15,20}>")
_COMMAND = re.compile(r"<(/[^<>:]+):\d{15,20}>")
_UNKNOWN = {"#": "#unknown", "@&": "@unknown-role"}


def plain(text: str) -> str:
    """Write out what a message's text shows; code stays as it is.

    Args:
        text: with the names of whom and what it mentions, where they are known, as `clean_content` has it.
    """
    return "".join(
        part if nth % 2 else _unmarked(part)  # those between are fenced
        for nth, part in enumerate(_FENCED.split(text))
    )


def _unmarked(text: str) -> str:
    text = _TIME.sub(_written_out, _LEFT_OUT.sub("", text))
    text = _MENTION.sub(lambda mention: _UNKNOWN.get(mention["kind"], "@unknown-user"), text)
    text = _COMMAND.sub(r"\1", text)
    for marks in _AROUND:
        text = marks.sub(r"\1", text)
    return _BEFORE.sub("", text)


def _written_out(time: re.Match[str]) -> str:
    """Write a time as its style has it, but in UTC: everybody is shown it in the zone of their own."""
    then = datetime.fromtimestamp(int(time["seconds"]), UTC)
    day, clock = in_words(f"{then:%Y-%m-%d}"), f"{then:%H:%M} UTC"
    return {"d": day, "t": clock}.get((time["style"] or "").lower(), f"{day}, {clock}")
