"""The bot as a process of its own, for what only a process shows: kill -9, SIGTERM, a blocked event loop."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
PATIENCE = 60
"""Seconds for a start: the bot loads its model, and the machine may be busy."""


@asynccontextmanager
async def bot_process(discord, **settings):
    """Start the bot with settings as its environment, wait until it is in, and kill it if it is still there.

    What it logs is on the test's standard error.
    """
    environment = os.environ | discord.environment | {name.upper(): str(settings[name]) for name in settings}
    process = await asyncio.create_subprocess_exec(sys.executable, CHILD, env=environment)
    try:
        ended, coming = asyncio.create_task(process.wait()), asyncio.create_task(discord.ready(PATIENCE))
        await asyncio.wait({ended, coming}, return_when=asyncio.FIRST_COMPLETED)
        assert coming.done(), f"the bot ended with {process.returncode} before it was in"
        await coming
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
