"""*Tell me when you know*: after what is known has changed, open questions are asked again.

Whoever wished to hear is told once: where they asked, or, if that was in private, in a direct message.
"""

import asyncio
import logging
from datetime import datetime

import discord
from discord.ext import commands, tasks

from bot import delivery, render
from bot.client import Bot
from bot.cogs.feedback import buttons
from knowledge.asked import Place
from knowledge.schema import now
from knowledge.types import Answer

log = logging.getLogger(__name__)

LOOK, LOOK_AFTER_A_FAULT = 1.0, 60.0
"""Seconds between two looks at whether something has changed."""
WISHED = "You wished to hear:"


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
        for question in await asyncio.to_thread(self._bot.gaps.to_ask_again, guild):
            if not self._bot.stopping:
                await asyncio.create_task(self._ask_again(guild, question))  # which a stop waits for

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
        try:
            await self._tell(question, answer, place)
        except Exception:  # the others are told all the same
            about = render.logfmt(guild=place.guild, user=place.person)
            log.exception("somebody cannot be told %s", about)

    async def _tell(self, question: str, answer: Answer, place: Place) -> None:
        """Tell somebody, with the answer's buttons; nothing to who has left the guild meanwhile."""
        person = discord.Object(int(place.person))
        public = self._public(place)
        if public is None and not await self._may_hear(place):
            return
        channel = public or await self._bot.create_dm(person)
        id = await asyncio.to_thread(self._bot.memory.remember, answer, place)
        card = render.Card(render.answer_embeds(answer), buttons(id, answer, place.guild))
        said = f"{WISHED} {render.escape(question)}"
        words = render.cut(f"<@{person.id}> {said}" if public else said, render.LONGEST_MESSAGE)
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
