"""The places at which documents that were handed in are fetched and read, shared out among guilds."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from knowledge.errors import PicketError

PLACES = 2
"""Documents read at the same time, each in a process that may take a GiB; of one guild, one at a time."""
MOST_TO_READ = 10
"""Of one guild, the one that is read included. Several files of one command count once."""


class TooManyToRead(PicketError):
    """A guild has as many documents waiting to be read as it may."""

    def __init__(self) -> None:
        super().__init__(
            f"{MOST_TO_READ} documents of this server are being read or wait to be, as many as may; "
            "hand it in again in a few minutes"
        )


class Reading:
    """Gives out places. However much one guild hands in, another waits for one document of it at most."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(PLACES)
        self._turns: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._here: Counter[int] = Counter()

    def has_one_for(self, guild: int) -> bool:
        """Whether a guild need not wait for a place."""
        return not self._here[guild] and not self._places.locked()

    @asynccontextmanager
    async def place(self, guild: int) -> AsyncIterator[None]:
        """Have a place once it is the guild's turn, first come, first served.

        Raises:
            TooManyToRead: too many of the guild wait already.
        """
        if self._here[guild] >= MOST_TO_READ:
            raise TooManyToRead
        self._here[guild] += 1
        try:
            async with self._turns[guild], self._places:
                yield
        finally:
            self._here[guild] -= 1
            if not self._here[guild]:
                del self._here[guild], self._turns[guild]
