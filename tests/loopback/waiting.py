"""Waiting for what the bot does, without polling and without sleeping."""

import asyncio

SOON = 10.0
"""Seconds after which something will not come any more."""


class Pulse:
    """Beats whenever something has happened; who waits looks again at each beat."""

    def __init__(self):
        self._next = asyncio.Event()

    def beat(self):
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, look, awaited, within=SOON):
        """Give what `look()` returns as soon as it is something.

        Raises:
            AssertionError: it was nothing for `within` seconds; names what was `awaited`.
        """
        try:
            async with asyncio.timeout(within):
                while not (seen := look()):
                    await self._next.wait()
        except TimeoutError:
            raise AssertionError(f"waited {within:g} s for {awaited}") from None
        return seen
