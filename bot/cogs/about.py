"""`/about` and `/help`: what the bot is, what it knows and to which date, and how to ask."""

import asyncio

from discord import app_commands
from discord.ext import commands

from bot import delivery, render
from bot.client import Bot
from bot.delivery import Interaction
from knowledge.types import STARTER, scope_of


class About(commands.Cog):
    """Introduces the bot, to whoever asks alone."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command()
    async def about(self, interaction: Interaction) -> None:
        """What this bot is, what it knows and to which date, and who sees your questions."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                known = await asyncio.to_thread(self._known, interaction.guild_id)
                await delivery.answer(interaction, render.Card([render.about_embed(known)]), private=True)

    @app_commands.command()
    async def help(self, interaction: Interaction) -> None:
        """How to ask, and what the buttons do."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                await delivery.answer(interaction, render.Card([render.help_embed()]), private=True)

    def _known(self, guild: int | None) -> render.Known:
        catalogue, scopes = self._bot.library.catalogue, [STARTER]
        own = 0
        if guild:
            scopes.append(scope_of(str(guild)))
            own = sum(catalogue.counts(scopes[-1]).values())
        counts = catalogue.counts(STARTER)
        return render.Known(
            facts=counts.get("fact", 0),
            documents=counts.get("document", 0),
            own=own,
            newest=catalogue.newest(scopes),
            chat_model=self._bot.answerer.chat_model,
        )


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(About(bot))
