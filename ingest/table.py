"""Tables as text. A row may be quoted by itself, so its cells tell which column they stand in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat, zip_longest

_WIDEST_HEADS = 160
"""Characters of all heads together; longer ones would bury what stands below them."""
_LONGEST_HEAD = 40
_FEWEST_ROWS = 3
"""Of a table whose head is not marked as one, the head included."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, on one line."""

    text: str
    span: int = 1
    """Columns."""


def labelled(rows: Sequence[Sequence[Cell]], *, headed: bool = False) -> list[list[str]]:
    """Write a table cell by cell: "Annual fee: £330" for what stands below "Annual fee".

    Args:
        rows: from top to bottom. Where a cell goes on from the row above, it comes again.
        headed: whether the first row is marked as the head; if not, it is one where all else below it, in
            a column besides the first, are figures.
    """
    if not rows or not (headed or _looks_headed(rows)):
        return [_told(row, ()) for row in rows]
    heads = _columns(rows[0])
    shown = heads if sum(map(len, heads)) <= _WIDEST_HEADS else ()
    return [_told(rows[0], ()), *(_told(row, shown) for row in rows[1:])]


def _columns(row: Sequence[Cell]) -> list[str]:
    return list(chain.from_iterable(repeat(cell.text, cell.span) for cell in row))


def _told(row: Sequence[Cell], heads: Sequence[str]) -> list[str]:
    """Write a row; its first cell, which names it, and one that spans columns need no head."""
    told, column = [], 0
    for cell in row:
        head = heads[column] if column < len(heads) else ""
        bare = not column or cell.span > 1 or head in {"", cell.text}
        if cell.text or not heads:
            told.append(cell.text if bare else f"{head.rstrip(':')}: {cell.text}")
        column += cell.span
    return told


def _looks_headed(rows: Sequence[Sequence[Cell]]) -> bool:
    if len(rows) < _FEWEST_ROWS:
        return False
    columns = list(zip_longest(*map(_columns, rows), fillvalue=""))[1:]
    named = all(head and len(head) <= _LONGEST_HEAD and not _DIGIT.search(head) for head, *_ in columns)
    return named and any(all(_DIGIT.search(cell) for cell in below) for _, *below in columns)
