"""Reads PDFs: what their pages show, page by page.

pypdf tells of each drawing operation before it is carried out. From these `_Eye` knows what is painted
on a page, and in what colour, and leaves out the text that nobody can see on it. It does not know what
is transparent, clipped, or painted over afterwards.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from math import inf, sqrt
from typing import TYPE_CHECKING, Any

from ingest.clean import normalise, unseen_characters, unwrap
from ingest.colour import WHITE, Colour, is_lost_on
from ingest.found import Found, Hidden, title_of_its_own
from knowledge.errors import InvalidDocument
from knowledge.sentences import is_whole

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_MAX_PAGES = 2_000
"""Of a PDF; at some 30 ms each, a minute."""

_SMALLEST = 1.5
"""Points."""
_UNSEEN_MODES = {3, 7}
"""Of text: neither filled nor stroked."""
_STROKED = {1, 5}
"""Modes of text that is drawn by its outline alone, in a colour of its own."""
_MOST_PAINTED = 2_000
"""Areas on a page; where there are more, it is not looked up what lies behind text."""
_PIECES = 100
"""Letters and spaces that a piece of text may have more than is told."""
_MATRIX = 6
_UNIT = [(0, 0), (0, 1), (1, 0), (1, 1)]
"""Where a picture lies before it is moved."""
_EVERYWHERE = (-inf, -inf, inf, inf)
_OUTLINES = {b"re", b"m", b"l", b"c", b"v", b"y"}
_FILLS = {b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"}
_OWN_SPACES = {b"g": "/DeviceGray", b"rg": "/DeviceRGB", b"k": "/DeviceCMYK"}
_DROPS = {b"n", b"S", b"s"}
_FOLLOWED = {b"q", b"Q", b"Do", b"Tj", b"TJ", b"'", b'"', b"Tr", b"Tf", b"sh", b"INLINE IMAGE"}
_FOLLOWED |= {b"g", b"rg", b"k", b"cs", b"sc", b"scn"} | _OUTLINES | _FILLS | _DROPS
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p\.|seite|página)\s*)?\d{1,4}(?:\s*(?:of|/|von|de)\s*\d{1,4})?\W*", re.IGNORECASE
)
_NUMBER, _WORD = re.compile(r"\d{1,9}"), re.compile(r"[^\W\d_]+")
_FEWEST_WORDS = 3
"""Of a running head that bears the page's number."""
_INVISIBLE = "neither filled nor stroked"
_SCAN = "text laid unseen over a picture, as in a scan that can be searched"

Matrix = list[float]
Box = tuple[float, float, float, float]


def read_pdf(content: bytes, name: str) -> Found:
    """Read a PDF.

    It comes undated: its `CreationDate` tells when the file was made, not when what it says was published.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    if b"%PDF-" not in content[:1024]:
        raise InvalidDocument(f"{name} is not a PDF: give it the suffix of its type")
    try:
        reader = PdfReader(BytesIO(content))
        if len(reader.pages) > _MAX_PAGES:
            raise InvalidDocument(f"{name} has over {_MAX_PAGES:,} pages: hand in the part that matters")
        return _found(reader, _all_seen(list(reader.pages), name), name)
    except (DependencyError, FileNotDecryptedError) as error:
        raise InvalidDocument(f"{name} is encrypted: save it without a password first") from error


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is on a page."""

    text: str
    hidden: tuple[Hidden, ...] = ()


def _all_seen(pages: "list[PageObject]", name: str) -> list[_Seen]:
    from pypdf.errors import LimitReachedError

    try:
        return [_seen(page) for page in pages]
    except LimitReachedError as error:
        raise InvalidDocument(f"{name} is too large when unpacked: hand in the part that matters") from error


def _found(reader: "PdfReader", pages: list[_Seen], name: str) -> Found:
    text = "\n".join(_without_running_heads([page.text for page in pages]))
    if not text.strip():
        raise InvalidDocument(f"{name} holds no text (a scan?): run it through OCR first")
    paragraphs = unwrap(normalise(text)).splitlines()
    hidden = [*unseen_characters(text), *(hidden for page in pages for hidden in page.hidden)]
    textless = tuple(number for number, page in enumerate(pages, start=1) if not page.text.strip())
    title = title_of_its_own(reader.metadata.title if reader.metadata else None)
    return Found("\n\n".join(paragraphs), {"title": title}, tuple(hidden), textless_pages=textless)


def _seen(page: "PageObject") -> _Seen:
    """Read a page. Where all of its text is unseen, and it has a picture, it is a scan with its words."""
    contents = page.get_contents()
    operations = b"" if contents is None else contents.get_data()
    if b"BT" not in operations and b"Do" not in operations:  # following a large figure takes its time
        return _Seen("")
    eye = _Eye(page)
    text = page.extract_text(visitor_operand_before=eye.before, visitor_operand_after=eye.after)
    if not eye.unseen:
        return _Seen(text)
    blind = _Eye(page, sees=False)
    unseen = page.extract_text(visitor_operand_before=blind.before, visitor_operand_after=blind.after)
    if not text.strip() and eye.has_picture and eye.unseen == {_INVISIBLE}:
        return _Seen(unseen, (Hidden(_SCAN, unseen),))
    return _Seen(text, (Hidden(", ".join(sorted(eye.unseen)), unseen),) if unseen.strip() else ())


