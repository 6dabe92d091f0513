"""Quick facts: the date, the number, the definition at once, each with its source, from memory.

What stands behind the terminal's and Discord's commands alike: every function gives plain data.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge.dates import in_words
from knowledge.errors import AmbiguousName, UnknownName
from knowledge.facts import Fact
from knowledge.find import Entry, Finder, fold, joined, shortened
from knowledge.subjects import Subject, SubjectKind
from knowledge.vocabulary import ASPECTS

MOST_CHOICES, LONGEST_CHOICE = 25, 100
"""Of Discord's autocompletion; the length in UTF-16 units."""
SAME_NAME = 85
"""Likeness in per cent from which a name counts as misspelt rather than unknown."""
SHORTEST_NAME = 4
"""Letters of a name that is looked for in all statements."""
STATES_OF_AFFAIRS = {"person", "position", "rule", "term"}
"""Kinds of fact that can change, and are told with the day to which they are known."""
TERMS: tuple[SubjectKind, ...] = ("term",)
PEOPLE: tuple[SubjectKind, ...] = ("person", "union", "company")
_NUMBER = re.compile(r"\d+")
NO_ADVICE = "General information, not legal advice."


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of an autocompletion."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A fact, and what must be said along with it, each in one line."""

    fact: Fact
    as_of: str | None
    """ISO date to which a state of affairs is known; None for what cannot change."""
    past: str | None
    """Until when it held, and what holds now."""
    dispute: str | None
    """Both figures or accounts."""
    caution: str | None


@dataclass(frozen=True, slots=True)
class Who:
    """A person or an organisation, and what is known, what says who it is first."""

    name: str
    facts: tuple[Fact, ...]


