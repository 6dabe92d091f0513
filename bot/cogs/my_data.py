"""`/my-data`: what the bot holds on whoever asks, and a button that has it forgotten."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Self

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery
from bot.apology import apologising
from bot.client import Bot
from bot.delivery import Interaction
from bot.documents_render import titled
from bot.fact_buttons import guild_of
from bot.render import LONGEST_VALUE, Card, cut, escape, safe_link
from bot.terminal import one_line
from knowledge.ledger import UNDO
from knowledge.mine import Held, forget, held_on
from knowledge.types import scope_of

NAMES = re.compile(r"picket:forget:(?P<action>ask|yes)")
NOTHING = "I hold nothing on you."
SURE = (
    "Your questions, your verdicts on answers and your wishes are deleted, in every server, and your name is "
    "dropped from the facts that you wrote and from the log of documents. The facts and the log themselves "
    "stay; what you have asked for and is not done yet is not done. This cannot be undone.\n\n"
    "Documents that moderators made of your messages are their server's, and stay with your name: ask its "
    "moderators to remove them."
)
FORGOTTEN = (
    "Done: your questions, verdicts and wishes are deleted, and nothing bears your name any more but "
    "documents that moderators made of your messages, if there are any; `/my-data` lists them."
)


class ForgetButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=NAMES):
    """Has whoever presses it forgotten: the first asks once more, the second does it."""

    def __init__(self, action: str) -> None:
        label, _ = ACTIONS[action]
        button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=label, style=discord.ButtonStyle.danger, custom_id=f"picket:forget:{action}"
        )
        super().__init__(button)
        self._action = action

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["action"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the label says."""
        if await interaction.client.takes_on(interaction):
            async with interaction.client.at_work(), apologising(interaction):
                if await delivery.acknowledge(interaction, private=True, in_place=True):
                    await ACTIONS[self._action][1](interaction)


class MyData(commands.Cog):
    """Tells people what is held on them."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Tell the client how the buttons are named."""
        self._bot.add_buttons(ForgetButton, NAMES)

    @app_commands.command(name="my-data")
    async def my_data(self, interaction: Interaction) -> None:
        """What I hold on you, for how long, and a button to have it forgotten."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                bot, person = self._bot, str(interaction.user.id)
                held = await asyncio.to_thread(held_on, person, bot.memory, bot.gaps, bot.facts, bot.library)
                card = held_card(held, bot.rules.keep_days, guild_of(interaction))
                await delivery.answer(interaction, card, private=True)


def held_card(held: Held, keep_days: int, guild: str | None) -> Card:
    """Show what is held on a person, whose questions are kept for so many days, to them in a guild."""
    if not held.anything:
        return Card.of(NOTHING)
    embed = discord.Embed(title="What I hold on you", description="In all servers and direct messages:")
    questions = f"{held.questions}, each with its answer and where you asked, for {keep_days} days"
    if held.oldest:
        questions += f"; the oldest is of {discord.utils.format_dt(held.oldest.replace(tzinfo=UTC), 'D')}"
    wishes = "\n".join(f"• {escape(one_line(question))}" for question in held.wishes) or "None"
    embed.add_field(name="Questions", value=questions, inline=False)
    embed.add_field(name="Verdicts on answers", value=f"{held.verdicts}, as long as the answer", inline=False)
    embed.add_field(name="What you wish to hear", value=cut(wishes, LONGEST_VALUE), inline=False)
    embed.add_field(name="Facts that bear your name", value=f"{held.facts}, for good", inline=False)
    embed.add_field(
        name="What you did to documents", value=f"{held.acts}, in the log, for good", inline=False
    )
    if held.documents or held.kept:
        embed.add_field(name="Documents made of your messages", value=_documents(held, guild), inline=False)
    return Card([embed], _view("ask"))


def _documents(held: Held, guild: str | None) -> str:
    """Count the documents of all guilds, and name those of the one that is asked in."""
    count = len(held.documents)
    told = f"{count}, with your name, until moderators of the server remove {'it' if count == 1 else 'them'}"
    if held.kept:
        told += f"; {held.kept} removed or replaced, kept for {UNDO.days} days so that it can be undone"
    here = [source for source in held.documents if guild and source.scope == scope_of(guild)]
    named = [f"• {titled(source)} {safe_link(source.provenance.url)}" for source in here]
    return cut("\n".join([f"{told}; in this server:" if here else told, *named]), LONGEST_VALUE)


def _view(action: str) -> discord.ui.View:
    return discord.ui.View(timeout=None).add_item(ForgetButton(action))


async def _ask_once_more(interaction: Interaction) -> None:
    card = Card([discord.Embed(title="Are you sure?", description=SURE)], _view("yes"))
    await delivery.answer(interaction, card, private=True)


async def _forget(interaction: Interaction) -> None:
    bot, person = interaction.client, str(interaction.user.id)
    await asyncio.to_thread(forget, person, bot.memory, bot.gaps, bot.facts, bot.library)
    await delivery.answer(interaction, Card.of(FORGOTTEN), private=True)


ACTIONS: dict[str, tuple[str, Callable[[Interaction], Awaitable[None]]]] = {
    "ask": ("Forget me", _ask_once_more),
    "yes": ("Yes, forget me", _forget),
}
"""The label and effect of each."""


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(MyData(bot))
