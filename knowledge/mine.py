"""What is held on one person, everywhere; and how it is forgotten."""

from dataclasses import dataclass
from datetime import datetime

from knowledge.asked import Memory
from knowledge.gaps import Gaps
from knowledge.library import Library
from knowledge.own_facts import OwnFacts
from knowledge.types import Source


@dataclass(frozen=True, slots=True)
class Held:
    """What bears a person's id, in all guilds and direct messages."""

    questions: int
    oldest: datetime | None
    """When the oldest of those questions was asked, in UTC."""
    verdicts: int
    wishes: tuple[str, ...]
    """The questions that they wish to hear an answer to."""
    facts: int
    """Versions of guilds' own facts."""
    acts: int
    """What they did to documents."""
    documents: tuple[Source, ...]
    """Those of guilds that were made of their messages."""
    kept: int
    """How many such were removed or replaced, and can still be put back."""

    @property
    def anything(self) -> bool:
        """Whether there is anything to be forgotten."""
        counted = self.questions, self.verdicts, self.facts, self.acts, self.kept
        return any(counted) or bool(self.wishes or self.documents)


def held_on(person: str, memory: Memory, gaps: Gaps, facts: OwnFacts, library: Library) -> Held:
    """Tell what is held on a person."""
    questions, oldest, verdicts = memory.held_on(person)
    wishes, written = gaps.wished_by(person), facts.written_by(person)
    acts, kept = library.ledger.held_on(person), library.ledger.kept_of_messages_of(person)
    documents = tuple(library.catalogue.made_of_messages_of(person))
    return Held(questions, oldest, verdicts, wishes, written, acts, documents, kept)


def forget(person: str, memory: Memory, gaps: Gaps, facts: OwnFacts, library: Library) -> None:
    """Delete a person's questions, verdicts and wishes; what they did for a guild stays without a name.

    Documents that were made of their messages are the guilds', and stay as they are.
    """
    library.ledger.forget(person)
    facts.forget(person)
    gaps.forget(person)  # which looks through their questions
    memory.forget(person)
