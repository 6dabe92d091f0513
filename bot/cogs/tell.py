"""*Tell me when you know*: after what is known has changed, open questions are asked again.

Whoever wished to hear is told once: where they asked, or, if that was in private, in a direct message.
"""

import asyncio
import logging
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import discord
from discord.ext import commands, tasks

from bot import delivery, render
from bot.client import Bot
from bot.cogs.feedback import buttons
from knowledge.asked import Place
from knowledge.gaps import MOST_AGAIN
from knowledge.schema import now
from knowledge.types import Answer

log = logging.getLogger(__name__)

LOOK, LOOK_AFTER_A_FAULT = 1.0, 60.0
"""Seconds between two looks at whether something has changed."""
WISHED = "You wished to hear:"
CLOSED = (discord.Forbidden, discord.NotFound)
"""Where nothing may be sent, or nobody is any more."""


class Tell(commands.Cog):
    """Asks again, one question after the other, so that nobody else waits for it."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._revision: int | None = None
        """The catalogue's, for which all was asked again."""
        self._changed: dict[str | None, datetime] = {}
        """By guild, the change after which its questions were asked again."""

    async def cog_load(self) -> None:
        """Look from now on."""
        self._look.start()

    async def cog_unload(self) -> None:
        """Look no more."""
        self._look.cancel()

    @tasks.loop(seconds=LOOK)
    async def _look(self) -> None:
        try:
            await self._look_once()
        except Exception:  # answering goes on
            log.exception("open questions cannot be asked again")
            await asyncio.sleep(LOOK_AFTER_A_FAULT)

    @_look.before_loop
    async def _once_ready(self) -> None:
        await self._bot.wait_until_ready()

    async def _look_once(self) -> None:
        """Ask again what is open where something has changed, once all that waits is indexed."""
        catalogue = self._bot.library.catalogue
        revision: int = await asyncio.to_thread(lambda: catalogue.revision)
        waiting = await asyncio.to_thread(catalogue.waiting_count)
        if waiting or revision == self._revision:
            return
        joined = {None, *(str(guild.id) for guild in self._bot.guilds)}
        for guild in joined.intersection(await asyncio.to_thread(self._bot.gaps.guilds)):
            changed = await asyncio.to_thread(self._bot.gaps.changed_at, guild)
            if self._changed.get(guild) != changed:
                await self._ask_all_again(guild)
                self._changed[guild] = changed
        self._revision = revision

    async def _ask_all_again(self, guild: str | None) -> None:
        """Ask each question once; those that cannot be asked now stay due."""
        asked = set[str]()
        while due := await self._due(guild, asked):
            for question in due:
                if self._bot.stopping:
                    return
                await asyncio.create_task(self._ask_again(guild, question))  # which a stop waits for
            asked.update(due)

    async def _due(self, guild: str | None, asked: AbstractSet[str]) -> list[str]:
        most = MOST_AGAIN + len(asked)
        due = await asyncio.to_thread(self._bot.gaps.to_ask_again, guild, most)
        return [question for question in due if question not in asked]

    async def _ask_again(self, guild: str | None, question: str) -> None:
        async with self._bot.at_work():
            at = now()  # what is added meanwhile has it asked once more
            try:
                answer = await self._bot.on_a_thread(self._bot.answerer.answer, question, (), guild)
            except Exception:  # the next change is another chance
                log.exception("an open question cannot be asked again")
                return
            answered = not answer.abstained
            heard = await asyncio.to_thread(self._bot.gaps.settle, guild, question, at, answered=answered)
            for place in heard:
                await self._tell_one(question, answer, place)

    async def _tell_one(self, question: str, answer: Answer, place: Place) -> None:
        about = render.logfmt(guild=place.guild, user=place.person)
        try:
            await self._tell(question, answer, place)
        except CLOSED:
            log.warning("somebody cannot be told: nothing may be sent to them %s", about)
        except Exception:  # the others are told all the same, and this one with the next change
            log.exception("somebody cannot be told yet %s", about)
            await asyncio.to_thread(self._bot.gaps.wish_again, question, place)

    async def _tell(self, question: str, answer: Answer, place: Place) -> None:
        """Tell somebody where they asked, or, where nothing may be sent there, in a direct message.

        Nobody is told in private who has left the guild meanwhile.
        """
        id = await asyncio.to_thread(self._bot.memory.remember, answer, place)
        if public := self._public(place):
            with suppress(*CLOSED):
                await self._send(public, question, answer, place, id)
                return
        if await self._may_hear(place):
            private = await self._bot.create_dm(discord.Object(int(place.person)))
            await self._send(private, question, answer, replace(place, private=True), id)

    async def _send(
        self, channel: discord.abc.Messageable, question: str, answer: Answer, place: Place, id: str
    ) -> None:
        """Send an answer, with its buttons."""
        person = discord.Object(int(place.person))
        card = render.Card(render.answer_embeds(answer), buttons(id, answer, place.guild))
        said = f"{WISHED} {render.escape(question)}"
        words = render.cut(said if place.private else f"<@{person.id}> {said}", render.LONGEST_MESSAGE)
        message = await delivery.tell(channel, card, person, words, nonce=id)
        await asyncio.to_thread(self._bot.memory.posted, id, str(message.id))

    def _public(self, place: Place) -> discord.PartialMessageable | None:
        """The channel to tell somebody in, for all to see; None where that is for them alone."""
        if place.private or place.guild is None:
            return None
        guild, channel = int(place.guild), int(place.channel)
        wishes = self._bot.wishes[guild]
        above = getattr(self._bot.get_channel(channel), "parent_id", None)
        if wishes.private or not wishes.public_in([channel, above or 0]):
            return None
        return self._bot.get_partial_messageable(channel, guild_id=guild)

    async def _may_hear(self, place: Place) -> bool:
        """Whether somebody is still in the guild that a question was asked in."""
        if place.guild is None:
            return True
        guild = self._bot.get_guild(int(place.guild))
        try:
            return guild is not None and await guild.fetch_member(int(place.person)) is not None
        except discord.NotFound:
            return False


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Tell(bot))
