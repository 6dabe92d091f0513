"""Questions that the sources do not answer well, for moderators; and who wishes to hear of an answer.

Questions are read from what `knowledge/asked.py` keeps, and are forgotten with it. Nobody's name goes
with a gap. People, channels and guilds are ids without meaning here.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from knowledge.asked import Memory, Place
from knowledge.embed import Encoder
from knowledge.errors import UnknownGap
from knowledge.followup import leans, standalone
from knowledge.question import understand
from knowledge.schema import answers, documents, gap_marks, now, open_engine, verdicts, wishes
from knowledge.types import STARTER, scope_of

ALIKE = 0.85
"""The cosine from which two questions are one, where they ask for the same kind of answer and name the
same numbers. Paraphrases lie above; what asks for something else lies below, or is
told apart by those two."""
MOST_READ = 500
"""Questions of a guild that are looked through, the newest."""
MOST_AGAIN = 20
"""Questions of a guild that are given at once to be asked again."""
WISHED = timedelta(days=365)
"""How long a wish is kept."""

Why = Literal["abstained", "not helpful", "told"]
Mark = Literal["dismissed", "answered", "tried"]
"""What became of a gap: a moderator let it go, it can be answered, it still cannot."""

_NEVER = datetime.min  # noqa: DTZ901 - without a zone, as SQLite keeps times
_REASONS: dict[str, Why] = {"unhelpful": "not helpful", "missing": "told"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that the sources did not answer, or not well, however people worded it."""

    key: str
    """16 hexadecimal digits: of its first wording."""
    question: str
    """As asked most recently, standing alone."""
    times: int
    why: frozenset[Why]
    last: datetime
    """When it was asked most recently, in UTC."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A question as it was asked once, or as it was marked."""

    question: str
    at: datetime
    why: frozenset[Why] = frozenset()
    mark: Mark | None = None


