"""Numbers, quantities and dates in a text, however they are written.

"11,500", "11.5 thousand" and "eleven thousand five hundred" are one number; "Sept. 27", "27 September" and
"2023-09-27" one day.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from knowledge.bounds import bound_of
from knowledge.dates import MONTHS

_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)(?!\d|[,.]\d)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\w|[.,:]\d)"
_DAYS = rf"(?<![\d$€£.,:-])(?P<days>{_DAY}(?:\s?(?:–|-|to|and)\s?{_DAY})*)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<nth>0[1-9]|1[0-2])(?:-(?P<days>\d\d))?\b",
        r"\b(?P<nth>0?[1-9]|1[0-2])/(?P<days>\d{1,2})/(?P<year>\d{4})\b",
        rf"{_DAYS}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR})?",
        rf"\b{_MONTH}\s(?:the\s)?{_DAYS}(?:,?\s{_YEAR})?",
        rf"\b{_MONTH},?\s(?:of\s)?{_YEAR}",
        # Alone, "May" and "March" are words as well.
        rf"(?:(?<=\b[Ii]n )|(?<=\bof )|(?<=\bby )|(?<=since )|(?<=until )|(?<=early )|(?<=late ))\b{_MONTH}",
        rf"\b(?!May\b|Mar(?:ch)?\b){_MONTH}",
        rf"(?<![\d$€£.,])\b{_YEAR}(?:s\b)?",
    )
)
"""Tried in this order; what one has taken is not there for the next."""

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905 - reads best as words, here and below
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
_SCALES = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_LETTERS = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9}
NUMBER_WORDS = {
    **{word: float(value) for value, word in enumerate(_SMALL)},
    **{word: 20.0 + 10 * nth for nth, word in enumerate(_TENS)},
    **_SCALES,
}
_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_AND = r"(?:(?<=hundred)|(?<=thousand)|(?<=million)|(?<=billion))\sand\s"
_IN_WORDS = rf"\b(?:{_WORD})(?:(?:-|\s|{_AND})(?:{_WORD}))*\b"
_UNIT = (
    r"(?:percentage |per cent )?points?|%|percent|per cent|pct|dollars?|euros?|pounds?"
    r"|(?:second|minute|hour|day|night|week|fortnight|month|year|decade|mile|kilomet(?:er|re))s?"
    r"|centur(?:y|ies)"
)
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d\d)\b", re.IGNORECASE)
_FRACTION = re.compile(
    r"\bhalf\b|\b(one|two|three|four)[- ](third|quarter|fifth)s?\b|([½⅓⅔¼¾])", re.IGNORECASE
)
_HALF_OF = re.compile(
    rf"\bhalf(?: an? |[ -])(?:(?P<scale>{'|'.join(_SCALES)})\b(?:\s(?P<unit>{_UNIT})(?!\w))?"
    rf"|(?P<one>{_UNIT})(?!\w))",
    re.IGNORECASE,
)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5}
_TIMES = re.compile(
    r"\b(?:(once(?= an? | per | every ))|(twice|doubl(?:ed|es|ing)|twofold)"
    r"|(thrice|tripl(?:ed|es|ing)|threefold))\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:(?:ten|hundred)s of )?(dozen|hundred|thousand|million|billion|trillion)s\b", re.IGNORECASE
)
_ORDINAL = re.compile(
    rf"\b(\d+)(?:st|nd|rd|th)\b|\b(?:({'|'.join(_TENS)})-)?({'|'.join(_ORDINALS)})\b(?!,)", re.IGNORECASE
)
_NUMBER = re.compile(
    rf"(?P<money>[$€£])?\s?(?:(?P<digits>(?<![\w.])\d[\d,]*(?:\.\d+)?)|(?P<words>{_IN_WORDS}))"
    rf"(?:(?P<letter>[kmb]n?)\b|\s(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"(?:[\s-]?(?P<unit>{_UNIT})(?!\w))?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:–|-|to|and|or)\s?")
_MONEY = {"dollar": "$", "euro": "€", "pound": "£"}
MANY = "many"
"""The unit of "thousands", which any number of thousands is."""
_TELLING = frozenset({MANY, "%", "$", "€", "£", "th", "clock", "clock a", "clock p"})
"""Units without which a number is another: 5% is not 5, nor the 5th."""
_HALF_A_DAY = 720


@dataclass(frozen=True, slots=True)
class Date:
    """A day, a month, a year, or a day or month of no year."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, and of what: "%", "$", "day", "th" for an ordinal, "clock a" for a.m.; "" if not told."""

    value: float
    unit: str = ""
    bound: str = ""
    """Whether it is told as the least or the most (`knowledge/bounds.py`); "" for neither."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a text tells in numbers."""

    dates: frozenset[Date]
    quantities: frozenset[Quantity]

    def missing_from(self, known: "Figures") -> "Figures":
        """Those that another text does not have."""
        return Figures(
            frozenset(date for date in self.dates if not known.has_date(date)),
            frozenset(one for one in self.quantities if not known.has_quantity(one)),
        )

    def has_date(self, said: Date) -> bool:
        """Whether a date is told, its year perhaps elsewhere in the text."""
        years = {date.year for date in self.dates}
        if said.month is None:
            return said.year in years or Quantity(float(said.year or 0)) in self.quantities
        return any(
            said.month == date.month
            and said.day in (None, date.day)
            and (said.year in (None, date.year) or (date.year is None and said.year in years))
            for date in self.dates
        )

    def has_quantity(self, said: Quantity) -> bool:
        """Whether a number is told, of the same thing as far as both say of what.

        What is said to be the least or the most has to be told as such.
        """
        days = {Quantity(float(date.day), "th") for date in self.dates if date.day}
        shares = {
            replace(known, value=known.value / 100, unit="")
            if known.unit == "%"
            else replace(known, value=known.value * 100, unit="%")
            for known in self.quantities
            if known.unit == "%" or (known.unit == "" and known.value < 1)
        }
        if said.unit == MANY:
            return any(said.value <= known.value < said.value * 1_000 for known in self.quantities)
        return any(
            math.isclose(said.value, known.value, rel_tol=1e-9)
            and _fit(said.unit, known.unit)
            and said.bound in ("", known.bound)
            for known in self.quantities | days | shares
        )

    def __or__(self, other: "Figures") -> "Figures":
        """Put together what two texts tell."""
        return Figures(self.dates | other.dates, self.quantities | other.quantities)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.dates or self.quantities)


