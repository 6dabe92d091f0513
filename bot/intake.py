"""What a moderator hands in is got, and what they asked for is seen done; one message tells how far it is.

Whoever asks for a change must have the right to it when they ask, and still when it is made: a long
document is indexed for minutes.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import PurePath

import aiohttp
import discord

from bot import delivery
from bot.apology import NOTHING_TYPED, apology, give_back, record
from bot.client import BeingRestarted, Bot
from bot.delivery import Interaction
from bot.documents_render import counted
from bot.door import Handed
from bot.guilds import DiscordSilent, is_moderator_still
from bot.plain import plain
from bot.render import Card, logfmt
from bot.rights import RIGHT_LOST, RightLost
from bot.terminal import one_line
from ingest.load import SUFFIXES
from ingest.submit import Told
from knowledge.errors import InvalidDocument, PicketError
from knowledge.find import shortened
from knowledge.queue import CANCELLED
from knowledge.types import Document

log = logging.getLogger(__name__)

LARGEST_FILE = 25 * 2**20
"""Bytes of an attachment; Discord takes 10 MiB from most people."""
LONGEST_TITLE = 100
PASTED = "message.txt"
"""What Discord names a text that is too long for a message."""
PIECE = 2**16
SLOWEST = 60.0
"""Seconds for a download from Discord."""
LOOK, TELL = 0.2, 2.5
"""Seconds between two looks at the queue, and between two edits of a message: Discord takes few."""


class StillQueued(PicketError):
    """The bot is on its way out, and what was asked for is not done yet."""

    def __init__(self) -> None:
        super().__init__("I am being restarted, and do it then; /knowledge log has it once it is done")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to be handed in, once it has been got."""

    name: str
    """For a person."""
    get: Callable[[], Awaitable[Handed]]
    """Raises InvalidDocument."""


async def seen_through(interaction: Interaction, jobs: Sequence[int]) -> list[str]:
    """Wait until jobs are done; tell the outcome of each.

    Raises:
        RightLost: whoever asked for them may not do so any more, and they were cancelled.
        StillQueued: the bot is stopped.
    """
    catalogue, clock = interaction.client.library.catalogue, asyncio.get_running_loop().time
    interaction.client.queue.watched.update(jobs)
    interaction.client.queue.filled.set()
    next_word = clock() + LOOK
    try:
        while len(outcomes := await asyncio.to_thread(catalogue.outcomes, jobs)) < len(jobs):
            if clock() >= next_word:
                if not await _check_and_tell(interaction, jobs):
                    interaction.client.queue.watched.difference_update(jobs)  # the outcome goes elsewhere
                next_word = clock() + TELL
            await asyncio.sleep(LOOK)
    except asyncio.CancelledError:  # the bot has waited long enough
        raise StillQueued from None
    finally:
        interaction.client.queue.watched.difference_update(jobs)
    if {CANCELLED, f"refused: {RIGHT_LOST}"} & {*outcomes.values()}:
        raise RightLost
    return [outcomes[job] for job in jobs]


async def _check_and_tell(interaction: Interaction, jobs: Sequence[int]) -> bool:
    """Cancel jobs whose asker has lost the right to them, and tell how far they are, if that can be told.

    After 15 minutes nothing can: then the writer alone asks for the right, and tells in a direct message.
    """
    client = interaction.client
    if interaction.is_expired():
        return False
    if await _has_lost_the_right(interaction):
        await asyncio.to_thread(client.library.catalogue.cancel, jobs)
    await tell(interaction, Card.of(_progress(client, jobs)))
    return True


async def _has_lost_the_right(interaction: Interaction) -> bool:
    """Whether that is certain: a fault of Discord's is none of the person's."""
    try:
        return not await is_moderator_still(
            interaction.client, interaction.guild_id or 0, interaction.user.id
        )
    except DiscordSilent as error:
        log.warning("%s %s", error, logfmt(**delivery.fields(interaction)))
        return False


def _progress(client: Bot, jobs: Sequence[int]) -> str:
    """Tell how far these jobs are, and nothing of how much others have the writer do."""
    under_way = [of_job for job, of_job in client.queue.of_job.items() if job in jobs]
    if not under_way:
        return "Waiting for its turn to be indexed …"
    done, known = (sum(count) for count in zip(*under_way, strict=True))
    return f"Indexing: {done:,} of {counted(known, 'passage')} …"


@asynccontextmanager
async def ending_in_place(
    interaction: Interaction, typed: Mapping[str, str] = NOTHING_TYPED
) -> AsyncIterator[None]:
    """Have the message that tells how far something is end in what went wrong, if something does.

    What was typed for it is then given back.
    """
    try:
        yield
    except asyncio.CancelledError:  # the bot is stopped, and has waited long enough
        await tell(interaction, Card.of(apology(BeingRestarted())))
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits
        record("a document's way in failed", error, **delivery.fields(interaction))
        await tell(interaction, Card.of(apology(error)))
        await give_back(interaction, typed)


async def tell(interaction: Interaction, card: Card) -> None:
    """Say how far something is; it goes on even if that cannot be said, as after 15 minutes."""
    try:
        await delivery.answer(interaction, card, private=True)
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        log.warning("progress cannot be told: %s %s", error, logfmt(**delivery.fields(interaction)))


