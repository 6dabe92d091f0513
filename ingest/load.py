"""From the bytes of a file or page to clean text and where it comes from."""

import codecs
import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from yarl import URL

from ingest.clean import clean, normalise, unwrap
from knowledge.errors import InvalidDocument
from knowledge.types import Provenance

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph
    from markdown_it.token import Token

MAX_TEXT = 5_000_000
"""Characters: some 2,000 pages, and half an hour of embedding."""

_MAX_BYTES = 50 * 2**20
"""Of a file: a contract of 700 pages has 5 MiB, a book with its pictures rarely ten times that."""

_MAX_UNZIPPED = 100 * 2**20
"""Bytes; a .docx can hold a thousand times its own size."""

_MAX_ENTRIES = 10_000
"""Parts of a .docx, which has a dozen, and one for each picture."""

_MAX_PAGES = 2_000
"""Of a PDF; at some 30 ms each, a minute."""

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

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"^[\"']?[\w-]+[\"']?[ \t]*:(?:\s|\Z)", re.MULTILINE)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:[T ].*)?")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as a citation can use it."""

    text: str
    """As `ingest.clean` leaves it, never empty."""
    provenance: Provenance
    digest: str
    """SHA-256 of the bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reader got out of a file; `about` holds what `Provenance` takes, unchecked."""

    text: str
    about: Mapping[str, object]


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
    suffix = PurePath(name).suffix.lower()
    if suffix not in _READERS:
        raise InvalidDocument(f"{name} is of a type that is not read: use {', '.join(_READERS)}")
    for signature, suffixes, what in _SIGNATURES:
        if suffix not in suffixes and signature.match(content):
            raise InvalidDocument(f"{name} is in truth {what}")
    try:
        found = _READERS[suffix](content, name)
    except (InvalidDocument, MemoryError):
        raise
    except Exception as error:  # parsers raise whatever occurs to them at broken bytes
        raise InvalidDocument(f"{name} is broken: open it, save it anew and try again") from error
    if len(found.text) > MAX_TEXT:
        raise InvalidDocument(f"{name} is over {MAX_TEXT:,} characters long: hand in the part that matters")
    text = clean(found.text)
    if not text:
        raise InvalidDocument(f"{name} holds no text: add some, or leave it out")
    return Loaded(text, _provenance(found.about, name, url), hashlib.sha256(content).hexdigest())


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


def _decoded(content: bytes, name: str) -> str:
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


def _read_text(content: bytes, name: str) -> _Found:
    return _split_front_matter(_decoded(content, name), name)


def _split_front_matter(text: str, name: str) -> _Found:
    import yaml

    front = _FRONT_MATTER.match(text)
    if front is None or (front[1].strip() and not _NAME.search(front[1])):  # text between two rules
        return _Found(text, {})
    try:
        # It builds no objects: dates and numbers stay the strings that they were written as.
        about = yaml.load(front[1], Loader=yaml.BaseLoader) or {}  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidDocument(
            f"{name} has front matter that is not YAML: write `name: value` lines,"
            " with quotes around a value that has a colon"
        ) from error
    return _Found(text[front.end() :], about) if isinstance(about, dict) else _Found(text, {})


def _read_markdown(content: bytes, name: str) -> _Found:
    from markdown_it import MarkdownIt

    source = _read_text(content, name)
    tokens = MarkdownIt("commonmark").enable("table").parse(source.text)
    headings = (_inline(words) for mark, words in pairwise(tokens) if mark.type == "heading_open")
    about = {"title": next(headings, None), **source.about}
    return _Found("\n\n".join(_markdown_blocks(tokens)), about)


def _markdown_blocks(tokens: "list[Token]") -> Iterator[str]:
    mark = ""
    row: list[str] | None = None
    for token in tokens:
        match token.type:
            case "list_item_open":
                mark = f"{token.info}. " if token.info else "• "
            case "tr_open":
                row = []
            case "tr_close":
                yield " | ".join(row or [])
                row = None
            case "inline" if row is not None:
                row.append(_inline(token))
            case "inline":
                yield mark + _inline(token)
                mark = ""
            case "fence" | "code_block":
                yield token.content
            case "html_block":
                yield _TAG.sub(" ", token.content)


def _inline(token: "Token") -> str:
    """Join the words of a line: of a link its text, of a picture its description."""
    breaks = {"softbreak": " ", "hardbreak": "\n", "html_inline": " "}
    return "".join(breaks.get(child.type, child.content) for child in token.children or [])


