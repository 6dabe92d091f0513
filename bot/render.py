"""What a person sees in Discord, within its limits and without what its Markdown would make of it."""

import re
from urllib.parse import quote

import discord

from bot.terminal import byline, in_words, one_line, plain, sentence, source_name
from knowledge.types import Answer, Citation

LONGEST_MESSAGE = 2_000
"""Like every length here in UTF-16 units, as Discord counts."""
LONGEST_DESCRIPTION = 4_096
LONGEST_NAME, LONGEST_VALUE = 256, 1_024
MOST_FIELDS = 25
LONGEST_EMBED = 6_000
"""All texts of an embed together."""

MARKDOWN = re.compile(r"(?m:^[ \t]*-)|(?<=\])\(|:(?=//)|[\\`*_~|<>#@]")
"""What ends in a sign that means something: lists, links with another text, bare links, and signs
that do so anywhere. Without "](" there is no link, so that marks such as [1] may stay as they are."""
URL_SIGNS = "-._~:/?#!$&+,;=%()"
"""What a URL between < and > keeps: no @, lest a host be passed off as another."""


def answer_embed(answer: Answer) -> discord.Embed:
    """Show an answer with its numbered sources; those for which there is no room are counted."""
    embed = discord.Embed(description=cut(escape(answer.text), LONGEST_DESCRIPTION))
    if answer.abstained:
        return embed
    confidence = f"Confidence: {in_words(answer.confidence)}."
    room = LONGEST_EMBED - length(embed.description or "") - len(f"{confidence} And 9999 more sources.")
    for shown, citation in enumerate(answer.citations):
        name, value = source_field(citation)
        room -= length(name) + length(value)
        if shown == MOST_FIELDS or room < 0:
            confidence += f" And {len(answer.citations) - shown} more sources."
            break
        embed.add_field(name=name, value=value, inline=False)
    return embed.set_footer(text=confidence)


def source_field(citation: Citation) -> tuple[str, str]:
    """Name a source, as a field's name, and tell by whom, when and where, as its value."""
    name = cut(f"[{citation.n}] {escape(one_line(source_name(citation)))}", LONGEST_NAME)
    about, link = escape(one_line(byline(citation))), safe_link(citation.source.provenance.url)
    if length(link) > LONGEST_VALUE // 2:  # half a link leads astray
        link = ""
    return name, f"{cut(about, LONGEST_VALUE - length(link) - 1)}\n{link}".rstrip()


def safe_link(url: str | None) -> str:
    """Make a link of a web address that shows where it leads; of anything else, nothing."""
    if not url or not re.match(r"https?://", url, re.IGNORECASE):
        return ""
    return f"<{quote(url, safe=URL_SIGNS, errors='replace')}>"


def complaint(error: Exception) -> str:
    """Say in one sentence to a person what an error says."""
    said = sentence(str(error)).rstrip(".")
    return cut(escape(f"{said[:1].upper()}{said[1:]}."), LONGEST_MESSAGE)


def escape(text: str) -> str:
    """Have Discord show a text as it is."""
    whole = plain(text).encode(errors="replace").decode()  # JSON knows no half of a surrogate pair
    return MARKDOWN.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", whole)


def cut(text: str, limit: int) -> str:
    """Shorten an escaped text to `limit` UTF-16 units; between words, so that no mark is torn."""
    if length(text) <= limit:
        return text
    head = text.encode("utf-16-le")[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore")
    words = re.match(r"(?s).*\S(?=\s)", head)
    return f"{words[0] if words else head}".rstrip("\\") + "…"


def length(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
