"""The buttons below documents: at the door, in the list, in the log. They bear ids, and survive a restart.

Only what waits at the door does not: see `bot/door.py`.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

import discord

from bot import delivery
from bot.apology import NOTHING_TYPED, apologising, apology
from bot.delivery import Interaction
from bot.document_form import CorrectionForm
from bot.documents_render import (
    ACTS_A_PAGE,
    DOCUMENTS_A_PAGE,
    acts_embed,
    details_embed,
    done_embed,
    door_embed,
    line,
    page_embed,
    pages_of,
    removal_embed,
    searched_for,
)
from bot.door import Visitor, look_at, says_the_same
from bot.guilds import check_moderator, is_moderator_still
from bot.intake import Piece, ending_in_place, page, seen_through, tell
from bot.render import LONGEST_DESCRIPTION, Card, cut, logfmt
from bot.rights import RightLost
from ingest.fetch import NotModified
from ingest.submit import WEB, ask_within, check_quota, undo_within
from knowledge.catalogue import Details
from knowledge.errors import InvalidDocument, PicketError, UnknownDocument
from knowledge.ledger import Entry
from knowledge.schema import now
from knowledge.types import Document, scope_of

if TYPE_CHECKING:
    from bot.client import Bot

log = logging.getLogger(__name__)

NAMES = re.compile(
    r"picket:(?P<action>(?:accept|correct|refuse)(?=:[0-9a-f]{16}$)|(?:undo|acts|documents)(?=:\d{1,15}$)"
    r"|(?:ask-remove|remove|keep|refresh)):(?P<about>[a-z0-9-]{1,80})"
)
"""What a button does, and to what: a token of the door, a document's id, the number of an act or a page."""
CHANGES = "added", "replaced", "removed"
"""How the outcome of a job begins that has changed something."""
AS_IT_WAS = "It is as it was; that it was looked at is noted."
Style = discord.ButtonStyle


class NoSuchDocument(PicketError):
    """A guild has no document of an id, whatever another has."""

    def __init__(self) -> None:
        super().__init__("this server has no document of that id; choose one that is offered as you type")


class DocumentButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=NAMES):
    """One of the buttons below documents."""

    def __init__(self, action: str, about: str | int, label: str | None = None) -> None:
        named, style, _ = ACTIONS[action]
        id = f"picket:{action}:{about}"
        super().__init__(discord.ui.Button(label=label or named, style=style, custom_id=id))
        self._action, self._about = action, str(about)

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the client is ours
        cls, _interaction: Interaction, _item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> Self:
        """Know a pressed button again."""
        return cls(match["action"], match["about"])

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Do what the label says, for those who may."""
        if await interaction.client.takes_on(interaction):
            async with interaction.client.at_work(), apologising(interaction):
                check_moderator(interaction)  # who was shown the button may have lost the role since
                await ACTIONS[self._action][2](interaction, self._about)


def _view(*buttons: DocumentButton) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


# At the door


async def hand_in(
    interaction: Interaction, pieces: Sequence[Piece], typed: Mapping[str, str] = NOTHING_TYPED
) -> None:
    """Have documents wait at the door, each shown in a message of its own. Acknowledged before.

    Args:
        interaction: whose.
        pieces: what is handed in.
        typed: what was typed into a form for it, by field.
    """
    async with ending_in_place(interaction, typed):
        if len(pieces) == 1:
            await delivery.answer(interaction, await _to_the_door(interaction, pieces[0]), private=True)
        else:
            await _hand_in_all(interaction, pieces)


async def _hand_in_all(interaction: Interaction, pieces: Sequence[Piece]) -> None:
    refused: list[str] = []
    for number, piece in enumerate(pieces, start=1):
        numbered = replace(piece, name=f"{number} of {len(pieces)}: {piece.name}")
        try:
            await delivery.follow_up(interaction, await _to_the_door(interaction, numbered))
        except PicketError as error:
            refused.append(f"{line(piece.name)}: {apology(error)}")
    here = f"At the door, below: {len(pieces) - len(refused)} of {len(pieces)}."
    said = cut("\n".join([here, *refused]), LONGEST_DESCRIPTION)
    await delivery.answer(interaction, Card.of(said), private=True)


async def _to_the_door(interaction: Interaction, piece: Piece) -> Card:
    return await _let_wait(interaction, await _read(interaction, piece))


async def _read(interaction: Interaction, piece: Piece) -> Visitor:
    client, guild = interaction.client, interaction.guild_id or 0
    if not client.reading.has_one_for(guild):
        await tell(interaction, Card.of("Waiting for its turn to be read …"))
    async with client.reading.place(guild):
        await tell(interaction, Card.of(f"Fetching {line(piece.name)} …"))
        handed = await piece.get()
        await tell(interaction, Card.of(f"Reading {line(piece.name)} …"))
        return await asyncio.to_thread(look_at, client.library, str(interaction.guild_id), handed)


async def _let_wait(interaction: Interaction, visitor: Visitor) -> Card:
    client = interaction.client
    await asyncio.to_thread(check_quota, client.library, visitor.document, client.rules.quota)
    return door_card(client.door.let_wait(visitor), visitor)


def door_card(token: str, visitor: Visitor) -> Card:
    """Show what waits at the door."""
    actions = "accept", "correct", "refuse"
    return Card([door_embed(visitor)], _view(*(DocumentButton(action, token) for action in actions)))


async def _accept(interaction: Interaction, token: str) -> None:
    client, guild = interaction.client, str(interaction.guild_id)
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        visitor = client.door.take(token, guild)
        document, refreshed = visitor.document, visitor.handed.refreshes
        ask = partial(ask_within, client.rules.quota, client.library, document, refreshed=refreshed)
        try:
            jobs = await _queued(interaction, ask)
        except Exception:
            client.door.let_wait(visitor, token)  # its buttons are still there
            raise
        await _see_done(interaction, document.source.id, jobs)


async def _correct(interaction: Interaction, token: str) -> None:
    visitor = interaction.client.door.at(token, str(interaction.guild_id))
    await interaction.response.send_modal(CorrectionForm(token, visitor))


async def _refuse(interaction: Interaction, token: str) -> None:
    visitor = interaction.client.door.take(token, str(interaction.guild_id))
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        title = line(visitor.document.source.provenance.title)
        await delivery.answer(interaction, Card.of(f"Refused: “{title}”. Nothing was kept."), private=True)


# What is known


def list_card(client: "Bot", guild: str, number: int, search: str) -> Card:
    """Show a page of a guild's documents, the last one where there are fewer."""
    scope, find = scope_of(guild), client.library.catalogue.search_documents
    number = max(1, number)
    found = find(scope, search, DOCUMENTS_A_PAGE, (number - 1) * DOCUMENTS_A_PAGE)
    last = pages_of(found.total)
    if number > last:
        return list_card(client, guild, last, search)
    turns = [("Back", number - 1), ("Next", number + 1)]
    buttons = [DocumentButton("documents", to, label) for label, to in turns if 1 <= to <= last]
    return Card([page_embed(found, number, search)], _view(*buttons))


