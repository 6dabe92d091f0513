"""What moderators see of documents: at the door, in a list, in full, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import discord

from bot.door import Visitor
from bot.render import (
    LONGEST_DESCRIPTION,
    LONGEST_EMBED,
    LONGEST_NAME,
    LONGEST_VALUE,
    cut,
    day,
    escape,
    len_of,
    length,
    safe_link,
    with_link,
)
from bot.terminal import byline, one_line
from knowledge.catalogue import Details, Page
from knowledge.catalogue import Entry as Document
from knowledge.ledger import UNDO, Act, Entry
from knowledge.types import Source

DOCUMENTS_A_PAGE, ACTS_A_PAGE = 8, 8
"""What a phone shows without much scrolling."""
LONGEST_TITLE = 200
LONGEST_BYLINE, LONGEST_LINK = 150, 250
"""In a list; what is over them all is over an embed's limit. A longer link is left out."""
LONGEST_OPENING = 300
"""Characters of a document's text."""
SEARCHED = " · Searched for: "
"""Stands before the last part of a page's foot, where the buttons below it find what was searched for."""
DONE: dict[Act, str] = {
    "added": "added",
    "replaced": "put in the place of an older version",
    "removed": "removed",
    "restored": "put back as before",
    "refreshed": "fetched anew",
    "refused": "nothing, having lost the right to it",
}
"""What was done, after the name of who did it."""


def door_embed(visitor: Visitor) -> discord.Embed:
    """Show a document as the machine saw it, before it is known."""
    source, seen = visitor.document.source, visitor.inspection
    embed = discord.Embed(title=f"At the door: {titled(source, LONGEST_TITLE)}")
    embed.description = with_link(line(byline(source)), source.provenance.url)
    adds = f"{counted(visitor.passages, 'passage')}, {counted(seen.characters, 'character')}"
    if visitor.replaces is not None:
        adds += f", in the place of “{line(visitor.replaces, LONGEST_TITLE)}”"
    _add(embed, "What it adds", [adds])
    _add(embed, "Look at this first", [f"⚠️ {line(said)}" for said in seen.warnings()])
    near = [f"“{line(like.title, LONGEST_TITLE)}” has {like.share:.0%} of it" for like in visitor.near]
    _add(embed, "Known already", near)
    _add(embed, "How it begins", _first_lines(seen.opening))
    return embed.set_footer(
        text="Nobody is answered from it until you accept it, and then in this server alone. "
        f"That can be undone for {counted(UNDO.days, 'day')}."
    )


def page_embed(page: Page, number: int, search: str) -> discord.Embed:
    """List documents.

    Args:
        page: those on it, and how many there are.
        number: the page's, from 1.
        search: what was looked for, if anything.
    """
    embed = discord.Embed(title="This server's documents")
    for entry in page.entries:
        embed.add_field(name=titled(entry.source, LONGEST_TITLE), value=_listed(entry), inline=False)
    if not page.entries:
        embed.description = "None fits." if search else "None yet: `/knowledge add-url` adds a page."
    foot = f"Page {number} of {pages_of(page.total)} · {counted(page.total, 'document')}"
    return embed.set_footer(text=foot + (f"{SEARCHED}{search}" if search else ""))


def _listed(entry: Document) -> str:
    about = line(byline(entry.source), LONGEST_BYLINE)
    link = safe_link(entry.source.provenance.url)
    told = f"{about} · {counted(entry.passages, 'passage')} · added {day(entry.added_at)}"
    return told if length(link) > LONGEST_LINK else f"{told}\n{link}".rstrip()


