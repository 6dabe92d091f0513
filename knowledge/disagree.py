"""Sources that disagree: two sentences that tell the same thing with different figures."""

import re
from collections.abc import Sequence
from textwrap import shorten

from knowledge.cite import MARK
from knowledge.figures import Figures, figures
from knowledge.types import Evidence, Found, Sentence
from knowledge.words import STOP_WORDS, stems

ALIKE, ALIKE_BUT_FOR_DATES = 0.6, 0.8
"""The share of the shorter sentence's words, figures left out, that the other one has too; where dates
differ, more: of one affair many things happen, each on a day of its own."""
SURE = 0.0
"""The reader's logit from which a sentence counts as an answer."""
LONGEST_PUBLISHER = 80
"""Characters of a name, which a document may make as long as it likes."""
_NAME = re.compile(r"(?<=\S )[A-Z][\w-]+")


def other_account(first: Sentence, others: Sequence[Sentence], evidence: Evidence) -> Sentence | None:
    """Find the sentence of another source that answers as the first does, but for the figures."""
    for other in others:
        apart = _told_by(evidence.found[other.n - 1]) != _told_by(evidence.found[first.n - 1])
        if apart and min(first.reading, other.reading) > SURE and _contradict(first, other):
            return other
    return None


def attributed(sentence: Sentence, rival: Sentence, evidence: Evidence) -> str:
    """Begin a sentence with who says so and when, and whether that is the later word, or a party's own."""
    found, against = (evidence.found[one.n - 1] for one in (sentence, rival))
    told = [_date(found) or "undated"]
    told += ["later"] * (_date(found) > _date(against) > "")
    told += ["primary source"] * (_speaks_of_itself(found) and not _speaks_of_itself(against))
    publisher = shorten(_named(found), LONGEST_PUBLISHER, placeholder="…")
    return f"{publisher} ({', '.join(told)}): {sentence.text}"


def _told_by(found: Found) -> tuple[str, str]:
    """Whose word a passage is, and of when: where both are the same, it is one account."""
    return _named(found), _date(found)


def _named(found: Found) -> str:
    return MARK.sub("", found.source.provenance.publisher or found.source.title_cited)


def _contradict(one: Sentence, other: Sentence) -> bool:
    answers = figures(one.answer), figures(other.answer)
    if _are_apart(one.heading, other.heading) or not _differ(*answers):
        return False
    rest = [figures(sentence.text.replace(sentence.answer, " ")) for sentence in (one, other)]
    of_one_time = not (rest[0].missing_from(rest[1]) and rest[1].missing_from(rest[0]))
    alike = ALIKE_BUT_FOR_DATES if answers[0].dates else ALIKE
    of_the_same = _within(_names(one), _names(other), 1.0) and _within(_words(one), _words(other), alike)
    return of_one_time and of_the_same


def _differ(one: Figures, other: Figures) -> bool:
    """Whether two answers are of one sort, such as days of a year, and each has what the other lacks."""
    if not (one.missing_from(other) and other.missing_from(one)) or bool(one.dates) != bool(other.dates):
        return False
    years, others_years = ({date.year for date in told.dates if date.year} for told in (one, other))
    if years and others_years and not years & others_years:
        return False
    units, others_units = ({quantity.unit for quantity in told.quantities} for told in (one, other))
    return bool(one.dates) or bool(units & others_units)


def _are_apart(one: str, other: str) -> bool:
    """Whether two headings part what stands below them: "Night shift", "Day shift"."""
    of_one, of_other = set(stems(one)), set(stems(other))
    return bool(of_one - of_other and of_other - of_one)


def _within(one: set[str], other: set[str], share: float) -> bool:
    return len(one & other) >= share * min(len(one), len(other))


def _names(sentence: Sentence) -> set[str]:
    return set(_NAME.findall(sentence.text.replace(sentence.answer, " ")))


def _words(sentence: Sentence) -> set[str]:
    told = set(stems(sentence.text.replace(sentence.answer, " ")))
    return {stem for stem in told if stem not in STOP_WORDS and not stem.isdigit()}


def _date(found: Found) -> str:
    return found.source.provenance.published or str(found.source.details.get("date", ""))


def _speaks_of_itself(found: Found) -> bool:
    """Whether the passage names its own publisher, as a union's word on its own affairs does."""
    publisher = set(stems(found.source.provenance.publisher or ""))
    return bool(publisher) and publisher <= set(stems(found.passage.text))
