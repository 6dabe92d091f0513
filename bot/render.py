"""What a person sees in Discord, within its limits and without what its Markdown would make of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import discord

from bot.terminal import byline, one_line, plain, remarks, sentence, source_name
from knowledge.highlight import carriers
from knowledge.types import Answer, Citation

LONGEST_MESSAGE = 2_000
"""Like every length here in UTF-16 units, as Discord counts."""
LONGEST_DESCRIPTION = 4_096
LONGEST_NAME, LONGEST_VALUE = 256, 1_024
MOST_FIELDS = 25
LONGEST_EMBED = 6_000
"""All texts of a message's embeds together."""
MOST_EMBEDS = 10
NOTHING: Mapping[str, datetime] = {}
_SHORTEST_PASSAGE = "…" * 50

HOW_TO_ASK = (
    "Ask with `/ask`, mention me with a question, reply to an answer of mine, write to me directly, or "
    "choose *Apps → Ask about this* on any message."
)
IN_ENGLISH = "My sources are in English, and English is what I understand best."
NOT_ENGLISH = {
    "de": f"Meine Quellen sind auf Englisch; bitte frag auf Englisch. {IN_ENGLISH}",
    "es": f"Mis fuentes están en inglés; pregunta en inglés, por favor. {IN_ENGLISH}",
    "fr": f"Mes sources sont en anglais ; posez la question en anglais, s'il vous plaît. {IN_ENGLISH}",
    "it": f"Le mie fonti sono in inglese; per favore, chiedi in inglese. {IN_ENGLISH}",
    "ja": f"情報源は英語です。英語で質問してください。{IN_ENGLISH}",
    "ko": f"제 자료는 영어로 되어 있습니다. 영어로 질문해 주세요. {IN_ENGLISH}",
    "pt": f"As minhas fontes estão em inglês; por favor, pergunte em inglês. {IN_ENGLISH}",
    "zh": f"我的资料来源是英文，请用英文提问。{IN_ENGLISH}",
}
"""By ISO 639-1."""

MARKDOWN = re.compile(r"(?m:^[ \t]*-)|(?<=\])\(|:(?=//)|[\\`*_~|<>#@]")
"""What ends in a sign that means something: lists, links with another text, bare links, and signs
that do so anywhere. Without "](" there is no link, so that marks such as [1] may stay as they are."""
URL_SIGNS = "-._~:/?#!$&+,;=%()"
"""What a URL between < and > keeps: no @, lest a host be passed off as another."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown as one message."""

    embeds: list[discord.Embed]
    view: discord.ui.View | None = None
    picture: bytes | None = None
    """A PNG, shown above."""

    @classmethod
    def of(cls, text: str) -> "Card":
        """Say a sentence of our own."""
        return cls([discord.Embed(description=text)])


@dataclass(frozen=True, slots=True)
class Known:
    """What the bot can say of itself in a guild."""

    facts: int
    documents: int
    """Those for all guilds."""
    own: int
    """Those of the guild asked in."""
    newest: str | None
    chat_model: str | None


def answer_embeds(
    answer: Answer, language: str | None = None, unseen: Mapping[str, datetime] = NOTHING
) -> list[discord.Embed]:
    """Show an answer with its numbered sources, or an abstention with what comes nearest.

    Args:
        answer: whose text goes on in a second embed where one has no room for it.
        language: the question's (ISO 639-1), where it is not English.
        unseen: when cited pages were last looked at, by id, where that is long ago.
    """
    first, *rest = split(escape(answer.text), LONGEST_DESCRIPTION)
    embed = discord.Embed(description=first)
    if language:
        embed.add_field(name="Language", value=NOT_ENGLISH.get(language, IN_ENGLISH), inline=False)
    if answer.abstained:
        _add_nearest(embed, answer)
    else:
        _add_sources(embed, answer, unseen)
    room = LONGEST_EMBED - len_of(embed)
    return [embed, *(discord.Embed(description=cut(part, room)) for part in rest[:1] if room > 0)]