NO_FIGURES = Figures(frozenset(), frozenset())


def figures(text: str) -> Figures:
    """Read all dates and quantities of a text."""
    dates, rest = take_dates(text)
    return Figures(frozenset(dates), frozenset(_quantities(rest)))


def take_dates(text: str) -> tuple[list[Date], str]:
    """Read the dates of a text, and give the text without them."""
    found: list[Date] = []

    def take(match: re.Match[str]) -> str:
        found.extend(_days_of(match))
        return " "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    return found, text


def _days_of(match: re.Match[str]) -> Iterator[Date]:
    told = {"month": None, "nth": None, "year": None, "days": None} | match.groupdict()
    year = int(told["year"]) if told["year"] else None
    month = int(told["nth"]) if told["nth"] else _month(told["month"])
    for day in re.findall(r"\d+", told["days"] or "") or [None]:
        yield Date(year, month, int(day) if day else None)


def _month(name: str | None) -> int | None:
    return next((nth for nth, month in enumerate(MONTHS, 1) if name and month[:3] == name[:3]), None)


def _quantities(text: str) -> Iterator[Quantity]:
    for read in (_clock, _half, _fraction, _ordinal, _times, _many):
        found: list[Quantity] = []
        text = read(text, found)
        yield from found
    yield from _numbers(text)


def _clock(text: str, found: list[Quantity]) -> str:
    def take(match: re.Match[str]) -> str:
        hour, minute = int(match[1] or match[4]), int(match[2] or match[5] or 0)
        half = f" {match[3].lower()}" if match[3] else ""
        found.append(Quantity((hour * 60 + minute) % _HALF_A_DAY + 1, f"clock{half}"))
        return " "

    return _CLOCK.sub(take, text)


