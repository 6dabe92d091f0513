"""The guilds that the bot is in, and since when it is not in others any more. Ids without meaning here."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, select, union, update
from sqlalchemy.dialects.sqlite import insert

from knowledge.schema import answers, guilds, joined, now, open_engine, own_facts


class Joined:
    """Remembers comings and leavings, so that what belongs to a guild can go some time after it left.

    Safe across threads. A guild that the bot was never in, though it has documents, is none of these.
    """

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

    def are(self, members: Collection[str]) -> None:
        """Note all the guilds that the bot is in, as of now; those known otherwise it has left."""
        was_in = union(
            select(joined.c.guild),
            select(guilds.c.id),
            select(own_facts.c.guild),
            select(answers.c.guild).where(answers.c.guild.is_not(None)),
        )
        with self._writing.begin() as connection:
            for guild in sorted({*connection.scalars(was_in)}.difference(members)):
                _leave(connection, guild, now())
            for guild in members:
                _come(connection, guild)

    def came(self, guild: str) -> None:
        """Note that the bot is in a guild, for the first time or again."""
        with self._writing.begin() as connection:
            _come(connection, guild)

    def left(self, guild: str, at: datetime | None = None) -> None:
        """Note that the bot is not in a guild any more, since now or another time (UTC)."""
        with self._writing.begin() as connection:
            _leave(connection, guild, at or now())

    def gone(self, days: int) -> list[str]:
        """The guilds that the bot left more than so many days ago."""
        query = select(joined.c.guild).where(joined.c.left_at < now() - timedelta(days=days))
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def forget(self, guild: str) -> None:
        """Forget that the bot ever was in a guild."""
        with self._writing.begin() as connection:
            connection.execute(delete(joined).where(joined.c.guild == guild))


def _come(connection: Connection, guild: str) -> None:
    row = {"guild": guild, "left_at": None}
    connection.execute(insert(joined).values(row).on_conflict_do_update(set_=row))


def _leave(connection: Connection, guild: str, at: datetime) -> None:
    """Note a leaving; who has left already, has left since then."""
    connection.execute(insert(joined).values(guild=guild).on_conflict_do_nothing())
    still_in = (joined.c.guild == guild) & joined.c.left_at.is_(None)
    connection.execute(update(joined).where(still_in).values(left_at=at))
