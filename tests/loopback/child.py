"""What process.py starts: the bot of production, but for its way to Discord.

The port and the authority of the loopback are in the environment, beside the bot's settings.
"""

import asyncio
import os
from contextlib import closing

from connect import connector

from bot import terminal
from bot.client import Rules, build_bot, run
from bot.settings import BotSettings
from ingest.index import writing
from knowledge.build import build_answerer, build_facts, build_library, build_memory


async def main():
    settings = BotSettings(_env_file=None)
    terminal.log_to_standard_error(settings.log_level, tracebacks=True)
    way_in = connector(int(os.environ["LOOPBACK_PORT"]), os.environ["LOOPBACK_AUTHORITY"])
    library, memory = build_library(settings), build_memory(settings)
    with closing(library), closing(memory), closing(build_facts(settings)) as facts, writing(library):
        bot = build_bot(
            library, build_answerer(settings, library), memory, facts, Rules.of(settings), connector=way_in
        )
        await run(bot, settings.discord_token.get_secret_value())


if __name__ == "__main__":
    asyncio.run(main())
