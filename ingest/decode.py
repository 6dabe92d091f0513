"""From bytes to characters."""

import codecs
from contextlib import suppress

from knowledge.errors import InvalidDocument


def decoded(content: bytes, name: str) -> str:
    """Read text in the encoding that it has, with line feeds for line ends.

    Raises:
        InvalidDocument: it is not text.
    """
    text = _as_text(content)
    if text is None or _controls(text) * 100 > len(text):
        raise InvalidDocument(f"{name} is not text: give it the suffix of its type, or save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_text(content: bytes) -> str | None:
    """UTF-8, UTF-16 that says so, or else the code page that fits best."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    if b"\0" in content:
        return None  # a picture or a program: not worth the seconds that guessing takes
    from charset_normalizer import from_bytes

    # Left to choose among all code pages, it often takes a neighbour of the right one ("naďve").
    best = from_bytes(content, cp_isolation=["cp1252", "cp1251", "shift_jis", "gb18030"]).best()
    return None if best is None else str(best)


def _controls(text: str) -> int:
    return sum(1 for character in text if character < " " and not character.isspace())
