"""Reads Word documents: what they show, in order.

python-docx opens the package; the text is read from its XML, as python-docx looks up the style of a
paragraph among all styles, which takes a millisecond each time, and does not say what is hidden.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import takewhile
from typing import Any

from ingest.clean import unseen_characters
from ingest.colour import WHITE, Colour, is_lost_on, parsed
from ingest.found import Found, Hidden, MisleadingLink, misleading, title_of_its_own
from ingest.table import Cell, lines
from knowledge.errors import InvalidDocument

_MAX_UNZIPPED = 100 * 2**20
"""Bytes; a .docx can hold a thousand times its own size."""

_MAX_ENTRIES = 10_000
"""Parts of a .docx, which has a dozen, and one for each picture."""

_MAX_PARAGRAPHS = 200_000
"""Some 5,000 pages; at 20 µs each, four seconds."""

_MAX_COLUMNS = 63
"""Word makes no more."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_VALUE = f"{_W}val"
_PARAGRAPH, _TABLE, _ROW, _CELL, _RUN, _LINK = (
    f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "r", "hyperlink")
)
_TEXT = f"{_W}t"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_WRAPPERS = {
    f"{_W}{name}" for name in ("ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml")
}
"""What stands around paragraphs and runs, and is not seen. Not among them: what a review struck out."""
_OFF = {"0", "false", "off", "none"}
_SMALLEST = 4
"""Half points."""
_TOGETHER = 1_000
"""Characters of hidden text that are put together."""
_TITLE, _CHAPTER = "Title", "Heading 1"
"""Names of styles."""
_UNKNOWN = "unknown"
"""The colour behind the letters in a table whose style may shade it."""

Look = dict[str, str]
"""How letters look, so far as it matters here: `vanish`, `color`, `sz` (half points), `shd` (the ground)."""


def read_docx(content: bytes, name: str) -> Found:
    """Read a Word document.

    It comes undated: its properties tell when the file was made and saved, and not when what it says was
    published.
    """
    import docx

    if not zipfile.is_zipfile(BytesIO(content)):
        raise InvalidDocument(f"{name} is not a Word document: give it the suffix of its type")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        _check_archive(archive, name)
    document = docx.Document(BytesIO(content))
    reading = _Reading(document, name)
    text = "\n\n".join(reading.blocks(document.element.body, reading.page))
    about = {"title": title_of_its_own(document.core_properties.title) or reading.title()}
    return Found(text, about, (*unseen_characters(text), *reading.hidden), tuple(reading.links))


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


