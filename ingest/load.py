"""From the bytes of a file or page to clean text and where it comes from."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath

from yarl import URL

from ingest.clean import clean, normalise
from ingest.dateline import dateline
from ingest.found import Found
from ingest.read_docx import read_docx
from ingest.read_html import read_html
from ingest.read_pdf import read_pdf
from ingest.read_text import read_markdown, read_text
from knowledge.errors import InvalidDocument
from knowledge.types import Provenance

MAX_TEXT = 5_000_000
"""Characters: some 2,000 pages, and half an hour of embedding."""

_MAX_BYTES = 50 * 2**20
"""Of a file: a contract of 700 pages has 5 MiB, a book with its pictures rarely ten times that."""

_MAX_LINE = 2_000
"""Characters of a title or publisher, which are cut, or of an address, which is then left out."""

_SIGNATURES: list[tuple[re.Pattern[bytes], set[str], str]] = [
    (re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a"), set(), "a picture: run it through OCR first"),
    (re.compile(rb"%PDF-"), {".pdf"}, "a PDF: name it .pdf"),
    (re.compile(rb"PK\x03\x04"), {".docx"}, "an archive: name it .docx if it is from Word, or unpack it"),
    (
        re.compile(rb"\xd0\xcf\x11\xe0"),
        set(),
        "an old or encrypted Office file: save it as .docx, without a password",
    ),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)[\s>]", re.IGNORECASE),
        {".html", ".htm"},
        "a web page: name it .html",
    ),
]
"""How the bytes of a type begin, the suffixes that it may have here, and what to say of others."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:[T ].*)?")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as a citation can use it."""

    text: str
    """As `ingest.clean` leaves it, never empty."""
    provenance: Provenance
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""


def file_bytes(path: Path) -> bytes:
    """Take what is in a file, at most 50 MiB.

    Raises:
        InvalidDocument: it is missing, too large, or cannot be opened.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidDocument(f"{path} does not exist: check the path") from None
    except OSError as error:
        raise InvalidDocument(f"{path} cannot be opened: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise InvalidDocument(f"{path} is over {_MAX_BYTES // 2**20} MiB: hand in the part that matters")
    return content


def load_bytes(content: bytes, name: str, url: str | None = None) -> Loaded:
    """Read what was attached or fetched.

    Args:
        content: any bytes at all.
        name: a file name; its suffix says how to read, its stem is the title of last resort.
        url: where it was fetched from. A page may name another address of the same site, and itself
            as it likes, but the site's name stands behind it: it cannot pass for another one.

    Raises:
        InvalidDocument: it is broken, empty, too long, or of a type that is not read.
        MemoryError: there is not enough.
    """
    return load_found(content, name, url)[0]


def load_found(content: bytes, name: str, url: str | None = None) -> tuple[Loaded, Found]:
    """Do as `load_bytes`, and give what was found beside the text, too."""
    found = _found(content, name)
    if len(found.text) > MAX_TEXT:
        raise InvalidDocument(f"{name} is over {MAX_TEXT:,} characters long: hand in the part that matters")
    text = clean(found.text)
    if not text:
        raise InvalidDocument(f"{name} holds no text: add some, or leave it out")
    about = dateline(text) | {field: value for field, value in found.about.items() if value}
    return Loaded(text, _provenance(about, name, url), hashlib.sha256(content).hexdigest()), found


def _found(content: bytes, name: str) -> Found:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _READERS:
        raise InvalidDocument(f"{name} is of a type that is not read: use {', '.join(_READERS)}")
    for signature, suffixes, what in _SIGNATURES:
        if suffix not in suffixes and signature.match(content):
            raise InvalidDocument(f"{name} is in truth {what}")
    try:
        return _READERS[suffix](content, name)
    except (InvalidDocument, MemoryError):
        raise
    except Exception as error:  # parsers raise whatever occurs to them at broken bytes
        raise InvalidDocument(f"{name} is broken: open it, save it anew and try again") from error


def _provenance(about: Mapping[str, object], name: str, fetched_from: str | None) -> Provenance:
    publisher, url = _line(about.get("publisher")), _web(about.get("url"))
    if fetched_from:
        site = _site(fetched_from)
        publisher = site if publisher in {None, site} else f"{publisher} ({site})"
        url = url if url and _site(url) == site else fetched_from
    return Provenance(
        title=_line(about.get("title")) or _readable(name),
        publisher=publisher,
        url=url,
        published=iso_date(about.get("published")),
    )


def _site(url: str) -> str | None:
    """The host of an address, without a leading "www."; None where the address is none."""
    try:
        return (URL(url).host or "").removeprefix("www.") or None
    except ValueError:
        return None


def _line(value: object) -> str | None:
    """Put text on one line; None where there is none, as front matter can hold anything."""
    return " ".join(normalise(value).split())[:_MAX_LINE] or None if isinstance(value, str) else None


def _web(value: object) -> str | None:
    """Discord refuses a whole message over a link that is none."""
    url = _line(value)
    return url if url and len(url) < _MAX_LINE and re.fullmatch(r"https?://\S+", url) else None


def iso_date(value: object) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`, whichever is told; None where it is no such date."""
    told = _DATE.fullmatch(_line(value) or "")
    if told is None:
        return None
    year, month, day = told.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def _readable(name: str) -> str:
    """Turn "sag-aftra_terms.pdf" into "Sag aftra terms"."""
    words = " ".join(normalise(re.sub(r"[-_]+", " ", PurePath(name).stem)).split())
    return words[:1].upper() + words[1:] or name


_READERS: dict[str, Callable[[bytes, str], Found]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}

SUFFIXES = frozenset(_READERS)
"""Of the files that are read."""
