"""The buttons below facts. They bear what they lead to, so they work after a restart as before it."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Self

import discord

from bot import delivery
from bot.apology import apologising
from bot.delivery import Interaction
from bot.facts_render import Listing, fact_embed, listing, pages
from bot.render import Card, cut
from knowledge.facts import Fact
from knowledge.own_facts import OwnFacts

FACTS = re.compile(r"picket:fact:(?P<fact>[a-z0-9-]{1,80})")
PAGES = re.compile(r"(?s)picket:page:(?P<kind>timeline|who|compare|status):(?P<page>\d{1,3}):(?P<about>.*)")
LONGEST_LABEL = 80


class FactButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=FACTS):
    """Leads to a fact; whoever presses it sees it alone."""

    def __init__(self, fact: str, label: str) -> None:
        id = f"picket:fact:{fact}"
        super().__init__(discord.ui.Button(label=cut(label, LONGEST_LABEL), custom_id=id))
        self._fact = fact

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["fact"], match["fact"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Show the fact."""
        client = interaction.client
        if not await client.takes_on(interaction):
            return
        async with client.at_work(), apologising(interaction):
            if await delivery.acknowledge(interaction, private=True):
                guild = guild_of(interaction)
                fact = client.facts.quick(guild).fact(self._fact)
                card = await asyncio.to_thread(fact_card, client.facts, guild, fact)
                await delivery.answer(interaction, card, private=True)


class PageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=PAGES):
    """Turns a listing's page, in place."""

    def __init__(self, kind: str, page: int, about: str, label: str) -> None:
        id = f"picket:page:{kind}:{page}:{about}"
        super().__init__(discord.ui.Button(label=label, custom_id=id))
        self._kind, self._page, self._about = kind, page, about

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["kind"], int(match["page"]), match["about"], "")

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Show the page, of the facts as they are now."""
        client = interaction.client
        if not await client.takes_on(interaction):
            return
        async with client.at_work(), apologising(interaction):
            if await delivery.acknowledge(interaction, private=False, in_place=True):
                quick = client.facts.quick(guild_of(interaction))
                about = self._about.split("|") if self._about else []
                found = await asyncio.to_thread(listing, quick, self._kind, *about)
                await delivery.answer(interaction, page_card(found, self._page), private=False)


def guild_of(interaction: Interaction) -> str | None:
    """Name the guild that somebody is in, as `knowledge` knows it."""
    return str(interaction.guild_id) if interaction.guild_id else None


def fact_card(facts: OwnFacts, guild: str | None, fact: Fact, others: Iterable[Fact] = ()) -> Card:
    """Show a fact as a guild sees it, with buttons to others: without any, to those related."""
    quick = facts.quick(guild)
    behind = facts.is_behind(guild, fact.id)
    view = discord.ui.View(timeout=None)
    for other in others or quick.related(fact):
        view.add_item(FactButton(other.id, other.title))
    return Card([fact_embed(quick.card(fact), facts.own(guild, fact.id), behind=behind)], view)


def page_card(found: Listing, page: int = 1, picture: bytes | None = None) -> Card:
    """Show a page of a listing, the last one where there are fewer, with buttons to those beside it."""
    laid = pages(found)
    page = min(page, len(laid))
    about = "|".join(found.about)
    view = discord.ui.View(timeout=None)
    for label, other in (("Back", page - 1), ("Next", page + 1)):
        if 1 <= other <= len(laid):
            view.add_item(PageButton(found.kind, other, about, label))
    return Card([laid[page - 1]], view, picture)


Buttons = tuple[tuple[type[discord.ui.DynamicItem[Any]], re.Pattern[str]], ...]
BUTTONS: Buttons = ((FactButton, FACTS), (PageButton, PAGES))
"""Each kind, and how its buttons are named."""