def _read_html(content: bytes, name: str) -> _Found:
    import lxml.html
    import trafilatura
    from trafilatura.settings import Document

    source = _decoded(content, name)
    if not source.strip():
        return _Found("", {})
    # Parsed here, as trafilatura passes over fragments; as bytes, as lxml refuses a `str` that
    # declares an encoding.
    parser = lxml.html.HTMLParser(encoding="utf-8")
    page = trafilatura.bare_extraction(
        lxml.html.document_fromstring(source.encode(errors="replace"), parser=parser),
        with_metadata=True,
        include_comments=False,
        date_extraction_params={  # only a date that the page states, never a guess from its words
            "extensive_search": False,
            "original_date": True,
            "outputformat": "%Y-%m-%d",
        },
    )
    if not isinstance(page, Document) or not page.text:
        raise InvalidDocument(f"{name} holds no text (made by a script?): save it as text or PDF")
    lines = (line.strip(" |") for line in page.text.splitlines())
    drawn = "|-: "  # the rule under the head of a table is made of these
    about = {
        "title": page.title,
        "publisher": page.sitename,
        "url": page.url,
        "published": page.date,
    }
    return _Found("\n\n".join(line for line in lines if line.strip(drawn)), about)


def _read_pdf(content: bytes, name: str) -> _Found:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    if b"%PDF-" not in content[:1024]:
        raise InvalidDocument(f"{name} is not a PDF: give it the suffix of its type")
    try:
        reader = PdfReader(BytesIO(content))
        if len(reader.pages) > _MAX_PAGES:
            raise InvalidDocument(f"{name} has over {_MAX_PAGES:,} pages: hand in the part that matters")
        pages = [page.extract_text() for page in reader.pages]
    except (DependencyError, FileNotDecryptedError) as error:
        raise InvalidDocument(f"{name} is encrypted: save it without a password first") from error
    text = "\n".join(_without_running_heads(pages))
    if not text.strip():
        raise InvalidDocument(f"{name} holds no text (a scan?): run it through OCR first")
    paragraphs = unwrap(normalise(text)).splitlines()
    return _Found("\n\n".join(paragraphs), {"title": reader.metadata and reader.metadata.title})


def _without_running_heads(pages: list[str]) -> Iterator[str]:
    """Leave out a first or last line that most pages share, whatever number it bears."""
    by_line = [page.strip().splitlines() for page in pages]
    edges = Counter(_numberless(line) for lines in by_line for line in {*lines[:1], *lines[-1:]})
    recurring = {line for line, times in edges.items() if times > max(2, len(pages) / 2)}
    for lines in by_line:
        inner = range(1, len(lines) - 1)
        yield "\n".join(
            line for at, line in enumerate(lines) if at in inner or _numberless(line) not in recurring
        )


def _numberless(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _read_docx(content: bytes, name: str) -> _Found:
    import docx

    if not zipfile.is_zipfile(BytesIO(content)):
        raise InvalidDocument(f"{name} is not a Word document: give it the suffix of its type")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        _check_archive(archive, name)
    document = docx.Document(BytesIO(content))
    blocks = [line for block in document.iter_inner_content() for line in _docx_lines(block)]
    return _Found("\n\n".join(blocks), {"title": document.core_properties.title})


def _check_archive(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a bomb before a byte is unpacked: of a deflated entry, no more comes than is declared."""
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise InvalidDocument(f"{name} has over {_MAX_ENTRIES:,} parts: copy its text into a new document")
    if sum(entry.file_size for entry in entries) > _MAX_UNZIPPED:
        raise InvalidDocument(f"{name} is too large when unpacked: leave out its pictures")
    if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in entries):
        raise InvalidDocument(f"{name} is packed as Word never does: open it in Word and save it anew")
    if "[Content_Types].xml" not in archive.namelist():
        raise InvalidDocument(f"{name} is an archive, not a Word document: unpack it first")


def _docx_lines(block: "Paragraph | Table") -> list[str]:
    from docx.table import Table

    if isinstance(block, Table):
        # A merged cell comes once for every column that it spans.
        rows = (dict.fromkeys(row.cells) for row in block.rows)
        return [" | ".join(" ".join(cell.text.split()) for cell in row) for row in rows]
    is_item = block.style is not None and (block.style.name or "").startswith("List")
    return [f"• {block.text}" if is_item and block.text else block.text]


_READERS: dict[str, Callable[[bytes, str], _Found]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
}