def unfinished(answer: Answer) -> Card:
    """Show an answer that is still being written, as far as it is checked."""
    embed = discord.Embed(description=cut(escape(answer.text), LONGEST_DESCRIPTION))
    return Card([embed.set_footer(text="Still writing …")])


def _add_sources(embed: discord.Embed, answer: Answer, unseen: Mapping[str, datetime]) -> None:
    footer = " ".join(remarks(answer))
    if answer.as_of:
        footer += f" Sources up to {answer.as_of}."
    room = LONGEST_EMBED - len_of(embed) - length(f"{footer} And 9999 more sources.")
    for shown, citation in enumerate(answer.citations):
        name, value = source_field(citation, unseen)
        room -= length(name) + length(value)
        if len(embed.fields) == MOST_FIELDS or room < 0:
            footer += f" And {len(answer.citations) - shown} more sources."
            break
        embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=footer)


def _add_nearest(embed: discord.Embed, answer: Answer) -> None:
    if looked_for := escape(", ".join(answer.looked_for)).strip():
        embed.add_field(name="Looked for", value=cut(looked_for, LONGEST_VALUE))
    room = LONGEST_EMBED - len_of(embed)
    for source in answer.nearest:
        about = escape(one_line(byline(source)))
        name = cut(f"Near: {escape(one_line(source.provenance.title))}", LONGEST_NAME)
        room -= length(name) + length(with_link(about, source.provenance.url))
        if room < 0:
            return
        embed.add_field(name=name, value=with_link(about, source.provenance.url), inline=False)


def passage_embeds(answer: Answer, unseen: Mapping[str, datetime] = NOTHING) -> list[discord.Embed]:
    """Show the passage behind each mark, the words that carry the answer in bold.

    `unseen` is as in `answer_embeds`.
    """
    embeds: list[discord.Embed] = []
    room = LONGEST_EMBED
    for citation in answer.citations[:MOST_EMBEDS]:
        name, value = source_field(citation, unseen)
        room -= length(name) + length(value)
        if room <= len(_SHORTEST_PASSAGE):
            break
        shown = _emboldened(citation.passage, carriers(answer, citation))
        passage = cut(shown, min(room, LONGEST_DESCRIPTION))
        embed = discord.Embed(description=_closed(passage)).add_field(name=name, value=value)
        room -= length(embed.description or "")
        embeds.append(embed)
    return embeds


def _emboldened(text: str, spans: Sequence[tuple[int, int]]) -> str:
    shown, at = "", 0
    for start, end in spans:
        shown += f"{escape(text[at:start])}**{escape(text[start:end])}**"
        at = end
    return shown + escape(text[at:])


def _closed(text: str) -> str:
    """Close the bold type that a cut left open."""
    is_open = re.sub(r"\\.", "", text).count("**") % 2
    return f"{text[:-3].rstrip('*')}**…" if is_open else text


def about_embed(known: Known) -> discord.Embed:
    """Introduce the bot."""
    embed = discord.Embed(
        title="Picket",
        description="I answer questions about the Hollywood strikes and AI in Hollywood from sources that "
        "you can open. I am not a lawyer, and this is not legal advice; I speak for no union or studio.",
    )
    knows = f"{known.facts} sourced facts and {known.documents} documents"
    if known.own:
        knows += f", and {known.own} documents of this server's own, which no other server sees"
    newest = f" The newest source is of {known.newest}." if known.newest else ""
    embed.add_field(name="What I know", value=f"{knows}.{newest}", inline=False)
    who = "Answers are quotations or short summaries; no question leaves the machine on which I run."
    if known.chat_model:
        name = escape(known.chat_model)
        who = (
            f"Answers are written by the chat model {name}: it is sent your question and the passages found."
        )
    who += (
        " A server's moderators see, without names, which questions I could not answer well. "
        "`/my-data` shows what I hold on you."
    )
    return embed.add_field(name="Who sees your question", value=who, inline=False)