def _known(client: "Bot", guild: str, document_id: str) -> tuple[Details, Document]:
    """Find a document of a guild's own; facts are another matter.

    Raises:
        NoSuchDocument: the guild has none of that id.
    """
    catalogue = client.library.catalogue
    try:
        details = catalogue.details(scope_of(guild), document_id)
    except UnknownDocument as error:
        raise NoSuchDocument from error
    if details.source.kind != "document":
        raise NoSuchDocument
    return details, catalogue.document(document_id)


def details_card(client: "Bot", guild: str, document_id: str) -> Card:
    """Show a document of a guild.

    Raises:
        NoSuchDocument: the guild has none of that id.
    """
    details, document = _known(client, guild, document_id)
    is_page = bool(WEB.match(document.key))
    actions = ["refresh", "ask-remove"] if is_page else ["ask-remove"]
    buttons = [DocumentButton(action, document_id) for action in actions]
    return Card([details_embed(details, document.text, is_page=is_page)], _view(*buttons))


def question_card(client: "Bot", guild: str, document_id: str) -> Card:
    """Ask whether a document is to be removed.

    Raises:
        NoSuchDocument: the guild has none of that id.
    """
    details, _ = _known(client, guild, document_id)
    actions = "remove", "keep"
    return Card([removal_embed(details)], _view(*(DocumentButton(action, document_id) for action in actions)))


def acts_card(client: "Bot", guild: str, before: int | None = None) -> Card:
    """Show what was done in a guild, with buttons that undo it."""
    acts = client.library.ledger.acts(scope_of(guild), ACTS_A_PAGE + 1, before)
    shown = acts[:ACTS_A_PAGE]
    buttons = [
        DocumentButton("undo", act.number, f"Undo {n}")
        for n, act in enumerate(shown, start=1)
        if act.undo_until
    ]
    if len(acts) > len(shown):
        buttons.append(DocumentButton("acts", shown[-1].number))
    return Card([acts_embed(shown)], _view(*buttons))


async def refresh(interaction: Interaction, document_id: str) -> None:
    """Fetch a page again; where it has changed, it waits at the door. Acknowledged before."""
    client, guild = interaction.client, str(interaction.guild_id)
    async with ending_in_place(interaction):
        _, document = await asyncio.to_thread(_known, client, guild, document_id)
        if not WEB.match(document.key):
            raise InvalidDocument("that document was not fetched from the web: hand in its newer version")
        visitor = await _changed(interaction, document)
        card = Card.of(AS_IT_WAS) if visitor is None else await _let_wait(interaction, visitor)
        await delivery.answer(interaction, card, private=True)


