"""How much a chat model may be asked in a day: calls and tokens, for each guild and in all.

Kept beside the catalogue, so that a restart begins no new day. Days are those of UTC.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from knowledge.errors import BudgetSpent
from knowledge.schema import chat_budget, now, open_engine

NO_GUILD = ""
"""Under which the terminal and direct messages are counted, together."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most in a day; 0 is no limit."""

    calls: int = 0
    tokens: int = 0

    def is_reached(self, spent: tuple[int, int]) -> bool:
        """Whether nothing more may be asked after so many calls and tokens."""
        calls, tokens = spent
        return bool(self.calls and calls >= self.calls) or bool(self.tokens and tokens >= self.tokens)


class Budget:
    """Counts calls and tokens. Safe across threads and processes."""

    def __init__(self, path: Path, guild: Limit, overall: Limit) -> None:
        """Take the catalogue's file, which is opened for each call: a model takes far longer."""
        self._path = path
        self._guild, self._overall = guild, overall

    def take(self, guild: str | None, tokens: int) -> str:
        """Count one more call, with the tokens that it is going to cost at least; give the day it is of.

        Raises:
            BudgetSpent: nothing is left for today, for this guild or in all; nothing is counted.
        """
        day = now().date().isoformat()
        with self._writing() as connection:
            connection.execute(delete(chat_budget).where(chat_budget.c.day < day))
            if self._overall.is_reached(_spent(connection, day)):
                raise BudgetSpent("the chat model's budget for today is spent")
            if self._guild.is_reached(_spent(connection, day, guild or NO_GUILD)):
                whose = "this server's share" if guild else "the share for all outside of servers"
                raise BudgetSpent(f"{whose} of the chat model's budget for today is spent")
            _add(connection, day, guild, calls=1, tokens=tokens)
        return day

    def add(self, day: str, guild: str | None, tokens: int) -> None:
        """Count tokens that a call of that day has cost besides; fewer than 0 where it cost less."""
        with self._writing() as connection:
            _add(connection, day, guild, calls=0, tokens=tokens)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        engine = open_engine(self._path)
        try:
            with engine.execution_options(write=True).begin() as connection:
                yield connection
        finally:
            engine.dispose()


def _spent(connection: Connection, day: str, guild: str | None = None) -> tuple[int, int]:
    total = (func.coalesce(func.sum(column), 0) for column in (chat_budget.c.calls, chat_budget.c.tokens))
    query = select(*total).where(chat_budget.c.day == day)
    calls, tokens = connection.execute(
        query if guild is None else query.where(chat_budget.c.guild == guild)
    ).one()
    return calls, tokens


def _add(connection: Connection, day: str, guild: str | None, calls: int, tokens: int) -> None:
    statement = insert(chat_budget).values(day=day, guild=guild or NO_GUILD, calls=calls, tokens=tokens)
    more = {"calls": chat_budget.c.calls + calls, "tokens": chat_budget.c.tokens + tokens}
    connection.execute(statement.on_conflict_do_update(set_=more))
