"""What members ask in vain, with the buttons by which moderators do something about it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from typing import Self

import discord

from bot import delivery
from bot.apology import apologising
from bot.delivery import Interaction
from bot.document_form import TextForm
from bot.fact_buttons import guild_of
from bot.fact_form import ADD, FIELDS, FactForm
from bot.guilds import check_moderator
from bot.render import LONGEST_NAME, Card, cut, escape
from bot.terminal import one_line
from knowledge.find import shortened
from knowledge.gaps import Gap
from knowledge.question import AnswerKind, understand
from knowledge.quick import QuickFacts

GAP = re.compile(r"picket:gap:(?P<action>fact|document|dismiss):(?P<key>[0-9a-f]{16}):(?P<page>\d{1,3})")
GAPS_PAGE = re.compile(r"picket:gaps:(?P<page>\d{1,3})")
A_PAGE = 4
"""Gaps shown at once: each has a row of buttons, and Discord allows five."""
MOST_LISTED = 100
REASONS = {
    "abstained": "I had no answer",
    "not helpful": "my answer did not help",
    "told": "you were to be told",
}
KINDS: dict[AnswerKind | None, str] = {
    "date": "date",
    "duration": "number",
    "number": "number",
    "person": "person",
    "definition": "definition",
    "permission": "rule",
}
"""What sort of fact answers each kind of question; an event answers any other."""
OTHER_KIND, OTHER_TOPIC = "event", "background"
NOTHING_OPEN = "No question of the last days is open: each was answered, or you have dismissed it."
HOW_TO_ADD = (
    "The buttons open forms. A page goes by `/knowledge add-url`, a file by `/knowledge add-file`. Once "
    "something is added, I ask these questions again, and tell those who wish to hear."
)


class GapButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=GAP):
    """Does something about a gap. It bears the gap's key, so it works after a restart as before it."""

    def __init__(self, action: str, key: str, page: int, n: int) -> None:
        label, style, _ = ACTIONS[action]
        id = f"picket:gap:{action}:{key}:{page}"
        label, row = f"{n}: {label}", (n - 1) % A_PAGE
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=id, row=row))
        self._action, self._key, self._page = action, key, page

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["action"], match["key"], int(match["page"]), 0)

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the label says, for whoever is a moderator still."""
        if await interaction.client.takes_on(interaction):
            async with interaction.client.at_work(), apologising(interaction):
                check_moderator(interaction)
                await ACTIONS[self._action][2](interaction, self._key, self._page)


class GapsPageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=GAPS_PAGE):
    """Turns the list's page, in place."""

    def __init__(self, page: int, label: str) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"picket:gaps:{page}", row=A_PAGE))
        self._page = page

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(int(match["page"]), "")

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Show the page, of the gaps as they are now."""
        if await interaction.client.takes_on(interaction):
            async with interaction.client.at_work(), apologising(interaction):
                check_moderator(interaction)
                if await delivery.acknowledge(interaction, private=True, in_place=True):
                    await show_gaps(interaction, self._page)


def gaps_card(gaps: Sequence[Gap], page: int) -> Card:
    """Show a page of gaps, the last one where there are fewer, each with its row of buttons."""
    if not gaps:
        return Card.of(NOTHING_OPEN)
    last = -(-len(gaps) // A_PAGE)
    page = min(page, last)
    embed = discord.Embed(title="Asked in vain", description=HOW_TO_ADD)
    view = discord.ui.View(timeout=None)
    shown = gaps[(page - 1) * A_PAGE : page * A_PAGE]
    for n, gap in enumerate(shown, start=(page - 1) * A_PAGE + 1):
        name = cut(f"{n}. {escape(one_line(gap.question))}", LONGEST_NAME)
        embed.add_field(name=name, value=_about(gap), inline=False)
        for action in ACTIONS:
            view.add_item(GapButton(action, gap.key, page, n))
    for label, other in (("Back", page - 1), ("Next", page + 1)):
        if 1 <= other <= last:
            view.add_item(GapsPageButton(other, label))
    return Card([embed.set_footer(text=f"Page {page} of {last}")], view)


def _about(gap: Gap) -> str:
    times = "once" if gap.times == 1 else f"{gap.times} times"
    last = discord.utils.format_dt(gap.last.replace(tzinfo=UTC), "R")
    why = ", ".join(said for reason, said in REASONS.items() if reason in gap.why)
    return f"Asked {times}, last {last}: {why}."


async def show_gaps(interaction: Interaction, page: int) -> None:
    """Put a page of the guild's gaps in the place of what was acknowledged."""
    gaps = await asyncio.to_thread(interaction.client.gaps.open, str(interaction.guild_id), MOST_LISTED)
    await delivery.answer(interaction, gaps_card(gaps, page), private=True)


async def _add_fact(interaction: Interaction, key: str, _page: int) -> None:
    """Open the form of `/fact-add`, with what the question tells of the fact."""
    question = await asyncio.to_thread(interaction.client.gaps.wording, str(interaction.guild_id), key)
    topic, kind = _sort(interaction.client.facts.quick(guild_of(interaction)), question)
    longest = next(length for name, *_, length in FIELDS if name == "title")
    title = {"title": shortened(question, longest)}
    await interaction.response.send_modal(FactForm("Add a fact", f"{ADD}{topic}:{kind}", title))


def _sort(quick: QuickFacts, question: str) -> tuple[str, str]:
    """The topic of the fact that comes nearest to a question, and the kind of fact that would answer it."""
    nearest = quick.find(question, 1)
    topic = nearest[0].topic if nearest else OTHER_TOPIC
    return topic, KINDS.get(understand(question).kind, OTHER_KIND)


async def _add_document(interaction: Interaction, key: str, _page: int) -> None:
    """Open the form of `/knowledge add-text`, with the question as the title."""
    question = await asyncio.to_thread(interaction.client.gaps.wording, str(interaction.guild_id), key)
    await interaction.response.send_modal(TextForm(question))


async def _dismiss(interaction: Interaction, key: str, page: int) -> None:
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        await asyncio.to_thread(interaction.client.gaps.dismiss, str(interaction.guild_id), key)
        await show_gaps(interaction, page)


Press = Callable[[Interaction, str, int], Awaitable[None]]
ACTIONS: dict[str, tuple[str, discord.ButtonStyle, Press]] = {
    "fact": ("Add a fact", discord.ButtonStyle.primary, _add_fact),
    "document": ("Add a document", discord.ButtonStyle.secondary, _add_document),
    "dismiss": ("Dismiss", discord.ButtonStyle.secondary, _dismiss),
}
"""The label, style and effect of each."""
