"""Tables as text. A row may be quoted by itself, so its cells tell which column they stand in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WIDEST_HEADS = 160
"""Characters of all heads together; longer ones would bury what stands below them."""
_FEW = 2
"""Columns of a table that may as well be a list of names and what they stand for, whatever is marked."""
_FEWEST_FIGURES = 2
"""Rows, below a head that is known by them."""
_FIGURE = re.compile(r"[$€£¥]?\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, on one line."""

    text: str
    column: int
    """The first that it stands in, from 0."""
    span: int = 1
    """Columns."""


Heads = Mapping[int, str]
"""The names of columns."""


def heads_of(rows: Sequence[Sequence[Cell]], marked: int = 0, *, guess: bool = True) -> Heads:
    """Find what the columns of a table are called: the first names its rows, and needs no name.

    Args:
        rows: from top to bottom.
        marked: so many rows at the top are marked as heads.
        guess: whether a table without a mark may have a head: a row above figures of one form.

    Returns:
        Nothing for a table that has no head, or too long a one.
    """
    told = [row for row in rows[:marked] if len(row) > 1]  # what fills a row is a caption
    below = rows[marked:]
    if not told and guess:
        rest = [row for row in rows if len(row) > 1]
        told, below = rest[:1], rest[1:]
    names = _names(told)
    is_plain = not marked or max((cell.column for row in rows for cell in row), default=0) < _FEW
    if is_plain and not _are_above_figures(names, below):
        return {}
    return names if sum(map(len, names.values())) <= _WIDEST_HEADS else {}


def _names(rows: Sequence[Sequence[Cell]]) -> dict[int, str]:
    names: dict[int, str] = {}
    for cell in (cell for row in rows for cell in row if cell.text):
        for column in range(max(cell.column, 1), cell.column + cell.span):
            names[column] = f"{names[column]}, {cell.text}" if column in names else cell.text
    return names


def named(cell: Cell, heads: Heads) -> str:
    """Write a cell with its column's name, unless it names its row, or spans columns."""
    head = heads.get(cell.column, "").rstrip(":")
    return f"{head}: {cell.text}" if head and cell.text and cell.span == 1 else cell.text


def lines(rows: Sequence[Sequence[Cell]], marked: int = 0) -> list[str]:
    """Write a table row by row: "Family | Annual fee: £330" below "Membership | Annual fee".

    Args:
        rows: from top to bottom.
        marked: so many rows at the top are marked as heads.
    """
    heads = heads_of(rows, marked)
    first = max(marked, 1) if heads else len(rows)
    return [_line(row, {} if n < first else heads) for n, row in enumerate(rows)]


def _line(row: Sequence[Cell], heads: Heads) -> str:
    told = [cell for cell in row if cell.text]
    shown = told if heads and len(told) > 1 else row
    return " | ".join(named(cell, heads) for cell in shown)


def _are_above_figures(names: Heads, rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether all names are words, and in a column of theirs are figures of one form, such as prices."""
    if any(_FIGURE.search(name) for name in names.values()):
        return False
    forms: dict[int, list[str]] = {}
    for cell in (cell for row in rows for cell in row if cell.column in names):
        forms.setdefault(cell.column, []).append(_form(cell.text))
    return any(len(of) >= _FEWEST_FIGURES and len({*of}) == 1 and of[0] for of in forms.values())


def _form(text: str) -> str:
    """Bring a figure to its form: "#:#" for 9:00; empty for what begins with none."""
    return re.sub(r"\d+(\.\d+)?", "#", text.replace(",", "")) if _FIGURE.match(text) else ""
