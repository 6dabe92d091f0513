"""How an answer reaches Discord once, whatever the network does on the way.

Discord waits 3 seconds for an acknowledgement and 15 minutes for the rest. A repeated event, a lost
reply to a request that took effect, a token run out: each ends in one answer, or in a line of the log.
Source: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord

from bot.render import Card, logfmt

if TYPE_CHECKING:
    from bot.client import Bot  # noqa: F401 - for the alias below

log = logging.getLogger(__name__)

Interaction = discord.Interaction["Bot"]
T = TypeVar("T")

ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION = 40060, 10062
TOKEN_RUN_OUT = frozenset({10015, 50027})
"""An unknown webhook, an invalid webhook token: what Discord says after 15 minutes."""
TRIES = 3
PAUSE = 1.0
"""Seconds before the second try; each further one waits twice as long."""
TRIES_AT_ONCE, LONGEST_TRY = 4, 0.7
"""Of an acknowledgement: how many, and the seconds that one may take while others are left."""
REMEMBERED_EVENTS = 2_000


class Seen:
    """Tells a new event from one that the gateway repeats after a RESUME."""

    def __init__(self) -> None:
        self._order: deque[int] = deque()
        self._ids: set[int] = set()

    def first_time(self, id: int) -> bool:
        """Whether an interaction or message has not been met before."""
        if id in self._ids:
            return False
        self._order.append(id)
        self._ids.add(id)
        if len(self._order) > REMEMBERED_EVENTS:
            self._ids.discard(self._order.popleft())
        return True


async def acknowledge(interaction: Interaction, *, private: bool, in_place: bool = False) -> bool:
    """Defer, so that Discord waits; whether there is still somebody to answer.

    Args:
        interaction: met for the first time.
        private: whether the answer is for the person's eyes only.
        in_place: whether it takes the place of the message whose button was pressed.
    """
    try:
        await _at_once(lambda: interaction.response.defer(thinking=not in_place, ephemeral=private))
    except discord.HTTPException as error:
        if error.code == ALREADY_ACKNOWLEDGED:  # an earlier try took effect, and its reply was lost
            return True
        if error.code == UNKNOWN_INTERACTION:
            log.warning("too late to answer %s", logfmt(**fields(interaction)))
            return False
        raise
    return True


async def answer(interaction: Interaction, card: Card, *, private: bool) -> discord.Message | None:
    """Put a card in the place of "thinking"; after 15 minutes, into the channel.

    Saying the same again changes nothing, so a lost reply costs nothing either.

    Returns:
        The message; None where it could not be said, which the log tells.
    """
    shown: dict[str, Any] = {"embeds": card.embeds, "view": card.view}
    try:
        return await _insisting(
            lambda: interaction.edit_original_response(**shown, attachments=_attached(card))
        )
    except discord.HTTPException as error:
        if error.code not in TOKEN_RUN_OUT or private or interaction.channel is None:
            raise
    channel = interaction.channel
    if not isinstance(channel, discord.abc.Messageable):
        log.warning("the answer cannot be said any more %s", logfmt(**fields(interaction)))
        return None
    return await _insisting(
        lambda: channel.send(**shown, files=_attached(card) or [], nonce=str(interaction.id))
    )


async def follow_up(interaction: Interaction, card: Card) -> None:
    """Send one more message to whoever used a command, for their eyes only."""
    shown: dict[str, Any] = {"embeds": card.embeds}
    if card.view is not None:
        shown["view"] = card.view
    await _insisting(lambda: interaction.followup.send(**shown, ephemeral=True))


async def reply(message: discord.Message, card: Card) -> discord.Message:
    """Answer a message with a card, once, even if the first try's reply is lost or the message is gone.

    Where the bot may not read what was said before, as a message that refers to none.
    """
    shown: dict[str, Any] = {"embeds": card.embeds, "mention_author": False, "nonce": str(message.id)}
    if card.view is not None:
        shown["view"] = card.view
    if _may_refer(message):
        shown["reference"] = message.to_reference(fail_if_not_exists=False)
    return await _insisting(lambda: message.channel.send(**shown))


class Response:
    """The answer to an interaction that was acknowledged."""

    def __init__(self, interaction: Interaction, *, private: bool) -> None:
        """Take the interaction, and whether the answer is for the person's eyes only."""
        self._interaction, self._private = interaction, private

    async def show(self, card: Card) -> None:
        """Show what is written so far, in one try."""
        await self._interaction.edit_original_response(embeds=card.embeds)

    async def say(self, card: Card) -> discord.Message | None:
        """Say the answer; see `answer`."""
        return await answer(self._interaction, card, private=self._private)


