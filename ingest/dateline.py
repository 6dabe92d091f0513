"""The line at the head of a text that says who brought it out and when: "Issued by Local 7, 2 May 2026"."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from knowledge.dates import MONTHS
from knowledge.figures import Date, take_dates
from knowledge.sentences import is_list_item

LINES = 6
"""At the head of a text, in which such a line is looked for,"""
LONGEST = 250
"""each of so many characters at most: longer ones are prose."""
_BEGINS = re.compile(
    r"""
    ^\W*(?:
        (?: date | dated | published | issued | released | posted | updated | last\ updated | revised
          | adopted | agreed | approved | signed | ratified | declared )\b
      | sent: | version\ \w[\w.]*\ ?[,(–-]
      | effective\b(?!\ (?:until|to)\b) | (?:valid|in\ (?:force|effect))\ (?:from|since|as\ (?:of|from))\b
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BY = re.compile(
    r"^\W*(?:published|issued|released) (?:jointly )?by (?:the )?(?P<whom>[^,.;(]{2,100})", re.IGNORECASE
)
_IN_FIGURES = re.compile(
    r"(?<![\d./])(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})(?![\d/])"
)
_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", re.IGNORECASE)
_EASTERNMOST = timedelta(hours=14)
"""So far ahead of UTC is the place where it is tomorrow first."""


def dateline(text: str) -> dict[str, str]:
    """Read what the first lines of a text say of its publication, as `Found.about` has it.

    Returns:
        The first `publisher` and the first date that is not after today, `published`, as far as they are
        told: `YYYY-MM-DD`, or `YYYY-MM` where no day is. A year alone is no date: too much begins with one.
    """
    head = list(islice((line for line in text.splitlines() if line.strip()), LINES))
    telling = [line for line in head if len(line) <= LONGEST and _BEGINS.match(line)]
    bare = [line for line in head if _is_a_date(line)]
    publishers = (by["whom"].strip() for line in telling if (by := _BY.match(line)))
    today = f"{datetime.now(UTC) + _EASTERNMOST:%Y-%m-%d}"
    # Where several lines are dates, they are those of meetings or entries.
    dates = (date for line in (*telling, *(bare if len(bare) == 1 else ())) for date in _dates(line))
    told = {
        "publisher": next(publishers, None),
        "published": next((date for date in dates if date <= today), None),
    }
    return {name: value for name, value in told.items() if value}


def _is_a_date(line: str) -> bool:
    """Whether a line is nothing but a date, perhaps with the day of the week."""
    dates, rest = _taken(line)
    return len(dates) == 1 and not is_list_item(line) and not re.search(r"\w", _WEEKDAY.sub("", rest))


def _dates(line: str) -> Iterator[str]:
    for date in _taken(line)[0]:
        if date.year and date.month:
            day = f"-{date.day:02}" if date.day else ""
            yield f"{date.year}-{date.month:02}{day}"


def _taken(line: str) -> tuple[list[Date], str]:
    """Read the dates of a line, and give the rest of it."""
    return take_dates(_IN_FIGURES.sub(_as_iso, line))


def _as_iso(written: re.Match[str]) -> str:
    """Write 13/2/2026 as 2026-02-13; 3/2/2026, which is two days, of two countries, stays no date."""
    first, second = int(written["first"]), int(written["second"])
    orders = {(first, second)} if written["mark"] == "." else {(first, second), (second, first)}
    days = [f"{written['year']}-{month:02}-{day:02}" for day, month in orders if 1 <= month <= len(MONTHS)]
    return days[0] if len(days) == 1 else " "
