"""`/fact`, `/timeline`, `/define`, `/who`, `/compare`, `/status`: the sourced facts, one command away."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor

from discord import app_commands
from discord.ext import commands

from bot import delivery
from bot.client import Bot
from bot.delivery import Interaction
from bot.fact_buttons import BUTTONS, fact_card, guild_of, page_card
from bot.facts_render import listing, timeline_listing
from bot.render import Card
from bot.timeline import draw
from knowledge import sides
from knowledge.quick import PEOPLE, Choice, QuickFacts

Words = app_commands.Range[str, 1, 100]
Name = app_commands.Range[str, 1, 40]
"""Of what a listing is about: it goes into the names of the buttons below."""
Aspect = app_commands.Range[str, 1, 20]
Date = app_commands.Range[str, 4, 10]
Choices = list[app_commands.Choice[str]]


class Facts(commands.Cog):
    """Looks facts up; in a guild, its own are in the place of the shipped ones."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="draw")  # all that Matplotlib can take

    async def cog_load(self) -> None:
        """Tell the client how the buttons are named."""
        for item, names in BUTTONS:
            self._bot.add_buttons(item, names)

    async def cog_unload(self) -> None:
        """Draw no more."""
        self._drawing.shutdown(wait=False, cancel_futures=True)

    @app_commands.command()
    @app_commands.describe(topic="Some words will do: “actors strike length”.")
    async def fact(self, interaction: Interaction, topic: Words) -> None:
        """The date, the number, the definition at once, with its sources."""

        def found(quick: QuickFacts) -> Card:
            best, *others = quick.meant(topic)
            return fact_card(self._bot.facts, guild_of(interaction), best, others)

        await self._show(interaction, found)

    @app_commands.command()
    @app_commands.describe(
        topic="A topic, a strike, a contract, a law; without one, all strikes side by side.",
        start="YYYY, YYYY-MM or YYYY-MM-DD.",
        end="YYYY, YYYY-MM or YYYY-MM-DD.",
    )
    @app_commands.rename(start="from", end="to")
    async def timeline(
        self,
        interaction: Interaction,
        topic: Name | None = None,
        start: Date | None = None,
        end: Date | None = None,
    ) -> None:
        """What happened when: a picture, and each entry with its source."""

        def drawn(quick: QuickFacts) -> Card:
            lanes = sides.timeline(quick, topic, start, end)
            found = timeline_listing(lanes, topic or "", start or "", end or "")
            return page_card(found, picture=draw(lanes))

        await self._show(interaction, drawn, on=self._drawing)

    @app_commands.command()
    @app_commands.describe(term="A term, a union, a contract, a law.")
    async def define(self, interaction: Interaction, term: Words) -> None:
        """What a term means."""
        guild = guild_of(interaction)
        await self._show(
            interaction, lambda quick: fact_card(self._bot.facts, guild, quick.define(term).fact)
        )

    @app_commands.command()
    @app_commands.describe(name="A person or an organisation.")
    async def who(self, interaction: Interaction, name: Name) -> None:
        """Who a person or an organisation is."""
        await self._show(interaction, lambda quick: page_card(listing(quick, "who", name)))

    @app_commands.command()
    @app_commands.describe(
        a="A contract, a strike, a law, a case or a union.",
        b="Another.",
        aspect="Such as wages or expiry; “AI” for all on that.",
    )
    async def compare(
        self, interaction: Interaction, a: Words, b: Words, aspect: Aspect | None = None
    ) -> None:
        """Two contracts, strikes or laws side by side."""
        await self._show(interaction, lambda quick: page_card(listing(quick, "compare", a, b, aspect or "")))

    @app_commands.command()
    async def status(self, interaction: Interaction) -> None:
        """What is in force today, and when each contract expires."""
        await self._show(interaction, lambda quick: page_card(listing(quick, "status")))

    @fact.autocomplete("topic")
    async def _facts(self, interaction: Interaction, typed: str) -> Choices:
        return offered(self._quick(interaction).choices(typed))

    @timeline.autocomplete("topic")
    async def _topics(self, interaction: Interaction, typed: str) -> Choices:
        return offered(sides.timeline_choices(self._quick(interaction), typed))

    @define.autocomplete("term")
    async def _terms(self, interaction: Interaction, typed: str) -> Choices:
        return offered(self._quick(interaction).term_choices(typed))

    @who.autocomplete("name")
    async def _names(self, interaction: Interaction, typed: str) -> Choices:
        return offered(self._quick(interaction).subject_choices(typed, PEOPLE))

    @compare.autocomplete("a")
    @compare.autocomplete("b")
    async def _sides(self, interaction: Interaction, typed: str) -> Choices:
        return offered(self._quick(interaction).subject_choices(typed, sides.COMPARABLE))

    @compare.autocomplete("aspect")
    async def _aspects(self, _interaction: Interaction, typed: str) -> Choices:
        return offered(sides.aspect_choices(typed))

    def _quick(self, interaction: Interaction) -> QuickFacts:
        return self._bot.facts.quick(guild_of(interaction))

    async def _show(
        self, interaction: Interaction, make: Callable[[QuickFacts], Card], on: Executor | None = None
    ) -> None:
        """Acknowledge, then make the answer on a thread."""
        private = self._bot.answers_privately(interaction)
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=private):
                loop = asyncio.get_running_loop()
                card = await loop.run_in_executor(on, make, self._quick(interaction))
                await delivery.answer(interaction, card, private=private)


def offered(choices: Iterable[Choice]) -> Choices:
    """Give choices as Discord takes them."""
    return [app_commands.Choice(name=choice.name, value=choice.value) for choice in choices]


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Facts(bot))
