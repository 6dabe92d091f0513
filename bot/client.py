"""The Discord client: what it hears, its commands, how it starts and how it stops."""

import asyncio
import hashlib
import json
import logging
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot import terminal
from bot.apology import apologise
from bot.delivery import Interaction, Seen
from bot.door import Door
from bot.guilds import Guilds
from bot.reading import Reading
from bot.rights import objection
from bot.settings import BotSettings
from bot.tidying import tidy
from ingest.fetch import Page, fetch
from ingest.index import Steps, carry_out
from knowledge.answer import Answerer
from knowledge.asked import Memory
from knowledge.build import build_gaps, build_joined, build_quota
from knowledge.errors import PicketError
from knowledge.library import Library
from knowledge.own_facts import OwnFacts
from knowledge.schema import now
from knowledge.types import Answer, Quota

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Fetch = Callable[..., Awaitable[Page]]
"""As `ingest.fetch.fetch`."""

ANSWERING = 4
"""Questions answered at the same time; further ones wait, acknowledged."""
THREADS = 32
"""For what takes a moment, or waits for the catalogue."""
DRAIN = 20.0
"""Seconds that answers under way are given when the bot is stopped."""
LAST_WORDS = 5.0
"""Seconds for saying that an answer will not come any more."""
POLL, POLL_AFTER_A_FAULT = 1.0, 60.0
"""Seconds between two looks at the queue of what other processes ask."""
EXTENSIONS = (
    "ask",
    "feedback",
    "facts",
    "corrections",
    "knowledge",
    "tell",
    "about",
    "my_data",
    "setup",
    "membership",
)
"""The cogs, one file a feature."""

TOKEN_REFUSED, INTENTS_INVALID, INTENTS_REFUSED = 4004, 4013, 4014
"""The gateway's close codes.

Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway
"""


class BotFault(PicketError):
    """The bot cannot be in Discord."""


class BeingRestarted(BotFault):
    """The bot is on its way out."""

    def __init__(self) -> None:
        super().__init__("I am being restarted; please ask again in a minute")