async def _changed(interaction: Interaction, known: Document) -> Visitor | None:
    """Read what is now where a document was fetched from; None where it is the same, which is noted."""
    validators = known.etag, known.last_modified
    try:
        visitor = await _read(interaction, page(interaction.client, known.key, known))
        if not says_the_same(known, visitor.document):
            return visitor
        validators = visitor.handed.etag, visitor.handed.last_modified
    except NotModified:
        pass
    catalogue = interaction.client.library.catalogue
    await asyncio.to_thread(catalogue.looked_at, known.source.id, now(), *validators)
    return None


async def _refresh(interaction: Interaction, document_id: str) -> None:
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        await refresh(interaction, document_id)


async def _remove(interaction: Interaction, document_id: str) -> None:
    client, guild = interaction.client, str(interaction.guild_id)
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        await asyncio.to_thread(_known, client, guild, document_id)
        ask = client.library.catalogue.ask
        jobs = await _queued(interaction, lambda person: ask(remove=[document_id], person=person))
        await _see_done(interaction, document_id, jobs)


async def _undo(interaction: Interaction, number: str) -> None:
    client, scope = interaction.client, scope_of(str(interaction.guild_id))
    if await delivery.acknowledge(interaction, private=True, in_place=True):
        acts = await asyncio.to_thread(client.library.ledger.acts, scope, 1, int(number) + 1)
        undo = partial(undo_within, client.rules.quota, client.library, scope, int(number))
        jobs = await _queued(interaction, undo)
        await _see_done(interaction, acts[0].document_id if acts else "", jobs)


async def _queued(interaction: Interaction, ask: Callable[[str], list[int]]) -> list[int]:
    """Have something asked in a person's name; what stands against it is told apart from the message.

    Raises:
        RightLost: they may not ask for it any more.
    """
    if not await is_moderator_still(interaction.client, interaction.guild_id or 0, interaction.user.id):
        raise RightLost
    return await asyncio.to_thread(ask, str(interaction.user.id))


async def _see_done(interaction: Interaction, document_id: str, jobs: Sequence[int]) -> None:
    """See what was asked done, and show it with a button that undoes it."""
    async with ending_in_place(interaction):
        (outcome,) = await seen_through(interaction, jobs)
        log.info("%s %s", outcome, logfmt(**delivery.fields(interaction), document=document_id))
        act = None
        if outcome.startswith(CHANGES):
            ledger, scope = interaction.client.library.ledger, scope_of(str(interaction.guild_id))
            acts = await asyncio.to_thread(ledger.acts, scope)
            act = next((act for act in acts if act.document_id == document_id), None)
        await tell(interaction, done_card(outcome, act))


def done_card(outcome: str, act: Entry | None) -> Card:
    """Say what came of what was asked."""
    buttons = [DocumentButton("undo", act.number)] if act and act.undo_until else []
    return Card([done_embed(outcome, act)], _view(*buttons))


def _shown(make: Callable[["Bot", str, str], Card]) -> "Press":
    """Have a button show a card in the place of its message."""

    async def press(interaction: Interaction, about: str) -> None:
        if await delivery.acknowledge(interaction, private=True, in_place=True):
            card = await asyncio.to_thread(make, interaction.client, str(interaction.guild_id), about)
            await delivery.answer(interaction, card, private=True)

    return press


async def _turn(interaction: Interaction, number: str) -> None:
    search = searched_for(interaction.message.embeds if interaction.message else ())
    await _shown(lambda client, guild, to: list_card(client, guild, int(to), search))(interaction, number)


Press = Callable[[Interaction, str], Awaitable[None]]
ACTIONS: dict[str, tuple[str, discord.ButtonStyle, Press]] = {
    "accept": ("Accept", Style.success, _accept),
    "correct": ("Correct", Style.secondary, _correct),
    "refuse": ("Refuse", Style.danger, _refuse),
    "documents": ("Next", Style.secondary, _turn),
    "refresh": ("Fetch again", Style.secondary, _refresh),
    "ask-remove": ("Remove", Style.danger, _shown(question_card)),
    "remove": ("Remove", Style.danger, _remove),
    "keep": ("Keep", Style.secondary, _shown(details_card)),
    "undo": ("Undo", Style.secondary, _undo),
    "acts": ("Older", Style.secondary, _shown(lambda client, guild, id: acts_card(client, guild, int(id)))),
}
"""The label, style and effect of each."""
