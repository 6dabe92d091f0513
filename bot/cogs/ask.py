"""Every way of asking: `/ask`, *Ask about this*, a mention, a reply to the bot, a direct message."""

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery, render
from bot.apology import TooManyQuestions, apology, in_vain, record
from bot.batch import LONGEST_QUESTION, InvalidRequest, parse
from bot.client import BeingRestarted, Bot
from bot.cogs.feedback import buttons
from bot.delivery import Interaction
from bot.intake import said_in
from bot.progress import Progress
from knowledge.asked import Place
from knowledge.language import foreign_language
from knowledge.types import Answer

log = logging.getLogger(__name__)

MOST_WAITING = 3
"""Questions of one person."""
MINUTE = 60.0
LONGEST_COURTESY = 1.0
"""Seconds for saying that an answer is being written."""
EMBED_LINKS = "Embed Links"
ASKED_BY_MESSAGE = (discord.MessageType.default, discord.MessageType.reply)


class Ask(commands.Cog):
    """Answers questions, in a guild from its own documents too."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._waiting: Counter[str] = Counter()
        pace = commands.Cooldown(bot.rules.questions_a_minute, MINUTE)
        self._pace: commands.CooldownMapping[str] = commands.CooldownMapping(pace, str)
        self._about_this = app_commands.ContextMenu(name="Ask about this", callback=self._ask_about)

    async def cog_load(self) -> None:
        """A menu command cannot be declared in a cog."""
        self._bot.tree.add_command(self._about_this)

    @app_commands.command()
    @app_commands.describe(
        question="In your own words.", private="Show the answer to you alone, or to all in this channel."
    )
    async def ask(
        self,
        interaction: Interaction,
        question: app_commands.Range[str, 1, LONGEST_QUESTION],
        private: bool | None = None,  # noqa: FBT001 - Discord's options are a command's parameters
    ) -> None:
        """Ask about the Hollywood strikes and AI in Hollywood; every claim is cited."""
        await self._answer(interaction, question, private=private)

    async def _ask_about(self, interaction: Interaction, message: discord.Message) -> None:
        asked = said_in(message).content
        if not asked.strip():
            raise InvalidRequest("that message holds no text to ask about; choose another")
        await self._answer(interaction, asked, private=None)

    async def _answer(self, interaction: Interaction, question: str, *, private: bool | None) -> None:
        hidden = self._bot.answers_privately(interaction, private)
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=hidden):
                place = _place(
                    interaction.user, interaction.channel_id or 0, interaction.guild_id, private=hidden
                )
                response = delivery.Response(interaction, private=hidden)
                try:
                    previous = await asyncio.to_thread(self._bot.memory.latest, place)
                    await self._say(response, question, place, previous)
                except asyncio.CancelledError:  # the bot is stopped, and has waited long enough
                    await response.say(render.Card.of(apology(BeingRestarted())))

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer what is said to the bot; whatever goes wrong, say so."""
        if not self._is_for_us(message) or not self._bot.seen.first_time(message.id):
            return
        response = delivery.Reply(message)
        async with self._bot.at_work():
            try:
                if self._bot.stopping:
                    raise BeingRestarted  # noqa: TRY301 - said as any other fault is
                await self._answer_message(message, response)
            except asyncio.CancelledError:  # the bot is stopped, and has waited long enough
                await response.say(render.Card.of(apology(BeingRestarted())))
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits
                record("a message could not be answered", error, **delivery.fields(message))
                if not in_vain(error):
                    with suppress(discord.HTTPException, aiohttp.ClientError):
                        await response.say(render.Card.of(apology(error)))

    def _is_for_us(self, message: discord.Message) -> bool:
        us = self._bot.user
        said = message.type in ASKED_BY_MESSAGE and not message.author.bot
        is_direct = isinstance(message.channel, discord.DMChannel)
        return said and us is not None and (is_direct or us in message.mentions)

    async def _answer_message(self, message: discord.Message, response: delivery.Reply) -> None:
        if missing := _missing_permission(message):
            log.warning("missing %s %s", missing, render.logfmt(**delivery.fields(message)))
            if missing == EMBED_LINKS:
                await message.channel.send(f"To answer here I need the permission “{missing}”.")
            return
        if instead := self._instead_of_an_answer(message):
            await response.say(render.Card.of(instead))
            return
        with suppress(discord.HTTPException, aiohttp.ClientError, TimeoutError):  # a courtesy, and no more
            async with asyncio.timeout(LONGEST_COURTESY):
                await message.channel.typing()
        question = self._without_our_name(message.content)
        place = _place(message.author, message.channel.id, message.guild.id if message.guild else None)
        previous = await asyncio.to_thread(self._previous, message, place)
        await self._say(response, question, place, previous)

    def _instead_of_an_answer(self, message: discord.Message) -> str | None:
        """What to say to a message that is not answered for all to see, or asks nothing."""
        wishes = self._bot.wishes[message.guild.id if message.guild else None]
        if wishes.private:
            return "In this server I answer in private: `/ask` answers you alone."
        if not wishes.public_in((message.channel.id, getattr(message.channel, "parent_id", None) or 0)):
            places = " ".join(f"<#{id}>" for id in sorted(wishes.channels))
            return f"I answer in {places}; here, `/ask` answers you alone."
        return None if self._without_our_name(message.content) else render.HOW_TO_ASK

    def _without_our_name(self, content: str) -> str:
        us = self._bot.user
        return content.replace(f"<@{us.id}>", " ").replace(f"<@!{us.id}>", " ").strip() if us else content

    def _previous(self, message: discord.Message, place: Place) -> str | None:
        """The answer that a message replies to; else what its author was answered just now."""
        referred = message.reference.message_id if message.reference else None
        replied_to = self._bot.memory.given_by(str(referred)) if referred else None
        return replied_to or self._bot.memory.latest(place)

    async def _say(
        self, response: delivery.Response | delivery.Reply, question: str, place: Place, previous: str | None
    ) -> None:
        """Answer, and show meanwhile what a chat model has written."""
        async with Progress(response.show) as progress:
            id, card = await self._card(
                question, place, previous, lambda so_far: progress.tell(render.unfinished(so_far))
            )
        await self._posted(id, await response.say(card))

    async def _card(
        self, question: str, place: Place, previous: str | None, progress: Callable[[Answer], None]
    ) -> tuple[str | None, render.Card]:
        """Answer on a thread, and remember the answer for its buttons and for what follows."""
        start = time.perf_counter()
        self._keep_pace(place.person)
        request = parse({"question": question, "guild": place.guild})
        turns = await asyncio.to_thread(self._bot.memory.turns, previous)
        with self._in_line(place.person):
            answer = await self._bot.on_a_thread(
                self._bot.answerer.answer, request.question, turns, request.guild, progress
            )
        id = await self._remembered(answer, place, previous)
        language = await asyncio.to_thread(foreign_language, question)
        unseen = await asyncio.to_thread(self._bot.unseen, answer)
        outcome = "abstained" if answer.abstained else answer.answerer
        took = round((time.perf_counter() - start) * 1000)
        log.info("answered %s", render.logfmt(answer=id, guild=place.guild, by=outcome, ms=took))
        view = buttons(id, answer, guild=place.guild) if id else None
        return id, render.Card(render.answer_embeds(answer, language, unseen), view)

    async def _remembered(self, answer: Answer, place: Place, previous: str | None) -> str | None:
        """Remember an answer; one that cannot be is given all the same, without buttons."""
        try:
            return await asyncio.to_thread(self._bot.memory.remember, answer, place, previous)
        except Exception:
            log.exception("an answer cannot be remembered")
            return None

    async def _posted(self, id: str | None, message: discord.Message | None) -> None:
        if id and message:
            await asyncio.to_thread(self._bot.memory.posted, id, str(message.id))

    def _keep_pace(self, person: str) -> None:
        """Count a person's question, however it is asked.

        Raises:
            TooManyQuestions: it is one more than a minute allows.
        """
        if seconds := self._pace.update_rate_limit(person):
            again = discord.utils.utcnow() + timedelta(seconds=math.ceil(seconds))
            raise TooManyQuestions(self._bot.rules.questions_a_minute, again)

    @contextmanager
    def _in_line(self, person: str) -> Iterator[None]:
        """Let a person have a few questions waiting, so that nobody keeps all others from theirs.

        Raises:
            InvalidRequest: they have as many already.
        """
        if self._waiting[person] >= MOST_WAITING:
            raise InvalidRequest(
                f"you have {MOST_WAITING} questions waiting; ask again when they are answered"
            )
        self._waiting[person] += 1
        try:
            yield
        finally:
            self._waiting[person] -= 1
            self._waiting += Counter()  # forgets who waits for nothing


def _missing_permission(message: discord.Message) -> str | None:
    """What must be granted before the bot can answer a message, by Discord's name for it."""
    if message.guild is None or isinstance(message.channel, discord.PartialMessageable):
        return None
    granted = message.channel.permissions_for(message.guild.me)
    in_thread = isinstance(message.channel, discord.Thread)
    if not (granted.send_messages_in_threads if in_thread else granted.send_messages):
        return "Send Messages in Threads" if in_thread else "Send Messages"
    return None if granted.embed_links else EMBED_LINKS


def _place(person: discord.abc.User, channel: int, guild: int | None, *, private: bool = False) -> Place:
    return Place(str(person.id), str(channel), str(guild) if guild else None, private)


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Ask(bot))
