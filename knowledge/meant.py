"""Which year is meant where a question names a strike and no year: "the writers' strike" is that of 2023.

What people call each strike is said in `knowledge/subjects.yaml`.
"""

import re
from functools import cache

from knowledge.subjects import Subject, load_subjects
from knowledge.words import STOP_WORDS, stems

_OF_SEVERAL = re.compile(
    r"\b(ever|first|(?<!strike )last(?!\W*$)|latest|longest|shortest|history|previous|past|earlier|other"
    r"|another|since|times|strikes|an? strike|before|now|currently|again|next|soon|upcoming|today|will"
    r"|going to|(19)?\d0s|[03-9]\d|this (year|time)|uk|british|english|scottish|irish|canadian|australian"
    r"|french|german|italian|spanish|indian|korean|japanese|chinese)\b"
    r"|\b(can|could|may|might|would|should)( \w+){1,3}( go(ing)?( out)? on)? strike\b",
    re.IGNORECASE,
)
"""What a question has in it that may be about any strike."""


def year_meant(question: str) -> str | None:
    """The year of the strike that a question calls by a name; None where there is none, or several fit.

    All the words of a name must occur in the question. Of several names, the longest counts.
    """
    if _OF_SEVERAL.search(question):
        return None
    asked = set(stems(question))
    fitting = [(len(name), year) for name, year in _names() if name <= asked]
    longest = max((length for length, _ in fitting), default=0)
    years = {year for length, year in fitting if length == longest}
    return years.pop() if len(years) == 1 else None


@cache
def _names() -> frozenset[tuple[frozenset[str], str | None]]:
    """What the strikes are called, as stems, and the year in which each lies."""
    subjects, _ = load_subjects()
    return frozenset(
        (frozenset(stems(name)) - STOP_WORDS, _year(subject))
        for subject in subjects.values()
        if subject.kind == "strike"
        for name in (subject.name, *subject.aliases)
    )


def _year(strike: Subject) -> str | None:
    first, last = ((day or "")[:4] for day in (strike.begins, strike.ends))
    return first if first == last else None