@dataclass(slots=True)
class _Pen:
    """What `q` keeps and `Q` brings back."""

    colour: Colour | None = (0, 0, 0)
    """None where it is not known, as of a pattern."""
    space: str = "/DeviceGray"
    mode: float = 0
    size: float = 0
    font: str = ""


class _Eye:
    """Follows what is painted on a page, and takes out the text that is not seen, or else all other."""

    def __init__(self, page: "PageObject", *, sees: bool = True) -> None:
        self.unseen: set[str] = set()
        """How text was found to be hidden."""
        self.has_picture = False
        self._sees = sees
        self._pen = _Pen()
        self._kept: list[_Pen] = []
        self._forms: list[tuple[Matrix, int]] = []
        """Those being drawn: where each lies, as pypdf counts from its corner, and what was kept before."""
        self._path: list[tuple[float, float]] = []
        self._painted: list[tuple[Box, Colour | None]] = []
        box = _numbers(_value(page, "/MediaBox"))
        self._page = _box(box) if len(box) == len(_EVERYWHERE) else _EVERYWHERE
        self._objects = _resources(page, "/XObject")
        self._fonts = _resources(page, "/Font")

    def before(self, operator: bytes, operands: list[Any], cm: Matrix, tm: Matrix) -> None:
        """Look at an operation that is about to be carried out, and empty it if it is not to be."""
        if operator not in _FOLLOWED:
            return
        if self._forms:
            cm = _times(cm, self._forms[-1][0])
        match operator:
            case b"q":
                self._kept.append(replace(self._pen))
            case b"Q" if len(self._kept) > (self._forms[-1][1] + 1 if self._forms else 0):
                self._pen = self._kept.pop()
            case b"Do":
                self._draw(str(operands[0]) if operands else "", cm)
            case b"Tj" | b"TJ" | b"'" | b'"' if operands and isinstance(operands[-1], str | bytes | list):
                self._show(operands, _times(tm, cm))
            case b"Tr" | b"Tf":
                self._take(operands)
            case b"g" | b"rg" | b"k" | b"cs" | b"sc" | b"scn":
                self._dip(operator, operands)
            case _:
                self._paint(operator, _numbers(operands), cm)

    def after(self, operator: bytes, _operands: list[Any], _cm: Matrix, _tm: Matrix) -> None:
        """Come back from what `Do` drew."""
        if operator == b"Do":
            _, kept = self._forms.pop()
            self._pen = self._kept[kept]
            del self._kept[kept:]

    def _show(self, operands: list[Any], at: Matrix) -> None:
        how = self._how_hidden(operands[-1], at)
        if how and self._sees:
            self.unseen.add(how)
        if bool(how) == self._sees:
            operands[-1] = operands[-1][:0]

    def _draw(self, name: str, cm: Matrix) -> None:
        drawn: Any = {} if self._forms else _entry(self._objects, name)
        if drawn.get("/Subtype") == "/Form":
            drawn.get_data()  # pypdf passes over one that is too large, as if it were empty
            own = _numbers(_value(drawn, "/Matrix"))
            cm = _times(own, cm) if len(own) == _MATRIX else cm
        else:
            self._picture(cm)
        self._forms.append((cm, len(self._kept)))
        self._kept.append(replace(self._pen))

    def _picture(self, cm: Matrix) -> None:
        self.has_picture = True
        self._painted.append((_box([side for corner in _UNIT for side in _moved(corner, cm)]), None))

    def _take(self, operands: list[Any]) -> None:
        """Note the mode of text, or the font and its size."""
        if len(operands) == 1:
            self._pen.mode = (_numbers(operands) or [0])[0]
        elif numbers := _numbers(operands[1:]):
            self._pen.font, self._pen.size = str(operands[0]), numbers[0]

    def _dip(self, operator: bytes, operands: list[Any]) -> None:
        """Note the colour that text and areas are filled with."""
        if operator == b"cs":
            self._pen.space, self._pen.colour = str(operands[0]) if operands else "", (0, 0, 0)
            return
        if operator in _OWN_SPACES:
            self._pen.space = _OWN_SPACES[operator]
        is_gray = self._pen.space in {"/DeviceGray", "/CalGray"}
        match _numbers(operands):
            case [gray] if is_gray:
                self._pen.colour = (gray, gray, gray)
            case [red, green, blue]:
                self._pen.colour = (red, green, blue)
            case [cyan, magenta, yellow, black]:
                light = 1 - black
                self._pen.colour = ((1 - cyan) * light, (1 - magenta) * light, (1 - yellow) * light)
            case _:
                self._pen.colour = None

    def _paint(self, operator: bytes, numbers: list[float], cm: Matrix) -> None:
        """Follow a path, of which only the box around it is kept, until it is filled or dropped."""
        if operator == b"sh":
            self._painted.append((self._page, None))
        elif operator == b"INLINE IMAGE":
            self._picture(cm)
        if operator == b"re" and len(numbers) == len(_UNIT):
            x, y, width, height = numbers
            numbers = [x, y, x + width, y, x, y + height, x + width, y + height]
        if operator in _OUTLINES:
            self._path += [_moved(point, cm) for point in zip(numbers[::2], numbers[1::2], strict=False)]
        elif operator in _FILLS and self._path:
            self._painted.append((_box([side for point in self._path for side in point]), self._pen.colour))
        if operator in _FILLS or operator in _DROPS:
            self._path.clear()

    def _how_hidden(self, shown: Any, at: Matrix) -> str | None:
        pen, (x, y) = self._pen, _moved((0, 0), at)
        height = abs(pen.size) * sqrt(abs(at[0] * at[3] - at[1] * at[2]))
        is_bitmap = _entry(self._fonts, pen.font).get("/Subtype") == "/Type3"
        if pen.mode in _UNSEEN_MODES:
            return _INVISIBLE
        if pen.size and height < _SMALLEST and not is_bitmap:
            return f"letters of under {_SMALLEST:g} points"
        if self._is_off_the_page(x, y, height, len(shown) if at[0] > 0 and not at[1] else inf):
            return "off the page"
        if pen.mode not in _STROKED and is_lost_on(pen.colour, WHITE) and self._is_lost_at(x, y + height / 4):
            return "letters of the colour behind them"
        return None

    def _is_off_the_page(self, x: float, y: float, height: float, letters: float) -> bool:
        """Whether text that begins at a point comes nowhere near the page."""
        left, bottom, right, top = self._page
        return letters < inf and (
            x > right or y > top or y + height < bottom or x + height * max(letters, _PIECES) < left
        )

    def _is_lost_at(self, x: float, y: float) -> bool:
        """Whether what was painted last at a point has the colour of the pen; the paper is white."""
        if len(self._painted) > _MOST_PAINTED:
            return False
        for (left, bottom, right, top), colour in reversed(self._painted):
            if left <= x <= right and bottom <= y <= top:
                return is_lost_on(self._pen.colour, colour)
        return True


