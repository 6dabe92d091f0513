"""The line at the head of a text that says who brought it out and when: "Issued by Local 7, 2 May 2026"."""

import re
from dataclasses import dataclass

from knowledge.dates import MONTHS

LINES = 6
"""At the head of a text, in which such a line is looked for,"""
LONGEST = 250
"""each of so many characters at most: longer ones are prose."""
_MONTH = "|".join((*MONTHS, *(rf"{name[:3]}\.?" for name in MONTHS), r"Sept\.?"))
_DATE = re.compile(
    rf"\b(?P<year>20\d\d|19\d\d)-(?P<number>0[1-9]|1[0-2])-(?P<iso_day>[0-3]\d)\b"
    r"|\b(?:(?P<day>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?)?"
    rf"(?P<month>{_MONTH})(?: (?P<us_day>[0-3]?\d)(?:st|nd|rd|th)?,)?,? (?P<in_year>20\d\d|19\d\d)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"^\W*(?:date|dated|published|issued|released|posted|updated|last updated|adopted|agreed|approved|signed"
    r"|ratified|declared)\b",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^\W*(?:published|issued|released) (?:jointly )?by (?:the )?(?P<whom>[^,.;(]{2,100})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """What a text says of its publication; None where it says nothing."""

    publisher: str | None = None
    published: str | None = None
    """`YYYY-MM-DD`, or `YYYY-MM` where no day is told."""


def dateline(text: str) -> Dateline:
    """Read what the first lines of a text say: the first publisher, and the first date, of those that do."""
    lines = [line for line in text.split("\n") if line.strip()][:LINES]
    telling = [line for line in lines if len(line) <= LONGEST and _BEGINS.match(line)]
    publishers = (by["whom"].strip() for line in telling if (by := _BY.match(line)))
    dates = (_iso(told) for line in telling if (told := _DATE.search(line)))
    return Dateline(next(publishers, None), next(dates, None))


def _iso(told: re.Match[str]) -> str:
    if told["number"]:
        return told[0]
    month = next(n for n, name in enumerate(MONTHS, start=1) if told["month"][:3].lower() == name[:3].lower())
    day = told["day"] or told["us_day"]
    return f"{told['in_year']}-{month:02}" + (f"-{int(day):02}" if day else "")