def _half(text: str, found: list[Quantity]) -> str:
    """Read "half a million dollars" and "half a point"."""

    def take(match: re.Match[str]) -> str:
        whole = _SCALES[match["scale"].lower()] if match["scale"] else 1.0
        unit = _unit((match["unit"] or match["one"] or "").lower())
        found.append(Quantity(whole / 2, unit, bound_of(match)))
        return " "

    return _HALF_OF.sub(take, text)


def _fraction(text: str, found: list[Quantity]) -> str:
    def take(match: re.Match[str]) -> str:
        share = NUMBER_WORDS[match[1].lower()] / _PARTS[match[2].lower()] if match[1] else 0.5
        value = unicodedata.numeric(match[3]) if match[3] else share
        found.append(Quantity(value, bound=bound_of(match)))
        return " "

    return _FRACTION.sub(take, text)


def _ordinal(text: str, found: list[Quantity]) -> str:
    def take(match: re.Match[str]) -> str:
        tens = NUMBER_WORDS[match[2].lower()] if match[2] else 0
        value = float(match[1]) if match[1] else tens + _ORDINALS.index(match[3].lower()) + 1
        found.append(Quantity(value, "th"))
        return " "

    return _ORDINAL.sub(take, text)


def _times(text: str, found: list[Quantity]) -> str:
    def take(match: re.Match[str]) -> str:
        found.append(Quantity(float(match.lastindex or 0), bound=bound_of(match)))
        return " "

    return _TIMES.sub(take, text)


def _many(text: str, found: list[Quantity]) -> str:
    def take(match: re.Match[str]) -> str:
        found.append(Quantity(_SCALES[match[1].lower()], MANY))
        return " "

    return _MANY.sub(take, text)


def _numbers(text: str) -> Iterator[Quantity]:
    matches = list(_NUMBER.finditer(text))
    read = [_read(match) for match in matches]
    for nth in range(len(matches) - 1):
        if _RANGE.fullmatch(text[matches[nth].end() : matches[nth + 1].start()]):
            read[nth : nth + 2] = _as_range(read[nth], read[nth + 1], matches[nth], matches[nth + 1])
    for match, quantity in zip(matches, read, strict=True):
        if quantity.unit or match[0].strip().lower() != "one":  # a pronoun, as often as not
            yield quantity


def _as_range(
    low: Quantity, high: Quantity, first: re.Match[str], last: re.Match[str]
) -> tuple[Quantity, Quantity]:
    """Read "5 to 7 days" and "$5-10 million" as of one unit and scale."""
    scale = 1.0 if first["scale"] or first["letter"] else _scale(last)
    is_money = low.unit in _MONEY.values()
    return (
        replace(
            low, value=low.value * (scale if low.value < high.value else 1.0), unit=low.unit or high.unit
        ),
        replace(high, unit=high.unit or (low.unit if is_money else "")),
    )


def _scale(match: re.Match[str]) -> float:
    letter, scale = (match["letter"] or "").lower(), (match["scale"] or "").lower()
    return _LETTERS.get(letter, 1.0) * _SCALES.get(scale, 1.0)


def _read(match: re.Match[str]) -> Quantity:
    digits = match["digits"]
    value = float(digits.replace(",", "")) if digits else _in_words(re.findall(_WORD, match["words"].lower()))
    unit = match["money"] or _unit((match["unit"] or "").lower())
    return Quantity(value * _scale(match), unit, bound_of(match))


def _in_words(words: Iterable[str]) -> float:
    """Read a number such as "eleven thousand five hundred and six"."""
    total = part = 0.0
    for word in words:
        value = NUMBER_WORDS[word]
        if word in ("dozen", "hundred"):
            part = (part or 1) * value
        elif word in _SCALES:
            total, part = total + (part or 1) * value, 0.0
        else:
            part += value
    return total + part


def _unit(name: str) -> str:
    if "point" in name:
        return "point"
    if name.startswith(("%", "per", "pct")):
        return "%"
    singular = name.replace("ies", "y").removesuffix("s").replace("meter", "metre")
    return _MONEY.get(singular, singular)


def _fit(said: str, known: str) -> bool:
    if said == known:
        return True
    if said.startswith("clock") and known.startswith("clock"):
        return "clock" in (said, known)
    return not _TELLING & {said, known} and "" in (said, known)
