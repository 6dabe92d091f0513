"""The buttons below an answer. They bear its id, so they work after a restart as before it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import discord
from discord.ext import commands

from bot import delivery, render
from bot.apology import apologising
from bot.client import Bot
from bot.delivery import Interaction
from knowledge.asked import Verdict
from knowledge.errors import UnknownAnswer
from knowledge.types import Answer

LONGEST_WHY = 1_000
FORGET_FORM = 900.0
"""Seconds; what is sent later comes all the same, see `Feedback.on_interaction`."""
NAMES = re.compile(
    r"picket:answer:(?P<action>passage|helpful|unhelpful|missing|wish):(?P<answer>[0-9a-f]{16})"
)
WHY = "picket:why:"
"""How the name of a form begins; the answer's id follows."""


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=NAMES,
):
    """One of an answer's buttons."""

    def __init__(self, action: str, answer: str) -> None:
        label, style, _ = ACTIONS[action]
        id = f"picket:answer:{action}:{answer}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=id))
        self._action, self._answer = action, answer

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["action"], match["answer"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the label says."""
        if await interaction.client.takes_on(interaction):
            async with interaction.client.at_work(), apologising(interaction):
                await _check_is_of_here(interaction, self._answer)
                await ACTIONS[self._action][2](interaction, self._answer)


class WhyNot(discord.ui.Modal, title="What is wrong with the answer?"):
    """A form; what is sent comes to `Feedback.on_interaction`, restart or not."""

    why: discord.ui.Label[Self] = discord.ui.Label(
        text="What is wrong, or missing?",
        component=discord.ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=LONGEST_WHY, required=False
        ),
    )


class Feedback(commands.Cog):
    """Knows answers' buttons and forms, whenever they were made."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """Tell the client how its buttons are named."""
        self._bot.add_buttons(AnswerButton, NAMES)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Keep what a form says; tell who presses a button of an older release."""
        about: Mapping[str, Any] = interaction.data or {}
        id = str(about.get("custom_id", ""))
        if interaction.type is discord.InteractionType.modal_submit and id.startswith(WHY):
            if await self._bot.takes_on(interaction):
                async with self._bot.at_work(), apologising(interaction):
                    await _check_is_of_here(interaction, id.removeprefix(WHY))
                    await _judge(interaction, id.removeprefix(WHY), "unhelpful", _typed(about))
        elif interaction.type is discord.InteractionType.component and not self._bot.knows_button(id):
            if not await self._bot.takes_on(interaction):
                return
            async with apologising(interaction):
                await interaction.response.send_message(
                    "This button is too old; ask the question again.", ephemeral=True
                )


def buttons(id: str, answer: Answer, guild: str | None) -> discord.ui.View:
    """Those below an answer; below an abstention the moderators are told only where there are any."""
    actions = ["passage", "helpful", "unhelpful"]
    if answer.abstained:
        actions = ["missing", "wish"] if guild else ["wish"]
    view = discord.ui.View(timeout=None)
    for action in actions:
        view.add_item(AnswerButton(action, id))
    return view


async def _check_is_of_here(interaction: Interaction, id: str) -> None:
    """See that an answer was given in the guild whose member presses; a direct message may tell any.

    Raises:
        UnknownAnswer: it was given in another, or is not kept any more.
    """
    asked = await asyncio.to_thread(interaction.client.memory.recall, id)
    if interaction.guild_id is not None and asked.place.guild != str(interaction.guild_id):
        raise UnknownAnswer


async def _show_passage(interaction: Interaction, id: str) -> None:
    if await delivery.acknowledge(interaction, private=True):
        asked = await asyncio.to_thread(interaction.client.memory.recall, id)
        unseen = await asyncio.to_thread(interaction.client.unseen, asked.answer)
        card = render.Card(render.passage_embeds(asked.answer, unseen))
        await delivery.answer(interaction, card, private=True)


async def _helpful(interaction: Interaction, id: str) -> None:
    await _judge(interaction, id, "helpful")


async def _missing(interaction: Interaction, id: str) -> None:
    await _judge(interaction, id, "missing")


async def _wish(interaction: Interaction, id: str) -> None:
    if await delivery.acknowledge(interaction, private=True):
        person = str(interaction.user.id)
        asked = await asyncio.to_thread(interaction.client.memory.recall, id)
        await asyncio.to_thread(interaction.client.gaps.wish, id, person)
        where = "in a direct message" if asked.place.private else "here"
        card = render.Card.of(f"Once my sources answer it, I tell you {where}.")
        await delivery.answer(interaction, card, private=True)


async def _unhelpful(interaction: Interaction, id: str) -> None:
    form = WhyNot(custom_id=f"{WHY}{id}", timeout=FORGET_FORM)
    person = str(interaction.user.id)
    kept = asyncio.to_thread(interaction.client.memory.judge, id, person, "unhelpful")
    await asyncio.gather(interaction.response.send_modal(form), kept)


async def _judge(interaction: Interaction, id: str, verdict: Verdict, why: str | None = None) -> None:
    if await delivery.acknowledge(interaction, private=True):
        person = str(interaction.user.id)
        await asyncio.to_thread(interaction.client.memory.judge, id, person, verdict, why)
        await delivery.answer(interaction, render.Card.of(THANKS[verdict]), private=True)


def _typed(form: object) -> str | None:
    """The text typed into a form of one field, as Discord sends it: nested in its label."""
    match form:
        case {"components": [{"component": {"value": str(text)}}, *_]} if text.strip():
            return text.strip()
    return None


THANKS: dict[Verdict, str] = {
    "helpful": "Thank you.",
    "unhelpful": "Thank you; this is kept for those who look after the sources.",
    "missing": "Thank you; the question is kept for this server's moderators.",
}

Press = Callable[[Interaction, str], Awaitable[None]]
ACTIONS: dict[str, tuple[str, discord.ButtonStyle, Press]] = {
    "passage": ("Show passage", discord.ButtonStyle.primary, _show_passage),
    "helpful": ("Helpful", discord.ButtonStyle.secondary, _helpful),
    "unhelpful": ("Not helpful", discord.ButtonStyle.secondary, _unhelpful),
    "missing": ("Tell the moderators", discord.ButtonStyle.secondary, _missing),
    "wish": ("Tell me when you know", discord.ButtonStyle.secondary, _wish),
}
"""The label, style and effect of each."""


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Feedback(bot))
