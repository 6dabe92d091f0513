"""A guild's own facts: they win over the shipped ones of the same id, in that guild alone.

Nothing is overwritten: each change is a version more, with who made it and when.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, func, insert, select, update

from knowledge.errors import UnknownName
from knowledge.facts import Corpus, Fact
from knowledge.find import joined
from knowledge.quick import QuickFacts
from knowledge.schema import now, open_engine, own_facts
from knowledge.types import Document, scope_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """What a guild said of a fact from some time on."""

    number: int
    fact: Fact | None
    """None where the guild took its own back, or it cannot be read: then the shipped one counts."""
    person: str | None
    """The id of who changed it; None where they wished to be forgotten."""
    changed_at: datetime
    """UTC."""
    shipped: str | None
    """The digest of the fact that was shipped then; None where there was none."""


class OwnFacts:
    """The facts as each guild sees them, in memory: nobody else changes them while the bot runs.

    Guilds and people are ids without meaning here. Safe to call from several threads.
    """

    def __init__(self, path: Path, shipped: Corpus) -> None:
        """Open the catalogue's file and read all that guilds have changed.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)
        self._changing = Lock()
        self._shipped = shipped
        self._digests = {fact.id: fact.to_document().digest for fact in shipped.facts}
        self._quick = QuickFacts(shipped.facts, shipped.subjects)
        self._versions: dict[str, Mapping[str, Sequence[Version]]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(select(own_facts).order_by(own_facts.c.number)):
                self._note(row)
        self._of_guilds = {guild: self._seen_by(guild) for guild in self._versions}

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @property
    def guilds(self) -> Collection[str]:
        """The guilds that have ever changed a fact."""
        return list(self._versions)

    def quick(self, guild: str | None) -> QuickFacts:
        """Give the facts as a guild sees them; those of no guild are the shipped ones."""
        return self._of_guilds.get(guild or "", self._quick)

    def changed(self, guild: str | None) -> Mapping[str, Sequence[Version]]:
        """Give all versions of each fact that a guild has ever changed, the newest first."""
        return self._versions.get(guild or "", {})

    def own(self, guild: str | None, fact_id: str) -> Version | None:
        """Give the version that counts in a guild, where it is the guild's own."""
        newest = next(iter(self.changed(guild).get(fact_id, ())), None)
        return newest if newest and newest.fact else None

    def is_behind(self, guild: str | None, fact_id: str) -> bool:
        """Tell whether the shipped fact has changed since the guild made its own of it."""
        own = self.own(guild, fact_id)
        return own is not None and own.shipped != self._digests.get(fact_id)

    def documents(self, guild: str) -> list[Document]:
        """Give a guild's own facts as the catalogue holds them; each tells which shipped one it replaces."""
        return [_of_guild(fact.to_document(), guild) for fact in self._current(guild)]

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
        versions = {version.number: version for version in self.changed(guild).get(fact_id, ())}
        if number not in versions:
            raise UnknownName("version", str(number), joined([str(known) for known in versions]))
        return self._change(guild, fact_id, versions[number].fact, person)

    def written_by(self, person: str) -> int:
        """How many versions bear somebody's id, in all guilds."""
        query = select(func.count()).select_from(own_facts).where(own_facts.c.person == person)
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def forget(self, person: str) -> None:
        """Drop somebody's name; what they wrote stays."""
        with self._changing:
            with self._writing.begin() as connection:
                theirs = update(own_facts).where(own_facts.c.person == person)
                connection.execute(theirs.values(person=None))
            for guild, facts in self._versions.items():
                self._versions[guild] = {id: _unnamed(versions, person) for id, versions in facts.items()}

    def forget_guild(self, guild: str) -> None:
        """Delete all versions of a guild's own facts."""
        with self._changing:
            with self._writing.begin() as connection:
                connection.execute(delete(own_facts).where(own_facts.c.guild == guild))
            self._versions.pop(guild, None)
            self._of_guilds.pop(guild, None)

    def _change(self, guild: str, fact_id: str, fact: Fact | None, person: str) -> int:
        row = {
            "guild": guild,
            "fact_id": fact_id,
            "fact": fact.model_dump(mode="json", exclude_none=True) if fact else None,
            "person": person,
            "changed_at": now(),
            "shipped": self._digests.get(fact_id),
        }
        with self._changing:
            with self._writing.begin() as connection:
                changed = connection.execute(insert(own_facts).values(row).returning(own_facts)).one()
            self._note(changed)
            self._of_guilds[guild] = self._seen_by(guild)
        number: int = changed.number
        return number

    def _note(self, row: Any) -> None:
        version = Version(row.number, _fact(row), row.person, row.changed_at, row.shipped)
        known = self.changed(row.guild)  # replaced, not changed: somebody may be looking through it
        self._versions[row.guild] = {**known, row.fact_id: (version, *known.get(row.fact_id, ()))}

    def _current(self, guild: str) -> list[Fact]:
        return [fact for newest, *_ in self.changed(guild).values() if (fact := newest.fact)]

    def _seen_by(self, guild: str) -> QuickFacts:
        return QuickFacts([*self._shipped.facts, *self._current(guild)], self._shipped.subjects)


def _fact(row: Any) -> Fact | None:
    """Read a version's fact; one that this release cannot understand is left out, and kept."""
    try:
        return row.fact and Fact.model_validate(row.fact)
    except ValidationError:
        log.exception("guild %s: its own %s does not fit this release", row.guild, row.fact_id)
        return None


def _unnamed(versions: Sequence[Version], person: str) -> Sequence[Version]:
    return tuple(replace(one, person=None) if one.person == person else one for one in versions)


def _of_guild(document: Document, guild: str) -> Document:
    scope, source = scope_of(guild), document.source
    details = {**source.details, "replaces": source.id}
    return replace(document, source=replace(source, id=f"{source.id}@{scope}", scope=scope, details=details))