class Gaps:
    """The open questions of each guild, and the wishes to hear of an answer. Safe across threads."""

    def __init__(self, path: Path, memory: Memory, encoder: Encoder) -> None:
        """Open the catalogue's file; `memory` tells what a question follows up.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)
        self._memory = memory
        self._encoder = encoder
        self._vectors: dict[str, dict[str, NDArray[np.float32]]] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # For moderators

    def open(self, guild: str, limit: int = 25) -> list[Gap]:
        """The gaps of a guild, most asked first; of those asked as often, the latest."""
        found = [gap for group in self._groups(guild) if (gap := _gap_of(group))]
        return sorted(found, key=lambda gap: (gap.times, gap.last), reverse=True)[:limit]

    def wording(self, guild: str, key: str) -> str:
        """The wording that has that key; at once, as no other is compared with it.

        Raises:
            UnknownGap: there is none (any more), or it was dismissed.
        """
        said = [one for one in (*self._asked(guild), *self._marked(guild)) if _key(one.question) == key]
        if not said or any(one.mark == "dismissed" for one in said):
            raise UnknownGap
        return said[0].question

    def dismiss(self, guild: str, key: str) -> None:
        """Let the gap go of which any wording has that key, and what is asked alike from now on.

        Raises:
            UnknownGap: there is none (any more).
        """
        for group in self._groups(guild):
            wordings = {said.question for said in group}
            if key in map(_key, wordings) and _gap_of(group):
                for question in wordings:
                    self._mark(guild, question, "dismissed", now())
                return
        raise UnknownGap

    # For those who wish to hear

    def wish(self, answer_id: str, person: str) -> None:
        """Keep that somebody wishes to hear once a question can be answered, where it was asked.

        Raises:
            UnknownAnswer: the question is not kept any more.
        """
        asked = self._memory.recall(answer_id)
        question = self._standing_alone(asked.answer.question, answer_id)
        self.wish_again(question, replace(asked.place, person=person))

    def wish_again(self, question: str, place: Place) -> None:
        """Keep a wish that was settled, as whoever has it could not be told."""
        row = {"question": question, "person": place.person, "channel": place.channel, "guild": place.guild}
        statement = insert(wishes).values(**row, private=place.private, wished_at=now())
        with self._writing.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())

    def guilds(self) -> list[str | None]:
        """The guilds with wishes or questions without an answer; None for direct messages."""
        asked = select(answers.c.guild).where(answers.c.abstained, answers.c.guild.is_not(None))
        with self._engine.connect() as connection:
            return list(connection.scalars(asked.union(select(wishes.c.guild))))

    def changed_at(self, guild: str | None) -> datetime:
        """When the newest document that a guild sees was added, in UTC; long ago where there is none."""
        newest = select(func.max(documents.c.added_at))
        with self._engine.connect() as connection:
            seen = newest.where(documents.c.scope.in_([STARTER, scope_of(guild)]))
            return connection.scalar(seen) or _NEVER

    def to_ask_again(self, guild: str | None, most: int = MOST_AGAIN) -> list[str]:
        """The open questions that were last asked before the newest document that a guild sees was added.

        Those whose answer is wished for come first, the one longest not tried before the others.
        """
        changed = self.changed_at(guild)
        tried = func.coalesce(wishes.c.tried_at, wishes.c.wished_at)
        wished = select(wishes.c.question, tried).where(wishes.c.guild.is_(guild)).order_by(tried)
        with self._engine.connect() as connection:
            due = [question for question, at in connection.execute(wished) if at < changed]
        if guild is not None:
            due += self._unanswered_before(guild, changed)
        return list(dict.fromkeys(due))[:most]

    def settle(self, guild: str | None, question: str, at: datetime, *, answered: bool) -> list[Place]:
        """Note what came of asking a question again at a time (in UTC); tell who wished to hear it, once."""
        of_it = wishes.c.guild.is_(guild), wishes.c.question == question
        if guild is not None:
            self._mark(guild, question, "answered" if answered else "tried", at)
        with self._writing.begin() as connection:
            if not answered:
                connection.execute(update(wishes).where(*of_it).values(tried_at=at))
                return []
            heard = connection.execute(delete(wishes).where(*of_it).returning(wishes)).all()
        return [Place(row.person, row.channel, row.guild, row.private) for row in heard]

    def wished_by(self, person: str) -> tuple[str, ...]:
        """The questions that somebody wishes to hear an answer to, once each."""
        query = select(wishes.c.question).where(wishes.c.person == person).distinct()
        with self._engine.connect() as connection:
            return tuple(connection.scalars(query))

    def forget(self, person: str) -> None:
        """Delete somebody's wishes, and what became of questions that they asked.

        Before `Memory.forget`, which deletes the questions themselves. What others asked in the same words
        of the same guild stays marked.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(_asked_in_guilds().where(answers.c.person == person)).all()
            others = _asked_by_others(person, {row.guild for row in rows})
            by_others = {(row.guild, row.question) for row in connection.execute(others)}
        alone = {
            (guild, self._standing_alone(question, id))
            for id, guild, question in rows
            if (guild, question) not in by_others
        }
        with self._writing.begin() as connection:
            connection.execute(delete(wishes).where(wishes.c.person == person))
            for guild, question in alone:
                of_it = gap_marks.c.guild == guild, gap_marks.c.question == question
                connection.execute(delete(gap_marks).where(*of_it))
        self._vectors.clear()

    def forget_guild(self, guild: str) -> None:
        """Delete a guild's wishes, and what became of its gaps."""
        with self._writing.begin() as connection:
            connection.execute(delete(wishes).where(wishes.c.guild == guild))
            connection.execute(delete(gap_marks).where(gap_marks.c.guild == guild))
        self._vectors.pop(guild, None)

    def forget_older(self, days: int) -> None:
        """Forget what became of gaps more than so many days ago, and wishes that nothing came of."""
        with self._writing.begin() as connection:
            connection.execute(delete(gap_marks).where(gap_marks.c.marked_at < now() - timedelta(days=days)))
            connection.execute(delete(wishes).where(wishes.c.wished_at < now() - WISHED))

    def _unanswered_before(self, guild: str, changed: datetime) -> Iterator[str]:
        """The questions of gaps that were last asked and tried in vain before a time, most asked first."""
        groups = [(gap, group) for group in self._groups(guild) if (gap := _gap_of(group))]
        for gap, group in sorted(groups, key=lambda one: -one[0].times):
            tried = max((said.at for said in group if said.mark == "tried"), default=_NEVER)
            if "abstained" in gap.why and max(gap.last, tried) < changed:
                yield gap.question

    def _mark(self, guild: str, question: str, mark: Mark, at: datetime) -> None:
        row = {"guild": guild, "question": question, "mark": mark, "marked_at": at}
        statement = insert(gap_marks).values(row).on_conflict_do_update(set_=row)
        with self._writing.begin() as connection:
            connection.execute(statement)

    # What belongs together

    def _groups(self, guild: str) -> list[list[_Said]]:
        """All that was asked without success or marked, alike together, each group oldest first."""
        said = sorted([*self._asked(guild), *self._marked(guild)], key=lambda one: one.at)
        vectors = self._embedded(guild, {one.question for one in said})
        return _grouped(said, vectors)

    def _asked(self, guild: str) -> Iterator[_Said]:
        judged = verdicts.c.verdict.in_(_REASONS)
        query = (
            select(answers.c.id, answers.c.abstained, answers.c.asked_at)
            .add_columns(answers.c.answer["question"].as_string(), func.group_concat(verdicts.c.verdict))
            .outerjoin(verdicts, (verdicts.c.answer_id == answers.c.id) & judged)
            .where(answers.c.guild == guild, or_(answers.c.abstained, judged))
            .group_by(answers.c.id)
            .order_by(answers.c.asked_at.desc())
            .limit(MOST_READ)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        for id, abstained, at, question, judged_as in rows:
            why = {_REASONS[verdict] for verdict in (judged_as or "").split(",") if verdict}
            if abstained:
                why.add("abstained")
            yield _Said(self._standing_alone(question, id), at, frozenset(why))

    def _marked(self, guild: str) -> list[_Said]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(gap_marks).where(gap_marks.c.guild == guild)).all()
        return [_Said(row.question, row.marked_at, mark=row.mark) for row in rows]

    def _standing_alone(self, question: str, answer_id: str) -> str:
        """A question with what it refers to."""
        if not leans(question):
            return question
        return standalone(question, self._memory.turns_before(answer_id))

    def _embedded(self, guild: str, questions: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of questions; those of the last time are kept."""
        known = self._vectors.get(guild, {})
        new = [question for question in questions if question not in known]
        made = dict(zip(new, self._encoder.encode(new, "question"), strict=True)) if new else {}
        vectors = {question: (known | made)[question] for question in questions}
        self._vectors[guild] = vectors
        return vectors


def _asked_in_guilds() -> Select[str, str, str]:
    question = answers.c.answer["question"].as_string().label("question")
    return select(answers.c.id, answers.c.guild, question).where(answers.c.guild.is_not(None))


def _asked_by_others(person: str, guilds: Iterable[str]) -> Select[str, str]:
    """The guilds and questions, as they were asked, of all but one person."""
    asked = _asked_in_guilds().where(answers.c.person != person, answers.c.guild.in_(guilds)).subquery()
    return select(asked.c.guild, asked.c.question)


def _grouped(said: Iterable[_Said], vectors: dict[str, NDArray[np.float32]]) -> list[list[_Said]]:
    """Put together what is alike: each wording with the first wording that it is most like."""
    of_sort: dict[object, list[list[_Said]]] = defaultdict(list)
    of: dict[str, list[_Said]] = {}
    for one in said:
        if one.question not in of:
            of[one.question] = _like(one.question, of_sort[_sort(one.question)], vectors)
        of[one.question].append(one)
    return [group for groups in of_sort.values() for group in groups]


def _like(question: str, groups: list[list[_Said]], vectors: dict[str, NDArray[np.float32]]) -> list[_Said]:
    """The group whose first wording is most like a question; a new one where none is like it."""
    if groups:
        cosines = np.stack([vectors[group[0].question] for group in groups]) @ vectors[question]
        if cosines.max() >= ALIKE:
            return groups[int(cosines.argmax())]
    groups.append([])
    return groups[-1]


def _sort(question: str) -> tuple[str | None, frozenset[str]]:
    """What two questions must share to be one: what they ask for, and the numbers in them."""
    return understand(question).kind, frozenset(re.findall(r"\d+", question))


def _gap_of(group: Sequence[_Said]) -> Gap | None:
    """The gap that a group is; None where it was dismissed, or answered since."""
    if any(said.mark == "dismissed" for said in group):
        return None
    answered = max((said.at for said in group if said.mark == "answered"), default=_NEVER)
    still = [said for said in group if said.why and (said.at > answered or "not helpful" in said.why)]
    if not still:
        return None
    why = frozenset().union(*(said.why for said in still))
    return Gap(_key(group[0].question), still[-1].question, len(still), why, still[-1].at)


def _key(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:16]
