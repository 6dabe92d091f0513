"""Quick facts as Discord shows them: a fact as a card, longer answers as entries in pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import discord

from bot.render import (
    LONGEST_DESCRIPTION,
    LONGEST_EMBED,
    LONGEST_NAME,
    LONGEST_VALUE,
    MOST_FIELDS,
    cut,
    escape,
    len_of,
    length,
    with_link,
)
from bot.terminal import one_line
from knowledge import sides
from knowledge.dates import in_words
from knowledge.facts import Fact, FactSource
from knowledge.find import fold
from knowledge.own_facts import Version
from knowledge.quick import Card, QuickFacts, Who
from knowledge.sides import Comparison, Lane, Standing, Status, merged

ENTRIES_A_PAGE = 8
"""What a phone shows without much scrolling."""
LONGEST_PAGE = 5_000
"""The rest of an embed is for its title and its foot."""
MOST_VERSIONS = 10
LONGEST_PUBLISHER = 100

Entry = tuple[str, str]
"""The name and the value of an embed's field, escaped and within its limits."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A longer answer, shown page by page."""

    kind: str
    about: tuple[str, ...]
    """What leads to it again: see `listing`."""
    title: str
    entries: tuple[Entry, ...]
    foot: str = ""


def listing(quick: QuickFacts, kind: str, *about: str) -> Listing:
    """Make a listing anew, as the buttons below one of its pages name it.

    Args:
        quick: the facts, as they are now.
        kind: timeline, who, compare or status.
        about: what the command was given; empty for what it was not.

    Raises:
        PicketError: the facts do not hold it any more.
    """
    match kind, about:
        case "timeline", (topic, start, end):
            lanes = sides.timeline(quick, topic or None, start or None, end or None)
            return timeline_listing(lanes, topic, start, end)
        case "who", (name,):
            return who_listing(quick, quick.who(name))
        case "compare", (a, b, aspect):
            return comparison_listing(sides.compare(quick, a, b, aspect or None), aspect)
    return status_listing(sides.status(quick, datetime.now().astimezone().date()))


def fact_embed(card: Card, own: Version | None = None, *, behind: bool = False) -> discord.Embed:
    """Show a fact: the answer large, then what it rests on and what must be said along with it.

    Args:
        card: the fact.
        own: the guild's version, where the fact is the guild's own.
        behind: whether the shipped fact has changed since then.
    """
    fact = card.fact
    embed = discord.Embed(title=_line(fact.short_answer, LONGEST_NAME))
    day = f" · {in_words(fact.date)}" if fact.date else ""
    lines = [f"**{_line(fact.title)}**{day}", escape(fact.statement)]
    lines += [f"*{escape(said)}*" for said in reservations(card)]
    if own:
        since = discord.utils.format_dt(own.changed_at.replace(tzinfo=UTC), "D")
        lines.append(f"This server's own, by {_who(own)} on {since} (version {own.number}).")
    if behind:
        lines.append("⚠️ The shipped fact has changed since: `/fact-revert` shows it again.")
    embed.description = cut("\n".join(lines), LONGEST_DESCRIPTION)
    foot = f"As of {in_words(card.as_of)}. " if card.as_of else ""
    foot += card.caution or ""
    _fill(embed, [_source(n, source) for n, source in enumerate(fact.sources, start=1)], foot)
    return embed


def reservations(card: Card) -> list[str]:
    """What became of a fact, who disputes it, what is to be noted: a line each."""
    note = f"Note: {card.fact.note}" if card.fact.note else None
    return [line for line in (card.past, card.dispute, note) if line]


def timeline_listing(lanes: Sequence[Lane], topic: str, start: str, end: str) -> Listing:
    """List what happened in all lanes, in order of date."""
    entries: list[Entry] = []
    for moment in merged(lanes):
        day, fact = in_words(moment.day, letters=3), moment.fact
        entries += _entries(f"{day} · {fact.title}", [_told(fact.short_answer, fact)])
    title = lanes[0].title if len(lanes) == 1 else "Strikes side by side"
    return Listing("timeline", (fold(topic), start, end), title, tuple(entries))


def who_listing(quick: QuickFacts, who: Who) -> Listing:
    """List what is known of a person or an organisation, with the day to which it is known."""
    entries: list[Entry] = []
    for card in map(quick.card, who.facts):
        as_of = [f"As of {in_words(card.as_of)}."] if card.as_of else []
        said = " ".join([card.fact.statement, *reservations(card), *as_of])
        entries += _entries(card.fact.title, [_told(said, card.fact)])
    return Listing("who", (who.name,), who.name, tuple(entries))


def comparison_listing(comparison: Comparison, aspect: str) -> Listing:
    """List aspects, each with what is known of both sides."""
    entries: list[Entry] = []
    for row in comparison.rows:
        lines: list[str] = []
        for subject, cards in ((comparison.left, row.left), (comparison.right, row.right)):
            lines.append(f"**{_line(subject.name, LONGEST_NAME)}**{'' if cards else ': nothing known'}")
            said = ((card.fact, [card.fact.short_answer, *reservations(card)]) for card in cards)
            lines += [_told(" · ".join(parts), fact) for fact, parts in said]
        entries += _entries(row.heading, lines)
    left, right = comparison.left, comparison.right
    about = left.id, right.id, fold(aspect)
    return Listing("compare", about, f"{left.name} and {right.name}", tuple(entries))


