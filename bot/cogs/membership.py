"""Notes in which guilds the bot is. What belongs to one that it has left goes later: `bot/tidying.py`."""

import asyncio
import logging

import discord
from discord.ext import commands

from bot.client import Bot

log = logging.getLogger(__name__)


class Membership(commands.Cog):
    """Hears of comings and leavings. An outage is none: discord.py tells of it by another event."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Note what happened while the bot was away."""
        await asyncio.to_thread(self._bot.joined.are, [str(guild.id) for guild in self._bot.guilds])
        self._bot.knows_guilds.set()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep what belongs to a guild that has invited the bot again."""
        await asyncio.to_thread(self._bot.joined.came, str(guild.id))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Count from now until what belongs to the guild goes."""
        await asyncio.to_thread(self._bot.joined.left, str(guild.id))
        days = self._bot.rules.keep_left_days
        log.warning("guild %s is left; what belongs to it is deleted after %s days", guild.id, days)


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Membership(bot))
