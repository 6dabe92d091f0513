"""`/knowledge` and *Add to knowledge*: moderators look after what their own server is answered from."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import delivery
from bot.apology import NOTHING_TYPED, apologising
from bot.client import Bot
from bot.cogs.facts import Choices, offered
from bot.delivery import Interaction
from bot.document_buttons import (
    NAMES,
    DocumentButton,
    acts_card,
    details_card,
    door_card,
    hand_in,
    list_card,
    question_card,
    refresh,
)
from bot.document_form import CORRECT, TEXT, TextForm, text_from, told_by
from bot.fact_form import typed_into
from bot.gap_buttons import GAP, GAPS_PAGE, GapButton, GapsPageButton, show_gaps
from bot.guilds import check_moderator
from bot.intake import Piece, attachment, page, pieces_of, typed
from bot.render import Card
from bot.terminal import byline, one_line
from knowledge.catalogue import Entry
from knowledge.find import shortened
from knowledge.quick import LONGEST_CHOICE, MOST_CHOICES, Choice
from knowledge.types import scope_of

LONGEST_ADDRESS, LONGEST_SEARCH, LONGEST_ID = 2_000, 100, 80
Document = app_commands.Range[str, 1, LONGEST_ID]
Search = app_commands.Range[str, 1, LONGEST_SEARCH]


def _moderates(interaction: Interaction) -> bool:
    check_moderator(interaction)
    return True


@app_commands.guild_only()
@app_commands.default_permissions(manage_messages=True)
class Knowledge(commands.GroupCog, group_name="knowledge"):
    """Documents of this server alone; for its moderators."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        menu = app_commands.ContextMenu(name="Add to knowledge", callback=self._add_message)
        self._menu = app_commands.default_permissions(manage_messages=True)(app_commands.guild_only()(menu))

    async def cog_load(self) -> None:
        """Tell the client how the buttons are named; a menu command cannot be declared in a cog."""
        self._bot.add_buttons(DocumentButton, NAMES)
        self._bot.add_buttons(GapButton, GAP)
        self._bot.add_buttons(GapsPageButton, GAPS_PAGE)
        self._bot.tree.add_command(self._menu)

    async def interaction_check(self, interaction: Interaction) -> bool:  # type: ignore[override]
        """Check again in code: a server may have opened the commands to others."""
        return _moderates(interaction)

    @app_commands.command(name="add-url")
    @app_commands.describe(url="Of a page, a PDF or a Word document that anybody can open.")
    async def add_url(
        self, interaction: Interaction, url: app_commands.Range[str, 1, LONGEST_ADDRESS]
    ) -> None:
        """Add a page to what this server is answered from, once you have seen it."""
        await self._hand_in(interaction, [page(self._bot, url.strip())])

    @app_commands.command(name="add-file")
    @app_commands.describe(first="PDF, Word, HTML, Markdown or plain text; the same name again replaces it.")
    async def add_file(  # noqa: PLR0913, PLR0917 - Discord's options are a command's parameters
        self,
        interaction: Interaction,
        first: discord.Attachment,
        second: discord.Attachment | None = None,
        third: discord.Attachment | None = None,
        fourth: discord.Attachment | None = None,
        fifth: discord.Attachment | None = None,
    ) -> None:
        """Add files to what this server is answered from, once you have seen them."""
        files = [file for file in (first, second, third, fourth, fifth) if file is not None]
        await self._hand_in(interaction, [attachment(self._bot, file) for file in files])

    @app_commands.command(name="add-text")
    async def add_text(self, interaction: Interaction) -> None:
        """Write a text that this server is answered from."""
        await interaction.response.send_modal(TextForm())

    async def _add_message(self, interaction: Interaction, message: discord.Message) -> None:
        check_moderator(interaction)
        await self._hand_in(interaction, pieces_of(self._bot, message))

    @app_commands.command(name="list")
    @app_commands.describe(search="Words of a title, a publisher or an address.")
    async def list_(self, interaction: Interaction, search: Search | None = None) -> None:
        """List this server's documents."""
        await self._show(interaction, list_card, 1, one_line(search or ""))

    @app_commands.command()
    @app_commands.describe(document="Which one, by its title.")
    async def show(self, interaction: Interaction, document: Document) -> None:
        """Show one of this server's documents."""
        await self._show(interaction, details_card, document)

    @app_commands.command()
    @app_commands.describe(document="Which one, by its title.")
    async def remove(self, interaction: Interaction, document: Document) -> None:
        """Remove one of this server's documents; you are asked first, and can undo it."""
        await self._show(interaction, question_card, document)

    @app_commands.command()
    @app_commands.describe(document="Which page, by its title.")
    async def refresh(self, interaction: Interaction, document: Document) -> None:
        """Fetch a page again; where it has changed, you see it first."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                await refresh(interaction, document)

    @app_commands.command()
    async def gaps(self, interaction: Interaction) -> None:
        """What members of this server asked in vain, most asked first."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                await show_gaps(interaction, 1)

    @app_commands.command()
    async def log(self, interaction: Interaction) -> None:
        """Who did what to this server's documents, and a way back."""
        await self._show(interaction, acts_card)

    @show.autocomplete("document")
    @remove.autocomplete("document")
    @refresh.autocomplete("document")
    @app_commands.check(_moderates)  # `interaction_check` does not see these
    async def _documents(self, interaction: Interaction, typed: str) -> Choices:
        scope, find = scope_of(str(interaction.guild_id)), self._bot.library.catalogue.search_documents
        found = await asyncio.to_thread(find, scope, one_line(typed), MOST_CHOICES)
        return offered(Choice(_named(entry), entry.source.id) for entry in found.entries)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take what a form says, whenever it was opened."""
        form: Mapping[str, Any] = interaction.data or {}
        id = str(form.get("custom_id", ""))
        is_ours = interaction.type is discord.InteractionType.modal_submit and id.startswith((TEXT, CORRECT))
        if is_ours and await self._bot.takes_on(interaction):
            fields = typed_into(form)
            async with self._bot.at_work(), apologising(interaction, fields):
                check_moderator(interaction)  # who opened the form may have lost the role since
                if id == TEXT:
                    await self._hand_in(interaction, [typed(text_from(fields))], fields)
                else:
                    await self._correct(interaction, id.removeprefix(CORRECT), fields)

    async def _correct(self, interaction: Interaction, token: str, fields: Mapping[str, str]) -> None:
        """Show what waits at the door as a person has corrected it."""
        told = told_by(fields)
        if await delivery.acknowledge(interaction, private=True, in_place=True):
            visitor = self._bot.door.at(token, str(interaction.guild_id)).corrected(told)
            card = door_card(self._bot.door.let_wait(visitor, token), visitor)
            await delivery.answer(interaction, card, private=True)

    async def _hand_in(
        self, interaction: Interaction, pieces: Sequence[Piece], typed: Mapping[str, str] = NOTHING_TYPED
    ) -> None:
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                await hand_in(interaction, pieces, typed)

    async def _show(self, interaction: Interaction, make: Callable[..., Card], *about: object) -> None:
        """Acknowledge, then make a card of this server's on a thread."""
        async with self._bot.at_work():
            if await delivery.acknowledge(interaction, private=True):
                card = await asyncio.to_thread(make, self._bot, str(interaction.guild_id), *about)
                await delivery.answer(interaction, card, private=True)


def _named(entry: Entry) -> str:
    """A document's title as one of the choices that Discord offers, which knows no Markdown."""
    title, about = one_line(entry.source.title_cited), one_line(byline(entry.source))
    return shortened(f"{title or entry.source.id} · {about}", LONGEST_CHOICE)


async def setup(bot: Bot) -> None:
    """Add the cog; discord.py calls this."""
    await bot.add_cog(Knowledge(bot))
