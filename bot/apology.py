"""THE error handler: what goes wrong becomes one sentence for the person and a whole entry in the log."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from io import BytesIO
from types import MappingProxyType

import aiohttp
import discord
from discord import app_commands

from bot import render
from bot.delivery import ALREADY_ACKNOWLEDGED, Interaction, fields
from knowledge.errors import PicketError

log = logging.getLogger(__name__)

GONE = frozenset({10003, 10008, 10015, 10062, 50027})
"""Discord's codes for a channel, message, webhook or interaction that is not there any more.

Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""


NOTHING_TYPED: Mapping[str, str] = MappingProxyType({})
GIVEN_BACK = "This is what you typed; none of it is kept."


class TooManyQuestions(PicketError):
    """A person has asked as many questions as one may within a minute."""

    def __init__(self, most: int, again: datetime) -> None:
        super().__init__(f"{most} questions within a minute, no more until {again:%H:%M:%S}")
        self.most, self.again = most, again


@asynccontextmanager
async def apologising(
    interaction: Interaction, typed: Mapping[str, str] = NOTHING_TYPED
) -> AsyncIterator[None]:
    """Let no error pass without a word to whoever pressed or sent something, and lose nothing they typed."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits
        await apologise(interaction, error)
        await give_back(interaction, typed)


async def give_back(interaction: Interaction, typed: Mapping[str, str]) -> None:
    """Send whoever filled in a form what they typed, by field, as Discord has closed it. Answered before."""
    text = "\n\n".join(f"{name}:\n{said}" for name, said in typed.items() if said)
    if text:
        file = discord.File(BytesIO(text.encode()), "what-you-typed.txt")
        try:
            await interaction.followup.send(GIVEN_BACK, file=file, ephemeral=True)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as unsaid:
            about = render.logfmt(**fields(interaction))
            log.warning("what was typed cannot be given back: %s %s", unsaid, about)


async def apologise(interaction: Interaction, error: Exception) -> None:
    """Tell the person in one sentence, and the log in full.

    After an acknowledgement the sentence is seen by whom the answer would have been.
    """
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    name = interaction.command.qualified_name if interaction.command else interaction.type.name
    record(f"{name} failed", cause, **fields(interaction))
    if getattr(cause, "code", None) in {*GONE, ALREADY_ACKNOWLEDGED}:
        return
    words = apology(cause)
    try:
        await _tell(interaction, words)
    except (discord.HTTPException, aiohttp.ClientError, RuntimeError, TimeoutError) as unsaid:
        log.warning("nor can the person be told: %s %s", unsaid, render.logfmt(**fields(interaction)))


async def _tell(interaction: Interaction, words: str) -> None:
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(words, ephemeral=True)
            return
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
    await interaction.followup.send(words, ephemeral=True)


def in_vain(error: BaseException) -> bool:
    """Whether a word in the same place would be refused as well: it is gone, or closed to the bot."""
    return getattr(error, "code", None) in GONE or isinstance(error, discord.Forbidden)


def apology(error: BaseException) -> str:
    """Say what went wrong and what to do, in one sentence."""
    match error:
        case PicketError():
            return _complaint(error)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "That command has changed; reload Discord (Ctrl+R) and try again."
        case app_commands.MissingPermissions(missing_permissions=missing):
            return f"For that you need the permission “{_named(missing)}” in this server."
        case app_commands.NoPrivateMessage():
            return "That works in a server only."
        case discord.HTTPException() | aiohttp.ClientError():
            return "Discord did not take the answer; please ask again."
        case _:
            return "Something broke; the log has the details."


def _complaint(error: PicketError) -> str:
    if isinstance(error, TooManyQuestions):
        again = discord.utils.format_dt(error.again, "R")  # which Discord counts down
        return f"You may ask {error.most} questions within a minute; ask again {again}."
    return render.complaint(error)


def record(what: str, error: BaseException, **about: object) -> None:
    """Write an entry with its ids: with the traceback, unless it is only something that is gone."""
    if isinstance(error, PicketError):
        log.info("%s: %s %s", what, error, render.logfmt(**about))
    elif getattr(error, "code", None) in GONE:
        log.warning("%s: %s %s", what, error, render.logfmt(**about))
    else:
        log.error("%s: %s %s", what, error, render.logfmt(**about), exc_info=error)


def _named(permissions: list[str]) -> str:
    return ", ".join(name.replace("_", " ").replace("guild", "server").title() for name in permissions)