class Commands(app_commands.CommandTree["Bot"]):
    """The slash and menu commands; each event is taken once, and each error put into words."""

    async def interaction_check(self, interaction: Interaction) -> bool:
        """Pass over what the bot does not take on."""
        return await self.client.takes_on(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Tell the person and the log."""
        await apologise(interaction, error)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has decided: see `bot/settings.py`."""

    quota: Quota
    """How much each may have."""
    stale_after: timedelta
    """How old a look at a page may be before an answer that cites it says so."""
    keep_days: int = 30
    """How long questions are remembered."""
    keep_left_days: int = 30
    """How long what belongs to a guild is kept once the bot has left it."""
    questions_a_minute: int = 10
    """Of one person."""
    fetch: Fetch = fetch
    """How to reach the web."""

    @classmethod
    def of(cls, settings: BotSettings) -> "Rules":
        """Take them from the settings."""
        return cls(
            build_quota(settings),
            timedelta(days=settings.stale_after_days),
            settings.keep_questions_days,
            settings.keep_left_days,
            settings.questions_a_minute,
            partial(fetch, ports=settings.fetch_ports),
        )


class Queue:
    """What the cogs and the writer tell each other of the jobs in the catalogue."""

    def __init__(self) -> None:
        self.filled = asyncio.Event()
        """Set by whoever has queued a job, so that the writer need not look."""
        self.of_job: Mapping[int, tuple[int, int]] = {}
        """How far the jobs are that the writer carries out now: see `ingest.index.Steps`."""
        self.watched: set[int] = set()
        """Jobs whose outcome is told in place, to whoever asked for them."""


class Bot(commands.Bot):
    """Hears commands, mentions, replies to it and direct messages; pings nobody.

    Holds the parts that the cogs share.
    """

    def __init__(
        self,
        library: Library,
        answerer: Answerer,
        memory: Memory,
        facts: OwnFacts,
        rules: Rules,
        **options: Any,
    ) -> None:
        """Take discord.py's options besides."""
        super().__init__(
            commands.when_mentioned,
            help_command=None,
            tree_cls=Commands,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            **options,
        )
        self.library, self.answerer, self.memory, self.facts = library, answerer, memory, facts
        self.rules = rules
        self.gaps = build_gaps(library, memory)
        self.joined = build_joined(library)
        self.wishes = Guilds(memory)
        self.queue, self.door = Queue(), Door()
        self.reading = Reading()
        self.seen = Seen()
        self.knows_guilds = asyncio.Event()
        """Whether it is noted in which guilds the bot is."""
        self.writing = asyncio.Lock()
        """Held by whoever changes the index, as its one writer."""
        self.stopping = False
        self._buttons: list[re.Pattern[str]] = []
        self._threads = ThreadPoolExecutor(ANSWERING, thread_name_prefix="answer")
        self._under_way: set[asyncio.Task[Any]] = set()

    async def setup_hook(self) -> None:
        """Make the commands known, to Discord as well where they changed."""
        for name in EXTENSIONS:
            await self.load_extension(f"bot.cogs.{name}")
        described = [command.to_dict(self.tree) for command in self.tree.get_commands(type=None)]
        edition = hashlib.sha256(json.dumps([self.application_id, described]).encode()).hexdigest()
        if await asyncio.to_thread(self.library.catalogue.note, "commands") != edition:
            await self.tree.sync()
            try:
                await asyncio.to_thread(self.library.catalogue.set_notes, commands=edition)
            except Exception:  # they are made known once more at the next start
                log.exception("that the commands are known cannot be noted")

    async def on_ready(self) -> None:
        """Tell whoever started it."""
        terminal.complain(f"In Discord as {self.user}, in {len(self.guilds)} guilds. Ctrl-C stops the bot.")

    async def takes_on(self, interaction: Interaction) -> bool:
        """Whether an interaction is met for the first time, and can be finished; if not, say so."""
        if not self.seen.first_time(interaction.id):
            return False
        if self.stopping and interaction.type is not discord.InteractionType.autocomplete:
            await apologise(interaction, BeingRestarted())
        return not self.stopping

    def answers_privately(self, interaction: Interaction, wish: bool | None = None) -> bool:  # noqa: FBT001
        """Whether the answer is for the person's eyes only: by what they and their guild wish, and where."""
        wishes = self.wishes[interaction.guild_id]
        above = getattr(interaction.channel, "parent_id", None)
        here = [id for id in (interaction.channel_id, above) if id is not None]
        return not wishes.public_in(here) or (wishes.private if wish is None else wish)

    def add_buttons(self, item: type[discord.ui.DynamicItem[Any]], names: re.Pattern[str]) -> None:
        """Have an item answer to all buttons whose `custom_id` the pattern matches."""
        self.add_dynamic_items(item)
        self._buttons.append(names)

    def knows_button(self, name: str) -> bool:
        """Whether something answers to a `custom_id`."""
        return any(names.fullmatch(name) for names in self._buttons)

    def unseen(self, answer: Answer) -> Mapping[str, datetime]:
        """When the pages that an answer cites were looked at, where that is long ago; by their ids."""
        ids = [citation.source.id for citation in answer.citations]
        return self.library.catalogue.unseen_since(now() - self.rules.stale_after, ids)

    async def on_message(self, _message: discord.Message) -> None:
        """Messages are no commands; `bot/cogs/ask.py` hears them."""

    async def on_a_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what model and store do, a few at a time and never on the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: work(*args, **kwargs))

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Have a stop wait for what is done inside."""
        task = asyncio.current_task()
        if task is None or task in self._under_way:  # inside of another
            yield
            return
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def close(self) -> None:
        """Leave Discord once the answers under way are given."""
        self.stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN)
        for task in self._under_way:
            task.cancel()  # `at_work` has it say so
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_WORDS)
        await super().close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.gaps.close()
        self.joined.close()


def build_bot(
    library: Library,
    answerer: Answerer,
    memory: Memory,
    facts: OwnFacts,
    rules: Rules,
    **options: Any,
) -> Bot:
    """Join the client and its parts.

    Args:
        library: what is known.
        answerer: asked on threads.
        memory: what was asked.
        facts: the facts, as each guild sees them.
        rules: what the operator has decided.
        options: discord.py's own, such as `connector`, how to reach Discord.
    """
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it does not speak
    return Bot(library, answerer, memory, facts, rules, **options)


async def run(bot: Bot, token: str) -> None:
    """Be in Discord until SIGTERM or SIGINT. Within `ingest.index.writing` only.

    Args:
        bot: as built, not yet started.
        token: Discord's.

    Raises:
        BotFault: Discord refuses the token, or cannot be reached.
    """
    # Below INFO, discord.py logs what people write.
    logging.getLogger("discord").setLevel(max(logging.INFO, logging.getLogger().level))
    stopped = asyncio.Event()
    # asyncio looks up names on these threads as well: what waits for the catalogue must not use them up.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="side"))
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    async with bot:
        tasks = [
            asyncio.create_task(work)
            for work in (
                _stay(bot, token),
                _take_in(bot, stopped),
                tidy(bot),
                stopped.wait(),
            )
        ]
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        await bot.close()
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
        raise BotFault(_refusal(error)) from error


def _refusal(error: Exception) -> str:
    """Say why Discord does not let the bot in, and what to do."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.LoginFailure) or code == TOKEN_REFUSED:
        return (
            "Discord refuses the token; copy it anew from the Developer Portal, page Bot, into DISCORD_TOKEN"
        )
    if isinstance(error, discord.PrivilegedIntentsRequired) or code in (INTENTS_INVALID, INTENTS_REFUSED):
        return (
            "Discord refuses the bot's intents, though it asks for no privileged one; "
            "look into the Developer Portal, page Bot, whether the application is limited"
        )
    return f"Discord cannot be reached ({error}); check the network and try again"


async def _take_in(bot: Bot, stopped: asyncio.Event) -> None:
    """Carry out what moderators ask, and other processes such as `picket ingest`, as the one writer."""

    def between_batches(steps: Steps) -> None:
        bot.queue.of_job = steps.of_job
        if stopped.is_set():
            raise _Stopped

    while True:
        pause = POLL
        bot.queue.filled.clear()
        try:
            async with bot.writing:
                if not await asyncio.to_thread(carry_out, bot.library, between_batches, objection(bot)):
                    pause = POLL_AFTER_A_FAULT
        except _Stopped:
            return
        except Exception:  # answering goes on
            log.exception("what was asked cannot be carried out")
            pause = POLL_AFTER_A_FAULT
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await bot.queue.filled.wait()


class _Stopped(Exception):
    """The rest stays in the queue."""
