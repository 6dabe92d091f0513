"""A timeline as a picture: a card of its own colour, so that it reads well on any ground, and on a phone.

Time runs down, lanes stand side by side: a thin line from a lane's first entry to its last, a thick one
while its strike or contract was on. Each entry has its row, so that no two texts can meet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from knowledge.dates import in_words
from knowledge.sides import Lane, Mark, Moment, merged

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS_PER_INCH = 100
WIDTH, MARGIN, LANE, DATE = 1080, 48, 46, 246
"""Pixels, as are all lengths: of the card, its margin, a lane, the column of dates."""
LETTERS, LINE, GAP = 32, 42, 16
"""The height of letters, of a line, and what parts two rows."""
THIN, THICK, DOT = 4, 16, 15
"""Of lines; the radius of an entry's dot."""
MOST_ROWS = 30
"""Longer pictures are unreadable in a chat."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What a card is drawn in; lanes take theirs in turn."""

    card: str
    text: str
    dim: str
    lanes: tuple[str, ...]


DARK = Colours("#1e1f22", "#f2f3f5", "#b5bac1", ("#5dade2", "#f5b041", "#58d68d", "#f1948a", "#c39bd3"))
LIGHT = Colours("#ffffff", "#1e1f22", "#5c5e66", ("#1f6fb2", "#a85f00", "#1e7a3e", "#b03a2e", "#76448a"))


def draw(lanes: Sequence[Lane], *, light: bool = False) -> bytes:
    """Draw lanes as a PNG of WIDTH pixels; entries beyond MOST_ROWS are counted at its foot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(dpi=DOTS_PER_INCH, figsize=(WIDTH / DOTS_PER_INCH, 1))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    height = _Card(axes, lanes, LIGHT if light else DARK).fill(merged(lanes))
    figure.set_size_inches(WIDTH / DOTS_PER_INCH, height / DOTS_PER_INCH)
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    figure.patch.set_alpha(0)  # what the card's round corners leave free
    png = BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()


class _Card:
    """Draws from the top down. Every y is the middle of a line."""

    def __init__(self, axes: "Axes", lanes: Sequence[Lane], colours: Colours) -> None:
        self._axes = axes
        self._lanes = lanes
        self._colours = colours
        self._date_x = MARGIN + LANE * len(lanes)

    def fill(self, moments: Sequence[Moment]) -> int:
        """Draw everything; give the height."""
        shown, hidden = moments[:MOST_ROWS], len(moments) - MOST_ROWS
        tops = [MARGIN + LINE // 2 + (LINE + GAP) * place for place in range(len(self._lanes))]
        for place, lane in enumerate(self._lanes):
            self._dot(place, tops[place])
            x = self._lane_x(place) + LANE // 2 + 6
            self._text(x, tops[place], lane.title, self._colour(place), bold=True)
        y = tops[-1] + LINE + 2 * GAP
        rows = []
        for moment in shown:
            rows.append(y)
            y += LINE * self._row(moment, y) + GAP
        for place, top in enumerate(tops):
            self._lines(place, top, rows, shown)
        more = f"And {hidden} more, later. " if hidden > 0 else ""
        thick = "Thick line: on strike." if any(map(_is_strike, self._lanes)) else ""
        if foot := f"{more}{thick}":
            self._text(self._date_x, y, foot, self._colours.dim)
            y += LINE + GAP
        height = y - GAP - LINE // 2 + MARGIN
        self._background(height)
        return height

    def _row(self, moment: Moment, y: int) -> int:
        """Draw an entry; give the number of its lines."""
        here = [place for place, mark in enumerate(moment.marks) if mark is Mark.HERE]
        for place in here:
            self._dot(place, y)
        self._text(self._date_x, y, in_words(moment.day, letters=3), self._colour(here[0]), bold=True)
        label = self._lanes[here[0]].label(moment.fact)
        x = self._date_x + DATE
        lines = list(self._broken(label, WIDTH - MARGIN - x))
        for n, line in enumerate(lines):
            self._text(x, y + n * LINE, line, self._colours.text)
        return len(lines)

    def _lines(self, place: int, top: int, rows: Sequence[int], moments: Sequence[Moment]) -> None:
        """Draw a lane's lines: from its title to its last entry, thick while it was on."""
        lane = self._lanes[place]
        here = [y for y, moment in zip(rows, moments, strict=True) if moment.marks[place] is Mark.HERE]
        on = [y for y, moment in zip(rows, moments, strict=True) if lane.on(moment.day)]
        for ys, width in (([top, *here], THIN), (on, THICK)):
            if ys:
                self._axes.plot(
                    [self._lane_x(place)] * 2,
                    [ys[0], ys[-1]],
                    color=self._colour(place),
                    linewidth=_points(width),
                    solid_capstyle="round",
                )

    def _dot(self, place: int, y: int) -> None:
        self._axes.plot(
            self._lane_x(place),
            y,
            "o",
            color=self._colour(place),
            markersize=_points(2 * DOT),
            markeredgecolor=self._colours.card,
            markeredgewidth=_points(THIN),
            zorder=3,
        )

    def _text(self, x: float, y: float, text: str, colour: str, *, bold: bool = False) -> None:
        self._axes.text(
            x,
            y,
            text,
            color=colour,
            fontsize=_points(LETTERS),
            fontweight="bold" if bold else "normal",
            verticalalignment="center_baseline",
            parse_math=False,  # a dollar is a dollar
        )

    def _broken(self, text: str, room: float) -> Iterator[str]:
        """Break a text between words into lines that fit."""
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and self._width(longer) > room:
                yield line
                longer = word
            line = longer
        yield line

    def _width(self, text: str) -> float:
        from matplotlib.textpath import TextPath

        return float(TextPath((0, 0), text, size=LETTERS).get_extents().width) if text.strip() else 0.0

    def _background(self, height: int) -> None:
        from matplotlib.patches import FancyBboxPatch

        corner = MARGIN / 2
        self._axes.add_patch(
            FancyBboxPatch(
                (corner, corner),
                WIDTH - 2 * corner,
                height - 2 * corner,
                boxstyle=f"round,pad={corner}",
                facecolor=self._colours.card,
                edgecolor="none",
                zorder=0,
            )
        )

    def _lane_x(self, place: int) -> float:
        return MARGIN + LANE * place + DOT

    def _colour(self, place: int) -> str:
        return self._colours.lanes[place % len(self._colours.lanes)]


def _is_strike(lane: Lane) -> bool:
    return lane.subject is not None and lane.subject.kind == "strike"


def _points(pixels: float) -> float:
    return pixels * 72 / DOTS_PER_INCH
