"""The line at the head of a text that says who brought it out and when: "Issued by Local 7, 2 May 2026"."""

import re
from collections.abc import Iterator
from itertools import islice

from knowledge.figures import take_dates

LINES = 6
"""At the head of a text, in which such a line is looked for,"""
LONGEST = 250
"""each of so many characters at most: longer ones are prose."""
_BEGINS = re.compile(
    r"^\W*(?:date|dated|published|issued|released|posted|updated|last updated|adopted|agreed|approved|signed"
    r"|ratified|declared)\b",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^\W*(?:published|issued|released) (?:jointly )?by (?:the )?(?P<whom>[^,.;(]{2,100})", re.IGNORECASE
)


def dateline(text: str) -> dict[str, str]:
    """Read what the first lines of a text say of its publication, as `Found.about` has it.

    Returns:
        The first `publisher` and the first date, `published`, as far as they are told: `YYYY-MM-DD`, or
        `YYYY-MM` where no day is. A year alone is no date: too much begins with one.
    """
    head = islice((line for line in text.splitlines() if line.strip()), LINES)
    telling = [line for line in head if len(line) <= LONGEST and _BEGINS.match(line)]
    publishers = (by["whom"].strip() for line in telling if (by := _BY.match(line)))
    dates = (date for line in telling for date in _dates(line))
    told = {"publisher": next(publishers, None), "published": next(dates, None)}
    return {name: value for name, value in told.items() if value}


def _dates(line: str) -> Iterator[str]:
    for date in take_dates(line)[0]:
        if date.year and date.month:
            day = f"-{date.day:02}" if date.day else ""
            yield f"{date.year}-{date.month:02}{day}"
