"""`/ask`: a question, and its answer with the sources."""

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from bot.batch import LONGEST_QUESTION, parse
from bot.render import answer_embed
from knowledge.answer import Answerer


class Ask(commands.Cog):
    """Answers questions, in a guild from its own documents too."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    @app_commands.command()
    @app_commands.describe(question="In your own words.", private="Show the answer to you alone.")
    async def ask(
        self,
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, LONGEST_QUESTION],
        private: bool = False,  # noqa: FBT001, FBT002 - Discord's options are a command's parameters
    ) -> None:
        """Ask about the Hollywood strikes and AI in Hollywood; every claim is cited."""
        await interaction.response.defer(thinking=True, ephemeral=private)  # Discord waits 3 s only
        guild = str(interaction.guild_id) if interaction.guild_id else None
        request = parse({"question": question, "guild": guild})
        answer = await asyncio.to_thread(self._answerer.answer, request.question, guild=request.guild)
        await interaction.followup.send(embed=answer_embed(answer), ephemeral=private)
