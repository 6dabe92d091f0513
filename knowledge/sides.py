"""Quick facts side by side: what happened when, two contracts aspect by aspect, what is in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.dates import first_day, last_day
from knowledge.errors import NothingKnown, UnknownName
from knowledge.facts import Fact
from knowledge.find import Entry, Finder, fold, joined
from knowledge.quick import MOST_CHOICES, Card, Choice, QuickFacts
from knowledge.subjects import Subject, SubjectKind
from knowledge.vocabulary import ASPECTS, TOPICS

COMPARABLE: tuple[SubjectKind, ...] = ("contract", "strike", "law", "case", "union")
MILESTONES = ("authorization", "start", "deal", "ratified", "end")
"""Aspects of a strike that a timeline of several strikes shows."""
RECENT = "2023"
"""Strikes since then are laid side by side unless earlier ones are asked for."""
STANDS_BY = ("expiry", "status", "in-force", "signed")
"""Aspects that tell how a contract or a law stands: the first that a fact tells."""
MOST_TOPICS = 10
"""Before the subjects among the choices for a timeline."""

_TOPIC_FINDER = Finder(Entry(id, (title, id)) for id, title in TOPICS.items())
_ASPECT_FINDER = Finder(Entry(id, (heading, id)) for id, heading in ASPECTS.items())


@dataclass(frozen=True, slots=True)
class Lane:
    """What happened in one strike, on one topic or to one subject, in order of date."""

    title: str
    facts: tuple[Fact, ...]
    subject: Subject | None = None
    """None for a topic."""

    def label(self, fact: Fact) -> str:
        """Say in few words what happened; in a strike's own lane that is the milestone, if it is one."""
        own = [aspect for subject, aspect in fact.tags if self.subject and subject == self.subject.id]
        milestones = [ASPECTS[aspect] for aspect in own if aspect in MILESTONES]
        if len(milestones) != 1:
            return fact.title
        return f"{milestones[0]}: {fact.short_answer}" if fact.kind == "number" else milestones[0]

    def on(self, day: str) -> bool:
        """Tell whether the lane's strike or contract was on that day."""
        if not (self.subject and self.subject.begins and self.subject.ends):
            return False
        return first_day(self.subject.begins) <= first_day(day) <= last_day(self.subject.ends)


class Mark(StrEnum):
    """What is going on in a lane when something happens."""

    HERE = "●"
    """It happens in this lane."""
    ON = "┃"
    """This lane's strike or contract is on."""
    NEAR = "│"
    """Something has happened in this lane, and more is to come."""
    FAR = " "


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, seen from all lanes."""

    day: str
    """ISO date."""
    fact: Fact
    marks: tuple[Mark, ...]
    """One a lane."""


@dataclass(frozen=True, slots=True)
class Row:
    """One aspect of two subjects; a side of which nothing is known is empty."""

    aspect: str
    heading: str
    left: tuple[Card, ...]
    right: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two subjects side by side."""

    left: Subject
    right: Subject
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contract, a strike or a law stands, and the fact that says so."""

    subject: Subject
    fact: Fact


@dataclass(frozen=True, slots=True)
class Status:
    """What holds on a day, as far as is known."""

    today: date
    known_until: str
    """ISO date of the newest source: what came later is not known."""
    strikes: tuple[Standing, ...]
    contracts: tuple[Standing, ...]
    """In force; the first to expire first."""
    open_ended: tuple[Standing, ...]
    """Contracts whose last day is not known."""
    expired: tuple[Standing, ...]
    """Without a successor that is known."""
    laws: tuple[Standing, ...]


def timeline(
    quick: QuickFacts, about: str | None = None, start: str | None = None, end: str | None = None
) -> tuple[Lane, ...]:
    """Lay out what happened, each lane in order of date.

    Args:
        quick: the facts.
        about: a topic or a subject; None for several strikes side by side.
        start: ISO date; what was over before is left out.
        end: ISO date; what came later is left out.

    Raises:
        InvalidDate: `start` or `end` is none.
        UnknownName: no topic and no subject is called that.
        AmbiguousName: several subjects are called that.
        NothingKnown: nothing happened then.
    """
    lanes = _strikes(quick, start or _usual_start(end)) if about is None else [_lane_about(quick, about)]
    cut = (_between(lane, start, end) for lane in lanes)
    happened = sorted((lane for lane in cut if lane.facts), key=lambda lane: lane.facts[0].date or "")
    if not happened:
        raise NothingKnown("nothing is known to have happened then; try other dates, or another topic")
    return tuple(happened)


def timeline_choices(quick: QuickFacts, text: str) -> list[Choice]:
    """Offer topics and subjects of a timeline for what was typed so far; a choice's value is an id."""
    topics = [Choice(TOPICS[id], id) for id in _TOPIC_FINDER.find(text, MOST_TOPICS)]
    subjects = quick.subject_choices(text, COMPARABLE)
    return [*topics, *(choice for choice in subjects if choice.value not in TOPICS)][:MOST_CHOICES]


def aspect_choices(text: str) -> list[Choice]:
    """Offer aspects of a comparison for what was typed so far; a choice's value is an id."""
    return [Choice(ASPECTS[id], id) for id in _ASPECT_FINDER.find(text, MOST_CHOICES)]


def _usual_start(end: str | None) -> str | None:
    return None if end and last_day(end) < first_day(RECENT) else RECENT


def _strikes(quick: QuickFacts, since: str | None) -> list[Lane]:
    strikes = [subject for subject in quick.subjects if subject.kind == "strike"]
    return [
        Lane(strike.name, quick.tagged(strike, *MILESTONES), strike)
        for strike in strikes
        if since is None or _last_day(strike) >= first_day(since)
    ]


