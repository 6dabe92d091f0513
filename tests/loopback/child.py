"""What process.py starts: the bot of production, but for its way to Discord.

The port and the authority of the loopback are in the environment, beside the bot's settings.
"""

import asyncio
import os
from contextlib import closing

from connect import connector

from bot import terminal
from bot.client import run
from bot.settings import BotSettings
from ingest.index import writing
from knowledge.build import build_answerer, build_library


async def main():
    settings = BotSettings(_env_file=None)
    terminal.log_to_standard_error(settings.log_level)
    way_in = connector(int(os.environ["LOOPBACK_PORT"]), os.environ["LOOPBACK_AUTHORITY"])
    with closing(build_library(settings)) as library, writing(library):
        answerer = build_answerer(settings, library)
        await run(library, answerer, settings.discord_token.get_secret_value(), connector=way_in)


if __name__ == "__main__":
    asyncio.run(main())
