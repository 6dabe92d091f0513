"""What goes by itself: old questions, and all that belongs to a guild some time after the bot has left it."""

import asyncio
import logging
from typing import TYPE_CHECKING

from ingest.index import drop_scope, purge
from knowledge.types import scope_of

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)

DAY = 86_400
"""Seconds between two tidyings."""


async def tidy(bot: "Bot") -> None:
    """Tidy now and every day."""
    while True:
        await tidy_once(bot)
        await asyncio.sleep(DAY)


async def tidy_once(bot: "Bot") -> None:
    """Forget what is old, as far as it can be forgotten now. Within `ingest.index.writing` only."""
    for forget in (_forget_old, _erase_removed, _forget_left):
        try:
            await forget(bot)
        except Exception:  # another day will do
            log.exception("what is old cannot be forgotten")


async def _forget_old(bot: "Bot") -> None:
    for forget_older in (bot.memory.forget_older, bot.gaps.forget_older):
        await asyncio.to_thread(forget_older, bot.rules.keep_days)


async def _erase_removed(bot: "Bot") -> None:
    """Erase what was removed so long ago that it cannot be put back."""
    async with bot.writing:
        await asyncio.to_thread(purge, bot.library)


async def _forget_left(bot: "Bot") -> None:
    """Delete what belongs to guilds left long ago, as soon as it is known which ones it is in now."""
    await bot.knows_guilds.wait()
    for guild in await asyncio.to_thread(bot.joined.gone, bot.rules.keep_left_days):
        async with bot.writing:  # nothing of that guild is being indexed meanwhile
            if bot.get_guild(int(guild)) is None:
                await asyncio.to_thread(forget_guild, bot, guild)
                bot.wishes.forget(int(guild))
                log.warning("all that belongs to guild %s is deleted: it was left long ago", guild)


def forget_guild(bot: "Bot", guild: str) -> None:
    """Delete all that belongs to a guild; cut off, it is done again. For the writer of the index only."""
    bot.facts.forget_guild(guild)  # first, or they would be indexed again at the next start
    drop_scope(bot.library, scope_of(guild))
    bot.gaps.forget_guild(guild)
    bot.memory.forget_guild(guild)
    bot.joined.forget(guild)