def help_embed() -> discord.Embed:
    """Say how to ask, and what the buttons do."""
    embed = discord.Embed(title="How to ask", description=HOW_TO_ASK)
    embed.add_field(
        name="Following up",
        value="For a quarter of an hour “and the writers?” is understood with your last questions in the "
        "channel; a reply to one of my answers, with those before it.",
        inline=False,
    )
    embed.add_field(
        name="Facts at once",
        value="`/fact`, `/define`, `/who`, `/compare`, `/timeline`, `/status`: the date, the number, the "
        "definition, each with its source.",
        inline=False,
    )
    return embed.add_field(
        name="The buttons",
        value="**Show passage**: the very words behind each mark. **Helpful**, **Not helpful**: kept, so "
        "that the sources get better. **Tell the moderators**: that an answer is missing. **Tell me when you "
        "know**: I ask again when something is added, and tell you once.",
        inline=False,
    )


def wishes_embed(channels: Iterable[int], moderators: int | None, *, private: bool) -> discord.Embed:
    """Show what a server has set."""
    places = " ".join(f"<#{id}>" for id in sorted(channels)) or "all channels"
    embed = discord.Embed(title="How I behave in this server")
    embed.add_field(name="For all to see in", value=places, inline=False)
    role = f"<@&{moderators}>, and those who" if moderators else "Those who"
    embed.add_field(name="Documents are looked after by", value=f"{role} may manage messages", inline=False)
    shown = "to whoever asks alone" if private else "to all in the channel"
    return embed.add_field(name="Unless they say otherwise, answers go", value=shown, inline=False)


def source_field(citation: Citation, unseen: Mapping[str, datetime]) -> tuple[str, str]:
    """Name a source, as a field's name, and tell by whom, when and where, as its value."""
    name = cut(f"[{citation.n}] {escape(one_line(source_name(citation)))}", LONGEST_NAME)
    about = escape(one_line(byline(citation.source)))
    if looked_at := unseen.get(citation.source.id):
        about = f"⚠️ Last looked at {day(looked_at)}; it may have changed.\n{about}"
    return name, with_link(about, citation.source.provenance.url)


def with_link(about: str, url: str | None) -> str:
    """Put a link below an escaped text, both as one field's value."""
    link = safe_link(url)
    if length(link) > LONGEST_VALUE // 2:  # half a link leads astray
        link = ""
    return f"{cut(about, LONGEST_VALUE - length(link) - 1)}\n{link}".rstrip()


def day(at: datetime) -> str:
    """Tell a day, given in UTC, as whoever reads it counts them."""
    return discord.utils.format_dt(at.replace(tzinfo=UTC), "D")


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


def split(text: str, limit: int) -> list[str]:
    """Split an escaped text into parts of at most `limit` UTF-16 units.

    Between words where it can, so that no mark, link or escaped sign is torn; escaped, it has no fences.
    """
    parts: list[str] = []
    while length(text) > limit:
        head = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", errors="ignore")
        words = re.match(r"(?s).*\s(?=\S)", head)
        part = words[0] if words and words[0].strip() else head[: -1 if head.endswith("\\") else None]
        parts.append(part)
        text = text[len(part) :]
    return [*parts, text]


def logfmt(**about: object) -> str:
    """Put fields into a line of the log: name=value, as machines read it."""
    return " ".join(f"{name}={value}" for name, value in about.items())


def len_of(embed: discord.Embed) -> int:
    """Count the UTF-16 units of all texts of an embed."""
    texts = [embed.title, embed.description, embed.footer.text]
    texts += [text for field in embed.fields for text in (field.name, field.value)]
    return sum(length(text) for text in texts if text)


def length(text: str) -> int:
    """Count UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