class QuickFacts:
    """All facts in memory. Facts later in the list win over those with the same id: a guild's own, say."""

    def __init__(self, facts: Iterable[Fact], subjects: Iterable[Subject]) -> None:
        self._facts = {fact.id: fact for fact in facts}
        self._subjects = {subject.id: subject for subject in subjects}
        self._merged = {old: fact.id for fact in self.facts for old in fact.also}
        published = (source.published for fact in self.facts for source in fact.sources)
        self.known_until = max((day for day in published if day), default="")
        self._subject_finder = Finder(
            Entry(subject.id, (subject.name, *subject.aliases, subject.id)) for subject in self.subjects
        )
        defining = {subject.fact for subject in self.subjects}
        first_defining = sorted(self.facts, key=lambda fact: fact.id not in defining)
        self._finder = Finder(map(self._entry, first_defining))
        definitions = [fact for fact in self.facts if fact.kind == "definition"]
        self._glossary = Finder(Entry(fact.id, (_head(fact), fact.title)) for fact in definitions)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """All subjects."""
        return tuple(self._subjects.values())

    @property
    def facts(self) -> tuple[Fact, ...]:
        """All facts."""
        return tuple(self._facts.values())

    def find(self, text: str, limit: int = MOST_CHOICES) -> tuple[Fact, ...]:
        """Find the facts whose title, id, subject or aspect fits what was typed, best first."""
        called = sorted(self._called(text), key=lambda subject: subject.kind not in TERMS)
        defining = [fact.id for subject in called if (fact := self.defining(subject))]
        ids = [*self._finder.named(text), *defining, *self._finder.find(text, limit)]
        return tuple(self._facts[id] for id in dict.fromkeys(ids))[:limit]

    def choices(self, text: str) -> list[Choice]:
        """Offer facts for what was typed so far; a choice's value is an id."""
        return [_choice(fact.title, fact.id) for fact in self.find(text)]

    def subject_choices(self, text: str, kinds: Collection[SubjectKind]) -> list[Choice]:
        """Offer subjects of some kinds for what was typed so far; a choice's value is an id."""
        found = (self._subjects[id] for id in self._subject_finder.find(text, len(self._subjects)))
        fitting = [subject for subject in found if subject.kind in kinds]
        return [_choice(subject.name, subject.id) for subject in fitting[:MOST_CHOICES]]

    def term_choices(self, text: str) -> list[Choice]:
        """Offer what can be defined for what was typed so far, terms first."""
        found = [self._subjects[id] for id in self._subject_finder.find(text, len(self._subjects))]
        defined = [subject for subject in found if self.defining(subject)]
        defined.sort(key=lambda subject: subject.kind not in TERMS)
        facts = {subject.fact for subject in defined}
        others = [self._facts[id] for id in self._glossary.find(text, MOST_CHOICES) if id not in facts]
        terms = [_choice(subject.name, subject.id) for subject in defined]
        return [*terms, *(_choice(fact.title, fact.id) for fact in others)][:MOST_CHOICES]

    def meant(self, text: str, limit: int = 6) -> tuple[Fact, ...]:
        """Give the fact with that id, or else those that fit what a person typed, best first.

        Raises:
            UnknownName: none does.
        """
        try:
            return (self.fact(text),)
        except UnknownName:
            if found := self.find(text, limit):
                return found
            raise

    def fact(self, id: str) -> Fact:
        """Give the fact with that id, or the one into which it was merged.

        Raises:
            UnknownName: there is none.
        """
        fact = self._facts.get(self._merged.get(id, id))
        if fact is None:
            raise UnknownName("fact", id, joined([near.id for near in self.find(id, 3)]))
        return fact

    def subject(self, name: str, kinds: Collection[SubjectKind] = ()) -> Subject:
        """Give the subject of that name, alias or id; a name may be misspelt.

        Args:
            name: as a person writes it.
            kinds: what is meant where subjects of several kinds are called the same.

        Raises:
            UnknownName: there is none.
            AmbiguousName: several are called that.
        """
        called = self._called(name)
        called = [subject for subject in called if subject.kind in kinds] or called
        if len(called) > 1:
            raise AmbiguousName(name, joined([subject.name for subject in called]))
        if called:
            return called[0]
        near = [self._subjects[id] for id in self._subject_finder.find(name, 3)]
        for subject in near:
            if _likeness(name, subject.name, *subject.aliases) >= SAME_NAME:
                return subject
        raise UnknownName("subject", name, joined([subject.name for subject in near]))

    def _called(self, name: str) -> list[Subject]:
        """Give the subjects that are called just this; an id is one subject's alone."""
        if exact := self._subjects.get(name.strip().lower()):
            return [exact]
        return [self._subjects[id] for id in dict.fromkeys(self._subject_finder.named(name))]

    def defining(self, subject: Subject) -> Fact | None:
        """Give the fact that says what a subject is, where there is one."""
        return self._facts.get(subject.fact or "")

    def facts_of(self, subject: Subject) -> tuple[Fact, ...]:
        """Give all facts on a subject, the one that says what it is first, then the newest."""
        tagged = {id for id, fact in self._facts.items() if any(tag[0] == subject.id for tag in fact.tags)}
        names = [name for name in (subject.name, *subject.aliases) if self._called(name) == [subject]]
        if subject.kind in TERMS:
            mentioned = self._mentions(names, re.IGNORECASE)
        else:  # "the actors" may be any
            proper = [name for name in names if name != name.lower()]
            mentioned = self._mentions(proper, everywhere=subject.kind in PEOPLE)
        ids = tagged | mentioned | {subject.fact}
        facts = [fact for id, fact in self._facts.items() if id in ids]
        facts.sort(key=lambda fact: (fact.id == subject.fact, fact.date or ""), reverse=True)
        return tuple(facts)

    def tagged(self, subject: Subject, *aspects: str) -> tuple[Fact, ...]:
        """Give the facts that tell one of these aspects of a subject, in the order of the corpus."""
        wanted = {(subject.id, aspect) for aspect in aspects}
        return tuple(fact for fact in self.facts if wanted.intersection(fact.tags))

    def _mentions(
        self, names: Sequence[str], case: re.RegexFlag = re.NOFLAG, *, everywhere: bool = False
    ) -> set[str]:
        """Give the ids of the facts with one of these names in their titles, or in their statements, too."""
        if not names:
            return set()
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", case)
        return {
            id
            for id, fact in self._facts.items()
            if pattern.search(fact.title) or (everywhere and pattern.search(fact.statement))
        }

    def _entry(self, fact: Fact) -> Entry:
        subjects = [self._subjects[id] for id, _ in fact.tags if id in self._subjects]
        hints = [name for subject in subjects for name in (subject.name, *subject.aliases)]
        return Entry(
            fact.id,
            (fact.title, fact.id, *fact.also),
            (*hints, *(ASPECTS[aspect] for _, aspect in fact.tags)),
        )

    def card(self, fact: Fact) -> Card:
        """Tell a fact as it must be told: as of when, what became of it, who disputes it."""
        changes = fact.kind in STATES_OF_AFFAIRS or fact.note or any(tag[1] == "status" for tag in fact.tags)
        return Card(
            fact,
            as_of=self._as_of(fact) if changes else None,
            past=self._past(fact),
            dispute=f"Disputed: {fact.short_answer} here. {fact.disputed}" if fact.disputed else None,
            caution=NO_ADVICE if fact.topic == "member-guidance" else None,
        )

    def _as_of(self, fact: Fact) -> str:
        """Give the day of the fact's newest source, or else its own; where there is none, that of all."""
        newest = max(source.published or "" for source in fact.sources)
        return newest or min(fact.date or self.known_until, self.known_until)

    def _past(self, fact: Fact) -> str | None:
        newer = [self._facts[id] for id in fact.superseded_by if id in self._facts]
        if not newer:
            return None
        ends = [subject.ends for id, _ in fact.tags if (subject := self._subjects.get(id)) and subject.ends]
        until = f"Until {in_words(ends[0])}" if ends else "Past"
        now = "; ".join(f"{fact.short_answer} ({fact.title})" for fact in newer)
        return f"{until}; now {now}."

    def related(self, fact: Fact, limit: int = 5) -> tuple[Fact, ...]:
        """Give the facts nearest in subject: what replaced it or was replaced, then the same subject's."""
        links = {*fact.supersedes, *fact.superseded_by}
        subjects, aspects = {tag[0] for tag in fact.tags}, {tag[1] for tag in fact.tags}

        def nearness(other: Fact) -> int:
            return (
                8 * (other.id in links)
                + 3 * len(subjects & {tag[0] for tag in other.tags})
                + 2 * (_head(other) == _head(fact))
                + len(aspects & {tag[1] for tag in other.tags})
                + (other.topic == fact.topic)
            )

        others = [other for other in self.facts if other.id != fact.id and nearness(other) > 1]
        return tuple(sorted(others, key=nearness, reverse=True)[:limit])

    def define(self, term: str) -> Card:
        """Define a term, or say what a union, a contract or a law is.

        Args:
            term: as a person writes it, or the id of a definition.

        Raises:
            UnknownName: nothing is called that.
            AmbiguousName: several things are called that.
        """
        if (fact := self._facts.get(term)) and fact.kind == "definition":
            return self.card(fact)
        try:
            subject = self.subject(term, TERMS)
        except UnknownName:
            near = [self._facts[id] for id in self._glossary.find(term, 3)]
            alike = [each for each in near if _likeness(term, each.title, _head(each)) >= SAME_NAME]
            if not alike:
                raise
            return self.card(alike[0])
        if fact := self.defining(subject):
            return self.card(fact)
        raise UnknownName("term", term, joined([fact.title for fact in self.facts_of(subject)[:3]]))

    def who(self, name: str) -> Who:
        """Tell who a person or an organisation is; of a name that is no subject, where it is mentioned.

        Raises:
            UnknownName: no fact mentions it.
            AmbiguousName: several are called that.
        """
        try:
            subject = self.subject(name, PEOPLE)
        except UnknownName:
            names = [name.strip()] if len(fold(name)) >= SHORTEST_NAME else []
            ids = self._mentions(names, re.IGNORECASE, everywhere=True)
            if not ids:
                raise
            facts = (self._facts[id] for id in ids)
            newest_first = sorted(facts, key=lambda fact: fact.date or "", reverse=True)
            return Who(name.strip(), tuple(newest_first))
        return Who(subject.name, self.facts_of(subject))


def _choice(name: str, id: str) -> Choice:
    return Choice(shortened(name, LONGEST_CHOICE), id)


def _head(fact: Fact) -> str:
    """Give what a title such as "Mini-room: definition" is about."""
    return fact.title.partition(":")[0]


def _likeness(typed: str, *names: str) -> float:
    """How alike what was typed is to a name, up to 100; a wrong number is no misspelling."""
    numbers = set(_NUMBER.findall(typed))
    alike = (name for name in names if numbers.issubset(_NUMBER.findall(name)))
    return max((fuzz.ratio(fold(typed), fold(name)) for name in alike), default=0.0)
