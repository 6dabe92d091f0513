"""`/fact-edit`, `/fact-add`, `/fact-revert`: moderators correct facts, for their own server alone."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery
from bot.apology import apologising
from bot.client import Bot
from bot.cogs.facts import Choices, Words, offered
from bot.delivery import Interaction
from bot.fact_buttons import guild_of
from bot.fact_form import ADD, EDIT, FactForm, added, corrected, fields_of, typed_into
from bot.facts_render import history_embed
from bot.guilds import check_moderator
from bot.render import Card
from ingest.own_facts import ask_for_own_facts
from ingest.submit import see_through
from knowledge.errors import InvalidFact
from knowledge.facts import Fact
from knowledge.find import fold, shortened
from knowledge.quick import LONGEST_CHOICE, MOST_CHOICES, Choice
from knowledge.vocabulary import TOPICS

PATIENCE = 10.0
"""Seconds to wait until answers know a change: more are needed only while much else is indexed."""
KINDS = ("date", "number", "event", "rule", "term", "definition", "position", "person")
NOW = "This counts in this server from now on."
SOON = f"{NOW} Answers follow once what is being indexed is done."


class Corrections(commands.Cog):
    """What moderators change of the facts; nothing that was shipped is overwritten."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def cog_load(self) -> None:
        """See that answers know what was changed, even if the bot was stopped in between."""
        for guild in self._bot.facts.guilds:
            await asyncio.to_thread(ask_for_own_facts, self._bot.library, self._bot.facts, guild)

    async def interaction_check(self, interaction: Interaction) -> bool:  # type: ignore[override]
        """Check again in code: a server may have opened the commands to others."""
        check_moderator(interaction)
        return True

    @app_commands.command(name="fact-edit")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.describe(topic="Which fact to correct, for this server alone.")
    async def edit(self, interaction: Interaction, topic: Words) -> None:
        """Correct a fact for this server."""
        fact = self._bot.facts.quick(guild_of(interaction)).meant(topic)[0]
        await interaction.response.send_modal(
            FactForm("Correct this fact", f"{EDIT}{fact.id}", fields_of(fact))
        )

    @app_commands.command(name="fact-add")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.describe(topic="What it belongs to.", kind="What sort of fact it is.")
    @app_commands.choices(
        topic=offered(Choice(title, id) for id, title in TOPICS.items()),
        kind=offered(Choice(kind, kind) for kind in KINDS),
    )
    async def add(self, interaction: Interaction, topic: str, kind: str) -> None:
        """Add a fact for this server."""
        await interaction.response.send_modal(FactForm("Add a fact", f"{ADD}{topic}:{kind}"))

    @app_commands.command(name="fact-revert")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.describe(
        topic="A fact that this server has changed.",
        version="Which of this server's versions is to count again; without one, the shipped fact.",
    )
    async def revert(self, interaction: Interaction, topic: Words, version: int | None = None) -> None:
        """Show the shipped fact again, or an earlier version."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                guild, person = str(interaction.guild_id), str(interaction.user.id)
                facts = self._bot.facts
                if topic not in facts.changed(guild):
                    raise InvalidFact("this server has not changed that fact; choose one that is offered")
                if version is None:
                    await asyncio.to_thread(facts.take_back, guild, topic, person)
                else:
                    await asyncio.to_thread(facts.revert, guild, topic, version, person)
                await self._tell(interaction, guild, topic)

    @edit.autocomplete("topic")
    async def _facts(self, interaction: Interaction, typed: str) -> Choices:
        return offered(self._bot.facts.quick(guild_of(interaction)).choices(typed))

    @revert.autocomplete("topic")
    async def _changed(self, interaction: Interaction, typed: str) -> Choices:
        changed = self._bot.facts.changed(guild_of(interaction))
        titles = {
            id: next((said.title for version in versions if (said := version.fact)), id)
            for id, versions in changed.items()
        }
        fitting = [(id, title) for id, title in titles.items() if fold(typed) in fold(f"{title} {id}")]
        return offered(Choice(shortened(title, LONGEST_CHOICE), id) for id, title in fitting[:MOST_CHOICES])

    @revert.autocomplete("version")
    async def _versions(self, interaction: Interaction, typed: int | str) -> list[app_commands.Choice[int]]:
        versions = self._bot.facts.changed(guild_of(interaction)).get(interaction.namespace.topic, ())
        said = {version.number: version.fact.short_answer for version in versions if version.fact}
        fitting = [number for number in said if str(number).startswith(str(typed))]
        return [
            app_commands.Choice(name=shortened(f"{number}: {said[number]}", LONGEST_CHOICE), value=number)
            for number in fitting[:MOST_CHOICES]
        ]

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take what a form says, whenever it was opened."""
        form: Mapping[str, Any] = interaction.data or {}
        id = str(form.get("custom_id", ""))
        is_ours = interaction.type is discord.InteractionType.modal_submit and id.startswith((EDIT, ADD))
        if is_ours and self._bot.seen.first_time(interaction.id):
            typed = typed_into(form)
            async with self._bot.at_work(), apologising(interaction, typed):
                check_moderator(interaction)  # who opened the form may have lost the role since
                if await delivery.acknowledge(interaction, private=True):
                    guild, person = str(interaction.guild_id), str(interaction.user.id)
                    fact = self._written(guild, id, typed)
                    await asyncio.to_thread(self._bot.facts.put, guild, fact, person)
                    await self._tell(interaction, guild, fact.id)

    def _written(self, guild: str, id: str, typed: Mapping[str, str]) -> Fact:
        """Make the fact that a form is about."""
        quick = self._bot.facts.quick(guild)
        if id.startswith(EDIT):
            return corrected(quick.fact(id.removeprefix(EDIT)), typed)
        topic, _, kind = id.removeprefix(ADD).partition(":")
        fact = added(topic, kind, typed)
        if self._bot.facts.own(guild, fact.id):
            raise InvalidFact("this server has a fact of that title already; correct it with /fact-edit")
        return fact

    async def _tell(self, interaction: Interaction, guild: str, fact_id: str) -> None:
        """See that answers know a change, and show what became of the fact."""
        known = await asyncio.to_thread(self._make_known, guild)
        embed = history_embed(NOW if known else SOON, self._bot.facts.changed(guild)[fact_id])
        await delivery.answer(interaction, Card([embed]), private=True)

    def _make_known(self, guild: str) -> bool:
        """Have the guild's facts indexed by the writer, which this process is; whether that is done."""
        latest = time.monotonic() + PATIENCE

        def waiting() -> None:
            if time.monotonic() > latest:
                raise TimeoutError

        jobs = ask_for_own_facts(self._bot.library, self._bot.facts, guild)
        try:
            if jobs:
                see_through(self._bot.library, jobs, waiting=waiting)
        except TimeoutError:
            return False
        return True


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Corrections(bot))
