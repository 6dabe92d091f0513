"""`/setup`: where the bot answers, who looks after the documents, private or not. For managers."""

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, render
from bot.client import Bot
from bot.delivery import Interaction
from bot.guilds import Wishes


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Setup(commands.GroupCog, group_name="setup"):
    """How the bot behaves in this server; for those who may manage it."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def interaction_check(self, interaction: Interaction) -> bool:  # type: ignore[override]
        """Check again in code: a server may have opened the command to others."""
        if not interaction.permissions.manage_guild:
            raise app_commands.MissingPermissions(["manage_guild"])
        return True

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show what is set."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                await self._tell(interaction, self._bot.wishes[interaction.guild_id])

    @app_commands.command()
    @app_commands.describe(first="Without any, it answers everywhere.")
    async def channels(  # noqa: PLR0913, PLR0917 - Discord's options are a command's parameters
        self,
        interaction: Interaction,
        first: discord.TextChannel | None = None,
        second: discord.TextChannel | None = None,
        third: discord.TextChannel | None = None,
        fourth: discord.TextChannel | None = None,
        fifth: discord.TextChannel | None = None,
    ) -> None:
        """Choose the channels in which it answers for all to see; elsewhere it answers in private."""
        chosen = frozenset(one.id for one in (first, second, third, fourth, fifth) if one is not None)
        await self._change(interaction, channels=chosen)

    @app_commands.command()
    @app_commands.describe(role="Without one: those who may manage messages, and nobody else.")
    async def moderators(self, interaction: Interaction, role: discord.Role | None = None) -> None:
        """Choose the role that looks after the documents."""
        await self._change(interaction, moderators=role.id if role else None)

    @app_commands.command()
    @app_commands.describe(private="Whether answers are for whoever asks alone, unless they say otherwise.")
    async def answers(self, interaction: Interaction, private: bool) -> None:  # noqa: FBT001 - likewise
        """Choose whether answers are private by default."""
        await self._change(interaction, private=private)

    async def _change(self, interaction: Interaction, **to: object) -> None:
        async with self._bot.at_work():
            if interaction.guild_id is not None and await delivery.acknowledge(interaction, private=True):
                await self._tell(interaction, await self._bot.wishes.change(interaction.guild_id, **to))

    async def _tell(self, interaction: Interaction, wishes: Wishes) -> None:
        card = render.Card([render.wishes_embed(wishes.channels, wishes.moderators, private=wishes.private)])
        await delivery.answer(interaction, card, private=True)


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Setup(bot))
