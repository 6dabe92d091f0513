"""Whether whoever asked for a change of documents may have it: asked once more, right before it is made.

A long document is indexed for minutes, and what a stop has cut off is done after the next start.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.guilds import is_moderator_still
from bot.render import LONGEST_MESSAGE, cut, escape, logfmt
from bot.terminal import one_line
from ingest.index import Objection, Undecided
from knowledge.errors import PicketError
from knowledge.queue import Job
from knowledge.types import guild_of_scope

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that the writer waits for what Discord says."""
RIGHT_LOST = "whoever asked for it may not look after this server's documents any more"


class RightLost(PicketError):
    """A moderator is none any more."""

    def __init__(self) -> None:
        super().__init__("you may not look after this server's documents any more, so nothing was changed")


def objection(bot: "Bot") -> Objection:
    """Ask Discord whether who wants a job done is a moderator still; to be called within the event loop.

    While Discord does not tell, as in an outage, the job stays in the queue: nothing goes live that nobody
    answers for, and nothing is lost. Whoever has lost the right is told, and so is the log.
    """
    loop = asyncio.get_running_loop()

    def ask(job: Job, scope: str) -> str | None:
        asking = asyncio.run_coroutine_threadsafe(_ask(bot, job, scope), loop)
        try:
            return asking.result(PATIENCE)
        except Exception as error:  # whatever it is, it does not tell
            asking.cancel()
            about = logfmt(job=job.number, user=job.person, error=repr(error))
            log.warning("a change waits, as Discord does not tell whether it may be made %s", about)
            raise Undecided from error

    return ask


async def _ask(bot: "Bot", job: Job, scope: str) -> str | None:
    await bot.wait_until_ready()  # until then, it knows of no guild
    guild, person = int(guild_of_scope(scope)), int(job.person or 0)
    if await is_moderator_still(bot, guild, person):
        return None
    about = logfmt(guild=guild, user=person, document=job.document_id, job=job.number)
    log.warning("not done, as whoever asked for it is no moderator any more %s", about)
    if job.number not in bot.queue.watched:
        await _tell(bot, job, guild, person)
    return RIGHT_LOST


async def _tell(bot: "Bot", job: Job, guild_id: int, person: int) -> None:
    """Tell whoever asked for a job before the bot was stopped, and waits for no answer any more."""
    guild = bot.get_guild(guild_id)
    named = job.document.source.provenance.title if job.document else job.document_id
    where = f" in {one_line(guild.name)}" if guild else ""
    said = escape(cut(f"“{one_line(named)}”{where}", LONGEST_MESSAGE // 4))
    try:
        channel = await bot.create_dm(discord.Object(person))
        await channel.send(f"{said}: {RightLost()}.")
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("nor can they be told: %s %s", error, logfmt(user=person))