def pages_of(total: int) -> int:
    """How many pages so many documents fill; none fill one, too."""
    return max(1, -(-total // DOCUMENTS_A_PAGE))


def searched_for(embeds: Sequence[discord.Embed]) -> str:
    """Read out of a page what was searched for."""
    foot = embeds[0].footer.text if embeds else None
    return (foot or "").partition(SEARCHED)[2]


def details_embed(details: Details, text: str, *, is_page: bool) -> discord.Embed:
    """Show a document that is known.

    Args:
        details: what the catalogue notes of it.
        text: its own.
        is_page: whether it was fetched from the web.
    """
    source = details.source
    embed = discord.Embed(title=titled(source))
    embed.description = with_link(line(byline(source)), source.provenance.url)
    by = f" by <@{details.added_by}>" if details.added_by else ""
    lines = [
        f"{counted(details.passages, 'passage')}, {counted(details.bytes, 'byte')}",
        f"Added {day(details.added_at)}{by}",
    ]
    if is_page:
        lines.append(f"Last looked at {day(details.looked_at)}")
    _add(embed, "In this server", lines)
    _add(embed, "How it begins", _first_lines(text[:LONGEST_OPENING]))
    return embed


def removal_embed(details: Details) -> discord.Embed:
    """Ask whether a document is to be removed."""
    embed = discord.Embed(title=f"Remove “{titled(details.source, LONGEST_TITLE)}”?")
    embed.description = (
        f"Nobody is answered from its {counted(details.passages, 'passage')} any more, and answers that "
        f"quote it are forgotten. It can be undone for {counted(UNDO.days, 'day')}."
    )
    return embed


def done_embed(outcome: str, act: Entry | None) -> discord.Embed:
    """Say what came of what was asked.

    Args:
        outcome: the job's.
        act: what it has changed, if anything.
    """
    if act is None:
        return discord.Embed(description=line(f"Nothing has changed ({outcome})."))
    told = f"**{line(act.title, LONGEST_TITLE)}**: {DONE[act.act]}. This counts in this server from now on."
    if act.undo_until:
        told += f" It can be undone until {day(act.undo_until)}."
    return discord.Embed(description=told)


def acts_embed(acts: Sequence[Entry]) -> discord.Embed:
    """Tell who did what, the newest first."""
    lines = [
        f"**{n}** · {moment(act.at)} · {_who(act.person)}: {DONE[act.act]}: “{line(act.title, 150)}”"
        for n, act in enumerate(acts, start=1)
    ]
    told = cut("\n".join(lines), LONGEST_DESCRIPTION) or "Nothing was done yet."
    embed = discord.Embed(title="What was done to this server's documents", description=told)
    return embed.set_footer(text=f"What has a button can be undone, for {counted(UNDO.days, 'day')}.")


def titled(source: Source, limit: int = LONGEST_NAME) -> str:
    """A document's title, escaped."""
    return line(source.title_cited, limit)


def counted(number: int, what: str) -> str:
    """Say how many there are of something."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def moment(at: datetime) -> str:
    """Tell a time, as the reader's clock has it."""
    return discord.utils.format_dt(at.replace(tzinfo=UTC), "f")


def line(text: str, limit: int = LONGEST_VALUE) -> str:
    """Escape a text and put it on one line; Discord refuses a field with nothing in it."""
    return cut(escape(one_line(text)), limit) or "–"


def _first_lines(text: str) -> list[str]:
    return [line(words) for words in text.splitlines() if words.strip()]


def _who(person: str | None) -> str:
    return f"<@{person}>" if person else "somebody"


def _add(embed: discord.Embed, name: str, lines: Iterable[str]) -> None:
    """Add a field with as many of the lines as there is room for; with none, nothing."""
    told = [*lines]
    room = min(LONGEST_VALUE, LONGEST_EMBED - len_of(embed) - length(name)) - len("\nAnd 9999 more.")
    shown: list[str] = []
    for said in told:
        room -= length(said) + 1
        if room < 0:
            break
        shown.append(said)
    if told and not shown:
        shown = [cut(told[0], LONGEST_VALUE // 2)]
    if hidden := len(told) - len(shown):
        shown.append(f"And {hidden} more.")
    if told:
        embed.add_field(name=name, value="\n".join(shown), inline=False)