class Reply:
    """The answer to a message: sent once, edited from then on."""

    def __init__(self, message: discord.Message) -> None:
        """Take the message."""
        self._message = message
        self._begun = False
        self._sent: discord.Message | None = None

    async def show(self, card: Card) -> None:
        """Show what is written so far."""
        if self._sent:
            await self._sent.edit(embeds=card.embeds)
        else:
            self._begun = True
            self._sent = await reply(self._message, card)

    async def say(self, card: Card) -> discord.Message:
        """Say the answer; see `reply`."""
        sent = self._sent or await reply(self._message, card)
        if not self._begun:
            return sent
        # Even where no reply to our first try came: it may have taken effect, and then it is what stands.
        return await _insisting(lambda: sent.edit(embeds=card.embeds, view=card.view))


async def tell(
    channel: discord.abc.Messageable, card: Card, person: discord.abc.Snowflake, words: str, nonce: str
) -> discord.Message:
    """Say something to somebody who does not wait for it, once; whatever it names, they alone are pinged."""
    shown: dict[str, Any] = {"embeds": card.embeds, "nonce": nonce}
    if card.view is not None:
        shown["view"] = card.view
    only_them = discord.AllowedMentions(everyone=False, roles=False, users=[person])
    return await _insisting(lambda: channel.send(words, **shown, allowed_mentions=only_them))


def _may_refer(message: discord.Message) -> bool:
    if message.guild is None or isinstance(message.channel, discord.PartialMessageable):
        return True
    return message.channel.permissions_for(message.guild.me).read_message_history


def fields(event: Interaction | discord.Message) -> dict[str, object]:
    """The ids by which the log names an event."""
    person = event.user if isinstance(event, discord.Interaction) else event.author
    guild = event.guild.id if event.guild else None
    kind = "interaction" if isinstance(event, discord.Interaction) else "message"
    return {kind: event.id, "guild": guild, "user": person.id}


def _attached(card: Card) -> Any:
    """Make a card's attachments anew, as each try reads them to their end; without any, those stay."""
    if card.picture is None:
        return discord.utils.MISSING
    return [discord.File(BytesIO(card.picture), "picture.png", description=card.embeds[0].title)]


async def _at_once(say: Callable[[], Awaitable[T]]) -> T:
    """Try as often as fits into the 3 seconds, however a try fails or hangs."""
    for _ in range(TRIES_AT_ONCE - 1):
        try:
            async with asyncio.timeout(LONGEST_TRY):
                return await say()
        except (aiohttp.ClientError, discord.DiscordServerError, TimeoutError) as error:
            log.warning("not acknowledged, trying again at once: %r", error)
    return await say()


async def _insisting(say: Callable[[], Awaitable[T]]) -> T:
    """Try again after a dropped connection or a fault of Discord's, which discord.py lets pass."""
    pause = PAUSE
    for _ in range(TRIES - 1):
        try:
            return await say()
        except (aiohttp.ClientError, discord.DiscordServerError, TimeoutError) as error:
            log.warning("Discord did not take it, trying again in %s s: %s", pause, error)
            await asyncio.sleep(pause)
            pause *= 2
    return await say()