def _resources(page: "PageObject", kind: str) -> Any:
    """What a page can draw with, by name."""
    return _entry(_entry(page, "/Resources"), kind)


def _entry(dictionary: Any, name: str) -> Any:
    """The dictionary under a name in another; an empty one where a broken file has something else."""
    found = _value(dictionary, name)
    return found if isinstance(found, dict) else {}


def _value(dictionary: Any, name: str) -> Any:
    try:
        return dictionary[name]  # `get` does not look up what lies elsewhere in the file
    except KeyError:
        return None


def _numbers(operands: Any) -> list[float]:
    """Operands as numbers; none where one is something else, as broken files have it."""
    try:
        return [float(operand) for operand in operands]
    except (TypeError, ValueError):
        return []


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u]


def _moved(point: tuple[float, float], by: Matrix) -> tuple[float, float]:
    x, y = point
    return x * by[0] + y * by[2] + by[4], x * by[1] + y * by[3] + by[5]


def _box(sides: list[float]) -> Box:
    """The smallest box around points, given as x, y, x, y and so on."""
    return min(sides[::2]), min(sides[1::2]), max(sides[::2]), max(sides[1::2])


def _without_running_heads(pages: list[str]) -> Iterator[str]:
    """Leave out a first or last line that most pages share, but for the page's number."""
    by_line = [page.strip().splitlines() for page in pages]
    edges = Counter(
        look for page, lines in enumerate(by_line) for look in _looks({*lines[:1], *lines[-1:]}, page)
    )
    recurring = {look for look, times in edges.items() if times > max(2, len(pages) / 2)}
    for page, lines in enumerate(by_line):
        inner = range(1, len(lines) - 1)
        yield "\n".join(
            line for at, line in enumerate(lines) if at in inner or not recurring & _looks({line}, page)
        )


def _looks(lines: set[str], page: int) -> set[str]:
    """Lines as they are on every page: with a number told by how far it is from the page's.

    In few words the number is what tells: "Article 3" may stand on the third page.
    """
    looks = set[str]()
    for line in map(str.strip, lines):
        looks.add("#" if _PAGE_NUMBER.fullmatch(line) else line)
        if len(_WORD.findall(line)) >= _FEWEST_WORDS and not is_whole(line):
            numbers = list(_NUMBER.finditer(line))
            for number in (*numbers[:1], *numbers[-1:]):
                looks.add(f"{line[: number.start()]}{int(number[0]) - page:+}{line[number.end() :]}")
    return looks
