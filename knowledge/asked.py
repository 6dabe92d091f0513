"""What was asked and answered, what people said of it, and what each guild wants of the bot.

People, channels, messages and guilds are ids without meaning here.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from knowledge.abstain import naming_no_more
from knowledge.errors import UnknownAnswer
from knowledge.schema import answers, cited, documents, empty_log, guilds, now, open_engine, verdicts
from knowledge.types import Answer, Turn

FOLLOW_UP = timedelta(minutes=15)
"""How long a person's next question in a channel may lean on the one before."""
TURNS = 3
"""How far back a conversation is read."""

Verdict = Literal["helpful", "unhelpful", "missing"]
"""That an answer helped or not, or that a moderator should hear what is missing."""

_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks, and where: ids, the guild's None in a direct message."""

    person: str
    channel: str
    guild: str | None
    private: bool = False
    """Whether the answer is for that person's eyes only; such turns stay among themselves."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that was given."""

    id: str
    place: Place
    answer: Answer


class Memory:
    """Remembers answers for the buttons and questions that refer to them. Safe across threads."""

    def __init__(self, path: Path) -> None:
        """Open the catalogue's file.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def remember(self, answer: Answer, place: Place, previous: str | None = None) -> str:
        """Keep an answer, and which one it follows up; give it an id of 16 hexadecimal digits.

        What quotes a document that has been removed meanwhile is not kept; an abstention names it no more.
        """
        id = secrets.token_hex(8)
        row = {"id": id, **asdict(place), "previous": previous, "asked_at": now()}
        quoted = {citation.source.id for citation in answer.citations}
        sources = quoted | {source.id for source in answer.nearest}
        with self._writing.begin() as connection:
            held = set(connection.scalars(select(documents.c.id).where(documents.c.id.in_(sources))))
            if quoted <= held:
                kept = naming_no_more(answer, sources - held) if sources - held else answer
                values = {**row, "abstained": answer.abstained, "answer": asdict(kept)}
                connection.execute(insert(answers).values(values))
                for document_id in held:
                    connection.execute(insert(cited).values(answer_id=id, document_id=document_id))
        return id

    def posted(self, answer_id: str, message: str) -> None:
        """Note by which message an answer was given."""
        with self._writing.begin() as connection:
            connection.execute(update(answers).where(answers.c.id == answer_id).values(message=message))

    def recall(self, answer_id: str) -> Asked:
        """Find an answer again.

        Raises:
            UnknownAnswer: it is not kept any more.
        """
        with self._engine.connect() as connection:
            row = connection.execute(select(answers).where(answers.c.id == answer_id)).first()
        if row is None:
            raise UnknownAnswer
        place = Place(row.person, row.channel, row.guild, row.private)
        return Asked(row.id, place, _ANSWER.validate_python(row.answer))

    def given_by(self, message: str) -> str | None:
        """The id of the answer that a message gave."""
        with self._engine.connect() as connection:
            return connection.scalar(select(answers.c.id).where(answers.c.message == message))

    def latest(self, place: Place) -> str | None:
        """The id of what a person was last answered in a channel, a short while ago."""
        query = (
            select(answers.c.id)
            .where(answers.c.person == place.person, answers.c.channel == place.channel)
            .where(answers.c.private.is_(place.private))
            .where(answers.c.asked_at > now() - FOLLOW_UP, answers.c.abstained.is_(False))
            .order_by(answers.c.asked_at.desc())
        )
        with self._engine.connect() as connection:
            return connection.scalars(query).first()

    def turns(self, answer_id: str | None) -> list[Turn]:
        """The conversation up to an answer, oldest turn first."""
        found: list[Turn] = []
        with self._engine.connect() as connection:
            while answer_id is not None and len(found) < TURNS:
                row = connection.execute(select(answers).where(answers.c.id == answer_id)).first()
                if row is None:
                    break
                if not row.abstained:
                    found.append(Turn(row.answer["question"], row.answer["text"]))
                answer_id = row.previous
        return found[::-1]

    def turns_before(self, answer_id: str) -> list[Turn]:
        """The conversation that an answer's question follows up, oldest turn first."""
        query = select(answers.c.previous).where(answers.c.id == answer_id)
        with self._engine.connect() as connection:
            previous = connection.scalar(query)
        return self.turns(previous)

    def judge(self, answer_id: str, person: str, verdict: Verdict, why: str | None = None) -> None:
        """Keep what a person said of an answer; the last word counts.

        Raises:
            UnknownAnswer: it is not kept any more.
        """
        self.recall(answer_id)
        row = {"answer_id": answer_id, "person": person, "verdict": verdict, "why": why, "told_at": now()}
        statement = insert(verdicts).values(row)
        kept = func.coalesce(statement.excluded.why, verdicts.c.why)  # pressed again, and nothing typed
        theirs = (verdicts.c.answer_id == answer_id) & (verdicts.c.person == person)
        with self._writing.begin() as connection:
            connection.execute(delete(verdicts).where(theirs, verdicts.c.verdict != verdict))
            connection.execute(statement.on_conflict_do_update(set_={"why": kept, "told_at": row["told_at"]}))

    def verdicts(self, answer_id: str) -> list[tuple[str, Verdict, str | None]]:
        """Who said what of an answer, and why."""
        query = select(verdicts).where(verdicts.c.answer_id == answer_id).order_by(verdicts.c.told_at)
        with self._engine.connect() as connection:
            return [(row.person, row.verdict, row.why) for row in connection.execute(query)]

    def forget_older(self, days: int) -> None:
        """Forget what was asked more than so many days ago, and what was said of it."""
        with self._writing.begin() as connection:
            connection.execute(delete(answers).where(answers.c.asked_at < now() - timedelta(days=days)))

    def held_on(self, person: str) -> tuple[int, datetime | None, int]:
        """How many questions of a person are kept, when the oldest was asked (UTC), and their verdicts."""
        asked = select(func.count(), func.min(answers.c.asked_at)).where(answers.c.person == person)
        judged = select(func.count()).select_from(verdicts).where(verdicts.c.person == person)
        with self._engine.connect() as connection:
            questions, oldest = connection.execute(asked).one()
            return questions, oldest, connection.scalar(judged) or 0

    def forget(self, person: str) -> None:
        """Delete a person's questions, with what was said of their answers, and what they said of others'."""
        with self._writing.begin() as connection:
            connection.execute(delete(answers).where(answers.c.person == person))
            connection.execute(delete(verdicts).where(verdicts.c.person == person))
        empty_log(self._engine)

    def forget_guild(self, guild: str) -> None:
        """Delete what was asked in a guild, with what was said of it, and what the guild wants."""
        with self._writing.begin() as connection:
            connection.execute(delete(answers).where(answers.c.guild == guild))
            connection.execute(delete(guilds).where(guilds.c.id == guild))
        empty_log(self._engine)

    def all_wishes(self) -> dict[str, Mapping[str, Any]]:
        """What each guild has set."""
        with self._engine.connect() as connection:
            return {row.id: row.settings for row in connection.execute(select(guilds))}

    def set_wishes(self, guild: str, settings: Mapping[str, Any]) -> None:
        """Keep what a guild wants."""
        statement = insert(guilds).values(id=guild, settings=dict(settings))
        with self._writing.begin() as connection:
            connection.execute(statement.on_conflict_do_update(set_={"settings": dict(settings)}))


def let_go(connection: Connection, document_ids: Collection[str]) -> None:
    """Delete the answers that quote documents; abstentions that name these say nothing of them any more."""
    of_them = cited.c.document_id.in_(document_ids)
    concerned = answers.c.id.in_(select(cited.c.answer_id).where(of_them))
    connection.execute(delete(answers).where(concerned, answers.c.abstained.is_(False)))
    for id, answer in connection.execute(select(answers.c.id, answers.c.answer).where(concerned)).all():
        kept = naming_no_more(_ANSWER.validate_python(answer), document_ids)
        connection.execute(update(answers).where(answers.c.id == id).values(answer=asdict(kept)))
    connection.execute(delete(cited).where(of_them))