# What can be handed in


def page(client: Bot, url: str, known: Document | None = None) -> Piece:
    """What is at an address; where it is known already, what has changed there since.

    What a person told of it still holds then, and `get` raises NotModified where the server says that
    nothing has changed.
    """

    async def get() -> Handed:
        validators = {"etag": known.etag, "last_modified": known.last_modified} if known else {}
        told = known.source.details.get("told", {}) if known else {}
        found = await client.rules.fetch(url, **validators)
        return Handed(
            found.content,
            found.name,
            url,
            found.url,
            Told(**told),
            etag=found.etag,
            last_modified=found.last_modified,
            refreshes=known is not None,
        )

    return Piece(url, get)


def attachment(client: Bot, file: discord.Attachment, handed: Handed | None = None) -> Piece:
    """A file in Discord.

    Args:
        client: reaches Discord.
        file: whose name again takes its place, unless Discord gave it.
        handed: what is told of it, and a key of its own, where it is part of a message.
    """
    name = named(file)

    async def get() -> Handed:
        if not _can_be_read(file):
            raise InvalidDocument(f"files of that type are not read: use {', '.join(sorted(SUFFIXES))}")
        content = await _downloaded(client, file)
        about = handed or Handed(b"", "", _key(name, content))
        return replace(about, content=content, name=name)

    return Piece(name, get)


def _key(name: str, content: bytes) -> str:
    """A file is known by its name, and by its content where the name is that of every long text pasted."""
    if name != PASTED:
        return f"file:{name}"
    return f"file:{hashlib.sha256(content).hexdigest()[:16]}/{name}"


def named(file: discord.Attachment) -> str:
    """A file's name as its owner knows it: Discord's own has no letters but those of ASCII."""
    suffix = PurePath(file.filename).suffix
    return f"{file.title}{suffix}" if file.title else file.filename


def typed(handed: Handed) -> Piece:
    """What is at hand already."""

    async def get() -> Handed:
        return handed

    return Piece(handed.told.title or handed.name, get)


def pieces_of(client: Bot, message: discord.Message) -> list[Piece]:
    """A message's words, and each of its files; from its author, or, where it was forwarded, from nobody.

    Raises:
        InvalidDocument: it holds nothing to read.
    """
    said, by = said_in(message), message.author
    author, name = (str(by.id), by.display_name) if said is message else (None, None)
    told = Told(None, name, message.jump_url, f"{said.created_at:%Y-%m-%d}")
    key = f"message:{message.jump_url}"
    pieces = [
        attachment(client, file, Handed(b"", "", f"{key}/{named(file)}", told=told, author=author))
        for file in said.attachments
    ]
    if words := _words_of(message):
        told = replace(told, title=_title(words))
        pieces.insert(0, typed(Handed(words.encode(), "message.txt", key, told=told, author=author)))
    if not any(_can_be_read(file) for file in said.attachments) and not words:
        raise InvalidDocument("that message holds no text and no file that can be read; choose another")
    return pieces


def said_in(message: discord.Message) -> discord.Message | discord.MessageSnapshot:
    """A message itself, or the one that it forwards."""
    return next(iter(message.message_snapshots), message)


def _can_be_read(file: discord.Attachment) -> bool:
    return PurePath(file.filename).suffix.lower() in SUFFIXES


def _words_of(message: discord.Message) -> str:
    """What a message shows; embeds only of bots: those of people are of pages that they link to."""
    said = said_in(message)
    embeds = said.embeds if message.author.bot else ()
    content = said.clean_content if isinstance(said, discord.Message) else said.content
    parts = map(plain, (content, *map(_words, embeds)))
    return "\n\n".join(part for part in parts if part.strip())


def _words(embed: discord.Embed) -> str:
    fields = (part for field in embed.fields for part in (field.name, field.value))
    parts = embed.title, embed.description, *fields, embed.footer.text
    return "\n".join(part for part in parts if part)


def _title(words: str) -> str:
    """The first line of a message, as far as a title goes."""
    return shortened(one_line(words.strip().splitlines()[0]), LONGEST_TITLE)


async def _downloaded(client: Bot, file: discord.Attachment) -> bytes:
    """Read a file from Discord, and no more of it than may be, whatever its size was said to be."""
    too_large = InvalidDocument(
        f"{file.filename} is over {LARGEST_FILE // 2**20} MiB: hand in the part that matters"
    )
    if file.size > LARGEST_FILE:
        raise too_large
    content = bytearray()
    try:
        async with (
            asyncio.timeout(SLOWEST),
            aiohttp.ClientSession(connector=client.http.connector, connector_owner=False) as session,
            session.get(file.url, raise_for_status=True) as response,
        ):
            async for piece in response.content.iter_chunked(PIECE):
                content += piece
                if len(content) > LARGEST_FILE:
                    raise too_large
    except (aiohttp.ClientError, TimeoutError) as error:
        raise InvalidDocument(f"{file.filename} cannot be downloaded from Discord; send it again") from error
    return bytes(content)