class _Reading:
    """A document on its way to text, and what was come upon in it."""

    def __init__(self, document: Any, name: str) -> None:
        self.hidden: list[Hidden] = []
        self.links: list[MisleadingLink] = []
        self._name = name
        self._paragraphs = 0
        self._targets = {id: link.target_ref for id, link in document.part.rels.items() if link.is_external}
        self._styles = {style.style_id: style.element for style in document.styles}
        self._lists = {style.style_id for style in document.styles if (style.name or "").startswith("List")}
        self._headed: dict[str, list[str]] = {_TITLE: [], _CHAPTER: []}
        self._heads = {style.style_id: style.name for style in document.styles if style.name in self._headed}
        self._looks: dict[str | None, Look] = {None: {}}
        ground = document.element.find(f"{_W}background")
        self.page: Look = {} if ground is None else {"shd": ground.get(f"{_W}color", _UNKNOWN)}

    def title(self) -> str | None:
        """The title as it was set in what has been read; of several chapters none has it."""
        titles, chapters = self._headed[_TITLE], self._headed[_CHAPTER]
        return next(iter(titles or (chapters if len(chapters) == 1 else ())), None)

    def blocks(self, parent: Any, look: Look) -> Iterator[str]:
        """Read paragraphs, and tables row by row, whose letters look like this if nothing else is said."""
        for block in _within(parent, {_PARAGRAPH, _TABLE}):
            if block.tag == _TABLE:
                yield from self._rows(block, look)
            else:
                yield self._paragraph(block, look)

    def _rows(self, table: Any, look: Look) -> Iterator[str]:
        above: dict[int, str] = {}
        style = table.find(f"{_W}tblPr/{_W}tblStyle")
        look = look if style is None else look | {"shd": _UNKNOWN}
        rows = list(_within(table, {_ROW}))
        marked = list(takewhile(lambda row: row.find(f"{_W}trPr/{_W}tblHeader") is not None, rows))
        yield from lines([list(self._cells(row, look, above)) for row in rows], len(marked))

    def _cells(self, row: Any, look: Look, above: dict[int, str]) -> Iterator[Cell]:
        """Read a row; a cell that goes on from the row above comes again."""
        column = 0
        for cell in _within(row, {_CELL}):
            about = cell.find(f"{_W}tcPr")
            merged, span, look_here = None, 1, look
            if about is not None:
                look_here = look | _look(about)
                merged = about.find(f"{_W}vMerge")
                span = min(_number(about.find(f"{_W}gridSpan"), 1), _MAX_COLUMNS)
            text = " ".join(" ".join(self.blocks(cell, look_here)).split())
            if merged is not None and merged.get(_VALUE) != "restart":
                text = text or above.get(column, "")
            above[column] = text
            yield Cell(text, column, span)
            column += span

    def _paragraph(self, paragraph: Any, look: Look) -> str:
        self._paragraphs += 1
        if self._paragraphs > _MAX_PARAGRAPHS:
            raise InvalidDocument(
                f"{self._name} has over {_MAX_PARAGRAPHS:,} paragraphs: hand in the part that matters"
            )
        about = paragraph.find(f"{_W}pPr")
        style = None if about is None else _value(about.find(f"{_W}pStyle"))
        look = look | self._styled(style) | ({} if about is None else _look(about))
        text = self._text(paragraph, look)
        if text.strip() and style in self._heads:
            self._headed[self._heads[style]].append(text)
        return f"• {text}" if text and style in self._lists else text

    def _text(self, parent: Any, look: Look) -> str:
        """Read runs and links; what is hidden is noted instead."""
        text = ""
        for part in _within(parent, {_RUN, _LINK}):
            if part.tag == _RUN:
                text += self._run(part, look)
                continue
            words = self._text(part, look)
            link = misleading(words, self._targets.get(part.get(_ID), ""))
            self.links += [link] if link else []
            text += words
        return text

    def _run(self, run: Any, look: Look) -> str:
        text = "".join(part.text or "" if part.tag == _TEXT else _SIGNS.get(part.tag, "") for part in run)
        about = run.find(f"{_W}rPr")
        if about is not None:
            look = look | self._styled(_value(about.find(f"{_W}rStyle"))) | _look(about)
        if text.strip() and (how := _how_hidden(look)):
            self._note(how, text)
            return ""
        return text

    def _note(self, how: str, text: str) -> None:
        """Keep hidden text; Word cuts a sentence into runs as it likes."""
        if self.hidden and self.hidden[-1].how == how and len(self.hidden[-1].text) < _TOGETHER:
            text = self.hidden.pop().text + text
        self.hidden.append(Hidden(how, text))

    def _styled(self, id: str | None) -> Look:
        if id not in self._looks:
            self._looks[id] = {}  # so that styles in a circle come to an end
            style = self._styles.get(id)
            if style is not None:
                base = self._styled(_value(style.find(f"{_W}basedOn")))
                parts = (style.find(f"{_W}{part}") for part in ("pPr", "rPr"))
                looks = [_look(part) for part in parts if part is not None]
                self._looks[id] = {**base, **{name: told for look in looks for name, told in look.items()}}
        return self._looks[id]


def _within(parent: Any, tags: set[str]) -> Iterator[Any]:
    """Find children, also those that something unseen stands around."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _within(child, tags)


def _look(properties: Any) -> Look:
    look: Look = {}
    for told in properties:
        match told.tag.removeprefix(_W) if isinstance(told.tag, str) else "":
            case "vanish" | "color" | "sz" as name:
                look[name] = told.get(_VALUE, "on")
            case "shd":
                look["shd"] = told.get(f"{_W}fill", "auto")
            case "highlight":
                look["shd"] = told.get(_VALUE, _UNKNOWN)
    return look


def _how_hidden(look: Look) -> str | None:
    if look.get("vanish", "off") not in _OFF:
        return "a format that hides it"
    half_points = look.get("sz", "")
    if half_points.isdecimal() and int(half_points) <= _SMALLEST:
        return f"letters of {int(half_points) / 2:g} points"
    ground = look.get("shd", "auto")
    if is_lost_on(_colour(look.get("color", "auto")), WHITE if ground == "auto" else _colour(ground)):
        return "letters of the colour behind them"
    return None


def _colour(written: str) -> Colour | None:
    return parsed(f"#{written}") or parsed(written)


def _value(element: Any) -> str | None:
    return None if element is None else element.get(_VALUE)


def _number(element: Any, otherwise: int) -> int:
    told = _value(element) or ""
    return int(told) if told.isdecimal() else otherwise
