"""The Discord client: what it is told, its commands, how it starts and how it stops."""

import asyncio
import logging
import signal
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot import render, terminal
from bot.cogs.ask import Ask
from ingest.index import carry_out
from knowledge.answer import Answerer
from knowledge.errors import PicketError
from knowledge.library import Library

log = logging.getLogger(__name__)

POLL, POLL_AFTER_A_FAULT = 1.0, 60.0
"""Seconds between two looks at the queue of what other processes ask."""
TOKEN_REFUSED = 4004
"""The gateway's close code."""


class BotFault(PicketError):
    """The bot cannot be in Discord."""


class Commands(app_commands.CommandTree["Bot"]):
    """The slash commands, and the one place where their errors become words."""

    async def on_error(
        self, interaction: discord.Interaction["Bot"], error: app_commands.AppCommandError
    ) -> None:
        """Tell the person in one sentence, and the log in full."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        name = interaction.command.name if interaction.command else "a command"
        where = f"user {interaction.user.id}, guild {interaction.guild_id}, interaction {interaction.id}"
        log.error("%s failed for %s", name, where, exc_info=cause)
        known = isinstance(cause, PicketError)
        words = render.complaint(cause) if known else "Something broke; the log has the details."
        try:
            if interaction.response.is_done():
                await interaction.followup.send(words, ephemeral=True)
            else:
                await interaction.response.send_message(words, ephemeral=True)
        except (discord.HTTPException, aiohttp.ClientError) as unsaid:
            log.warning("nor can the person be told (%s): %s", where, unsaid)


class Bot(commands.Bot):
    """Hears of slash commands and of nothing else; pings nobody."""

    def __init__(self, answerer: Answerer, **options: Any) -> None:
        """Take discord.py's options besides."""
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            tree_cls=Commands,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            **options,
        )
        self._answerer = answerer

    async def setup_hook(self) -> None:
        """Make the commands known, to Discord as well."""
        await self.add_cog(Ask(self._answerer))
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Tell whoever started it."""
        terminal.complain(f"In Discord as {self.user}, in {len(self.guilds)} guilds. Ctrl-C stops the bot.")


def build_bot(answerer: Answerer, *, connector: aiohttp.BaseConnector | None = None) -> Bot:
    """Join the client and its parts.

    Args:
        answerer: asked on threads.
        connector: how to reach Discord, if not straight through the network.
    """
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it does not speak
    return Bot(answerer, connector=connector)


async def run(
    library: Library, answerer: Answerer, token: str, *, connector: aiohttp.BaseConnector | None = None
) -> None:
    """Be in Discord until SIGTERM or SIGINT. Within `ingest.index.writing` only.

    Raises:
        BotFault: Discord refuses the token, or cannot be reached.
    """
    # Below INFO, discord.py logs what people write.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))
    stopped = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    async with build_bot(answerer, connector=connector) as bot:
        tasks = [
            asyncio.create_task(work)
            for work in (_stay(bot, token), _take_in(library, stopped), stopped.wait())
        ]
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        for task in others:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()


async def _stay(bot: Bot, token: str) -> None:
    """Be in Discord, through every interruption that passes."""
    try:
        await bot.start(token)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        refused = isinstance(error, discord.LoginFailure) or (
            isinstance(error, discord.ConnectionClosed) and error.code == TOKEN_REFUSED
        )
        if refused:
            raise BotFault(
                "Discord refuses the token; "
                "copy it anew from the Developer Portal, page Bot, into DISCORD_TOKEN"
            ) from error
        raise BotFault(f"Discord cannot be reached ({error}); check the network and try again") from error


async def _take_in(library: Library, stopped: asyncio.Event) -> None:
    """Carry out what other processes ask, such as `picket ingest`, as long as this one is the writer."""

    def between_batches(_done: int, _known: int) -> None:
        if stopped.is_set():
            raise _Stopped

    while True:
        pause = POLL
        try:
            await asyncio.to_thread(carry_out, library, between_batches)
        except _Stopped:
            return
        except Exception:  # answering goes on
            log.exception("what other processes asked cannot be carried out")
            pause = POLL_AFTER_A_FAULT
        await asyncio.sleep(pause)


class _Stopped(Exception):
    """The rest stays in the queue."""