def status_listing(status: Status) -> Listing:
    """List what holds today, contracts by the day on which they expire."""
    entries = [
        *_standings("On strike", status.strikes),
        *_standings("Contracts in force", status.contracts),
        *_standings("Contracts whose end is not known", status.open_ended),
        *_standings("Expired, without a successor that is known", status.expired),
        *_standings("Laws and bills", status.laws),
    ]
    known = f"As known to {in_words(status.known_until)}." if status.known_until else ""
    title = f"On {in_words(status.today.isoformat())}"
    return Listing("status", (), title, tuple(entries), known)


def _standings(heading: str, standings: Sequence[Standing]) -> list[Entry]:
    lines = []
    for standing in standings:
        subject = standing.subject
        until = f", until {in_words(subject.ends)}" if subject.ends else ""
        head = f"**{_line(subject.name, LONGEST_NAME)}**{until}\n"
        lines.append(head + _told(standing.fact.short_answer, standing.fact, LONGEST_VALUE - length(head)))
    return _entries(heading, lines or ["none known"])


def pages(listing: Listing) -> list[discord.Embed]:
    """Lay a listing out: at least one page, each within an embed's limits."""
    laid: list[list[Entry]] = [[]]
    room = LONGEST_PAGE
    for entry in listing.entries:
        size = sum(map(length, entry))
        if len(laid[-1]) == ENTRIES_A_PAGE or size > room:
            laid.append([])
            room = LONGEST_PAGE
        laid[-1].append(entry)
        room -= size
    return [_page(listing, entries, n, len(laid)) for n, entries in enumerate(laid, start=1)]


def _page(listing: Listing, entries: Iterable[Entry], n: int, of: int) -> discord.Embed:
    embed = discord.Embed(title=_line(listing.title, LONGEST_NAME))
    for name, value in entries:
        embed.add_field(name=name, value=value, inline=False)
    place = f"Page {n} of {of}." if of > 1 else ""
    return embed.set_footer(text=f"{listing.foot} {place}".strip() or None)


def _who(version: Version) -> str:
    return f"<@{version.person}>" if version.person else "somebody who is forgotten"


def history_embed(said: str, versions: Sequence[Version]) -> discord.Embed:
    """Show what a guild said of a fact, the newest version first.

    Args:
        said: a sentence of our own on what comes of it.
        versions: all there are.
    """
    title = next((fact.title for version in versions if (fact := version.fact)), "Versions")
    lines = [said, ""]
    for version in versions[:MOST_VERSIONS]:
        when = discord.utils.format_dt(version.changed_at.replace(tzinfo=UTC))
        back = "the shipped fact again" if version.shipped else "taken out"
        answer = _line(version.fact.short_answer, LONGEST_NAME) if version.fact else back
        lines.append(f"Version {version.number} · {_who(version)} · {when}: {answer}")
    if (hidden := len(versions) - MOST_VERSIONS) > 0:
        lines.append(f"And {hidden} older ones.")
    return discord.Embed(title=_line(title, LONGEST_NAME), description="\n".join(lines))


def _entries(name: str, lines: Iterable[str]) -> list[Entry]:
    """Put lines under a heading; where they are too long for one field, into several."""
    values: list[str] = []
    for line in lines:
        longer = f"{values[-1]}\n{line}" if values else line
        if values and length(longer) <= LONGEST_VALUE:
            values[-1] = longer
        else:
            values.append(line)
    return [(_line(name, LONGEST_NAME), value) for value in values]


def _told(said: str, fact: Fact, room: int = LONGEST_VALUE) -> str:
    """Say something, and below it the first source with its link."""
    source = fact.sources[0]
    below = with_link(_line(source.publisher, LONGEST_PUBLISHER), source.url)
    return f"{_line(said, room - length(below) - 1)}\n{below}"


def _source(n: int, source: FactSource) -> Entry:
    byline = _line(f"{source.publisher} · {source.published or 'undated'}")
    return cut(f"[{n}] “{_line(source.title)}”", LONGEST_NAME), with_link(byline, source.url)


def _line(text: str, limit: int = LONGEST_VALUE) -> str:
    return cut(escape(one_line(text)), limit) or "–"  # Discord refuses a field without a name


def _fill(embed: discord.Embed, entries: Sequence[Entry], foot: str) -> None:
    """Add as many entries as there is room for, and say below how many are left out."""
    room = LONGEST_EMBED - len_of(embed) - length(f"{foot} And 9999 more sources.")
    for shown, (name, value) in enumerate(entries):
        room -= length(name) + length(value)
        if shown == MOST_FIELDS or room < 0:
            foot += f" And {len(entries) - shown} more sources."
            break
        embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=foot.strip() or None)
