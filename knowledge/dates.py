"""Dates as the facts give them: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, each standing for all its days."""

import re
from calendar import monthrange
from datetime import date

from knowledge.errors import InvalidDate
from knowledge.records import ISO_DATE

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def first_day(iso: str) -> date:
    """Give the first day that a date stands for.

    Raises:
        InvalidDate: it is none.
    """
    year, month, day = _parts(iso)
    return _day(iso, year, month or 1, day or 1)


def last_day(iso: str) -> date:
    """Give the last day that a date stands for.

    Raises:
        InvalidDate: it is none.
    """
    year, month, day = _parts(iso)
    month = month or 12
    return _day(iso, year, month, day or monthrange(year, month)[1])


def in_words(iso: str, letters: int | None = None) -> str:
    """Write a date out: 2 September 2023, September 2023 or 2023; with 3 letters a month, 2 Sep 2023."""
    year, month, day = _parts(iso)
    name = MONTHS[month - 1][:letters] if month else ""
    return " ".join(str(part) for part in (day, name, year) if part)


def _parts(iso: str) -> tuple[int, int, int]:
    """Take a date apart; 0 for a month or a day that it does not tell."""
    if not re.fullmatch(ISO_DATE, iso) or iso.startswith("0000"):
        raise InvalidDate(iso)
    year, month, day = (int(part) for part in f"{iso}-0-0".split("-")[:3])
    return year, month, day


def _day(iso: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InvalidDate(iso) from error
