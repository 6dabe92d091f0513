"""A guild's own facts: they win over the shipped ones of the same id, in that guild alone.

Nothing is overwritten: each change is a version more, with who made it and when.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from knowledge.errors import UnknownName
from knowledge.facts import Corpus, Fact
from knowledge.find import joined
from knowledge.quick import QuickFacts
from knowledge.schema import now, open_engine, own_facts


@dataclass(frozen=True, slots=True)
class Version:
    """What a guild said of a fact from some time on."""

    number: int
    fact: Fact | None
    """None where the guild took its own back, so that the shipped one counts again."""
    person: str
    """The id of who changed it."""
    changed_at: datetime
    """UTC."""


class OwnFacts:
    """The facts as each guild sees them. Guilds and people are ids without meaning here."""

    def __init__(self, path: Path, shipped: Corpus) -> None:
        """Open the catalogue's file.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)
        self._shipped = shipped
        self._quick = QuickFacts(shipped.facts, shipped.subjects)
        self._of_guilds: dict[str, tuple[int, QuickFacts]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def quick(self, guild: str | None) -> QuickFacts:
        """Give the facts as a guild sees them; those of no guild are the shipped ones."""
        if guild is None:
            return self._quick
        query = select(func.max(own_facts.c.number)).where(own_facts.c.guild == guild)
        with self._engine.connect() as connection:
            newest = connection.scalar(query)
        if newest is None:
            return self._quick
        known = self._of_guilds.get(guild)
        if known is None or known[0] != newest:
            facts = [*self._shipped.facts, *self._of(guild)]
            known = self._of_guilds[guild] = newest, QuickFacts(facts, self._shipped.subjects)
        return known[1]

    def put(self, guild: str, fact: Fact, person: str) -> int:
        """Let a fact count in a guild from now on; give the version's number."""
        return self._change(guild, fact.id, fact, person)

    def take_back(self, guild: str, fact_id: str, person: str) -> int:
        """Let the shipped fact count again, or none where none is shipped; give the version's number."""
        return self._change(guild, fact_id, None, person)

    def revert(self, guild: str, fact_id: str, number: int, person: str) -> int:
        """Let an earlier version count again; give the number of the new one.

        Raises:
            UnknownName: the guild has no such version of that fact.
        """
        versions = {version.number: version for version in self.history(guild, fact_id)}
        if number not in versions:
            raise UnknownName("version", str(number), joined([str(known) for known in versions]))
        return self._change(guild, fact_id, versions[number].fact, person)

    def history(self, guild: str, fact_id: str) -> list[Version]:
        """All that a guild said of a fact, newest first."""
        query = select(own_facts).where(own_facts.c.guild == guild, own_facts.c.fact_id == fact_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(own_facts.c.number.desc())).all()
        return [
            Version(row.number, row.fact and Fact.model_validate(row.fact), row.person, row.changed_at)
            for row in rows
        ]

    def _of(self, guild: str) -> list[Fact]:
        newest = select(func.max(own_facts.c.number)).where(own_facts.c.guild == guild)
        query = select(own_facts.c.fact).where(
            own_facts.c.number.in_(newest.group_by(own_facts.c.fact_id)), own_facts.c.fact.is_not(None)
        )
        with self._engine.connect() as connection:
            return [Fact.model_validate(record) for record in connection.scalars(query)]

    def _change(self, guild: str, fact_id: str, fact: Fact | None, person: str) -> int:
        record = fact.model_dump(mode="json", exclude_none=True) if fact else None
        row = {"guild": guild, "fact_id": fact_id, "fact": record, "person": person, "changed_at": now()}
        statement = insert(own_facts).values(row).returning(own_facts.c.number)
        with self._writing.begin() as connection:
            number: int = connection.execute(statement).scalar_one()
            return number
