"""What is shown of an answer while it is being written: never in the way of the answer itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Self

import aiohttp
import discord

from bot.render import Card

log = logging.getLogger(__name__)

PACE = 1.0
"""Seconds at least from one edit to the next, the answer's own among them."""
PATIENCE = 5.0
"""Seconds that the answer waits for an edit under way, which Discord may be holding up."""

UNFINISHED = Card.of("This answer was not finished.")


class Progress:
    """Shows the newest card, at most once a second; the ones between are dropped, as is what fails.

    To be left, as a context, before the answer is said.
    """

    def __init__(self, show: Callable[[Card], Awaitable[object]]) -> None:
        """Take how a card is shown."""
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._newest: Card | None = None
        self._edits: asyncio.Task[None] | None = None
        self._over = self._shown = False

    def tell(self, card: Card) -> None:
        """Have a card shown; to be called from any thread."""
        self._loop.call_soon_threadsafe(self._take, card)

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Show nothing more, and see an edit under way through; no half an answer stays where it failed."""
        self._over, self._newest = True, None
        if self._edits:
            _done, stuck = await asyncio.wait([self._edits], timeout=PATIENCE)
            for edit in stuck:
                edit.cancel()
                await asyncio.wait([edit])
            self._edits = None
        if kind and self._shown:
            await self._try(UNFINISHED)

    def _take(self, card: Card) -> None:
        if self._over:
            return
        self._newest = card
        if self._edits is None or self._edits.done():
            self._edits = asyncio.create_task(self._edit())

    async def _edit(self) -> None:
        while card := self._newest:
            self._newest = None
            await self._try(card)
            await asyncio.sleep(PACE)

    async def _try(self, card: Card) -> None:
        self._shown = True
        try:
            await self._show(card)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            log.warning("what is written so far cannot be shown: %s", error)