def _lane_about(quick: QuickFacts, about: str) -> Lane:
    for topic, title in TOPICS.items():
        if fold(about) in {fold(topic), fold(title)}:
            return Lane(title, _happened(fact for fact in quick.facts if fact.topic == topic))
    subject = quick.subject(about, COMPARABLE)
    told = (*_happened(quick.facts_of(subject)), *quick.tagged(subject, *MILESTONES))
    return Lane(subject.name, tuple({fact.id: fact for fact in told}.values()), subject)


def _happened(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Keep the facts about a day or a month, not those about what holds for long."""
    return tuple(
        fact
        for fact in facts
        if fact.kind in {"date", "event"} or (_is_a_day(fact.date) and fact.kind != "definition")
    )


def _is_a_day(iso: str | None) -> bool:
    return len(iso or "") == len("YYYY-MM-DD")


def _between(lane: Lane, start: str | None, end: str | None) -> Lane:
    first = first_day(start) if start else date.min
    last = last_day(end) if end else date.max
    dated = ((fact.date, fact) for fact in lane.facts if fact.date)
    kept = [(day, fact) for day, fact in dated if first <= last_day(day) and first_day(day) <= last]
    kept.sort(key=lambda each: (each[0], each[1].title))
    return Lane(lane.title, tuple(fact for _, fact in kept), lane.subject)


def merged(lanes: Sequence[Lane]) -> list[Moment]:
    """Merge lanes into one list in order of date, told in all lanes what is going on meanwhile."""
    places: dict[str, set[int]] = {}
    for place, lane in enumerate(lanes):
        for fact in lane.facts:
            places.setdefault(fact.id, set()).add(place)
    facts = {fact.id: (fact.date or "", fact.title, fact) for lane in lanes for fact in lane.facts}
    return [
        Moment(
            day,
            fact,
            tuple(
                Mark.HERE if place in places[fact.id] else _meanwhile(lane, day)
                for place, lane in enumerate(lanes)
            ),
        )
        for day, _, fact in sorted(facts.values(), key=lambda each: each[:2])
    ]


def _meanwhile(lane: Lane, day: str) -> Mark:
    if lane.on(day):
        return Mark.ON
    return Mark.NEAR if (lane.facts[0].date or "") < day < (lane.facts[-1].date or "") else Mark.FAR


def compare(quick: QuickFacts, a: str, b: str, aspect: str | None = None) -> Comparison:
    """Lay two contracts, strikes, laws, cases or unions side by side, aspect by aspect.

    Args:
        quick: the facts.
        a: a subject's name, alias or id.
        b: another's.
        aspect: an aspect, or a part of some: "AI" for all that is about AI.

    Raises:
        UnknownName: no subject or no aspect is called that.
        AmbiguousName: several subjects are called that.
        NothingKnown: no fact tells an aspect of either, or both are the same.
    """
    left, right = quick.subject(a, COMPARABLE), quick.subject(b, COMPARABLE)
    if left == right:
        raise NothingKnown(f"both are {left.name}; name another to compare it with")

    def cards(subject: Subject, aspect: str) -> tuple[Card, ...]:
        return tuple(map(quick.card, quick.tagged(subject, aspect)))

    rows = (Row(id, ASPECTS[id], cards(left, id), cards(right, id)) for id in _aspects(aspect))
    told = tuple(row for row in rows if row.left or row.right)
    if not told:
        raise NothingKnown(
            f"nothing comparable is known of {left.name} and {right.name}; try another aspect, or none"
        )
    return Comparison(left, right, told)


def _aspects(typed: str | None) -> list[str]:
    """Give the aspects that a person means, in order."""
    if typed is None:
        return list(ASPECTS)
    names = {id: {fold(id), fold(heading)} for id, heading in ASPECTS.items()}
    exact = [id for id, called in names.items() if fold(typed) in called]
    words = set(fold(typed).split())
    partly = [id for id, called in names.items() if words and words <= set(" ".join(called).split())]
    if not (exact or partly):
        raise UnknownName("aspect", typed, joined(list(ASPECTS)))
    return exact or partly


def status(quick: QuickFacts, today: date) -> Status:
    """Tell what holds today: strikes, contracts and laws."""

    def standing(kind: SubjectKind) -> list[Standing]:
        begun = (each for each in quick.subjects if each.kind == kind and _begun(each, today))
        return [Standing(subject, fact) for subject in begun if (fact := _fact_it_stands_by(quick, subject))]

    contracts = sorted(standing("contract"), key=lambda each: _last_day(each.subject))
    return Status(
        today,
        quick.known_until,
        strikes=tuple(each for each in standing("strike") if not _ended(each.subject, today)),
        contracts=tuple(each for each in contracts if each.subject.ends and not _ended(each.subject, today)),
        open_ended=tuple(each for each in contracts if not each.subject.ends),
        expired=tuple(
            each for each in contracts if _ended(each.subject, today) and not each.fact.superseded_by
        ),
        laws=tuple(standing("law")),
    )


def _begun(subject: Subject, today: date) -> bool:
    return subject.begins is None or first_day(subject.begins) <= today


def _ended(subject: Subject, today: date) -> bool:
    return _last_day(subject) < today


def _last_day(subject: Subject) -> date:
    return last_day(subject.ends) if subject.ends else date.max


def _fact_it_stands_by(quick: QuickFacts, subject: Subject) -> Fact | None:
    """Give the fact that tells how a subject stands: the one that says what it is, or else the newest."""
    for aspect in STANDS_BY:
        if told := quick.tagged(subject, aspect):
            return max(told, key=lambda fact: (fact.id == subject.fact, fact.date or ""))
    return quick.defining(subject)
