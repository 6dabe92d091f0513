"""The forms of moderators: a text to be known, and what is known of a document's provenance."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import discord

from bot.door import Handed, Visitor
from bot.terminal import one_line
from ingest.submit import Told
from knowledge.errors import InvalidDocument
from knowledge.find import shortened

TEXT, CORRECT = "picket:text", "picket:correction:"
"""The name of a form, or how it begins; the token of what waits at the door follows."""
FORGET = 900.0
"""Seconds; what is sent later comes all the same, see `Knowledge.on_interaction`."""
Field = tuple[str, str, str, int]
TITLE: Field = ("title", "Title", "What answers cite.", 300)
WRITTEN: Field = ("text", "Text", "What is to be known.", 4_000)
FROM: tuple[Field, ...] = (
    ("publisher", "Publisher", "Who says so; may stay empty.", 200),
    ("url", "Address", "Where it can be read, with https://; may stay empty.", 2_000),
    ("published", "Date", "YYYY, YYYY-MM or YYYY-MM-DD; may stay empty.", 10),
)
"""The name, label, hint and greatest length of each."""
REQUIRED = {"title", "text"}


class TextForm(discord.ui.Modal):
    """Asks for a text, and where it comes from."""

    def __init__(self, title: str | None = None) -> None:
        """Fill in the title, if one is given."""
        super().__init__(title="Add a text", custom_id=TEXT, timeout=FORGET)
        for item in _boxes((TITLE, WRITTEN, *FROM), {"title": title}):
            self.add_item(item)


class CorrectionForm(discord.ui.Modal):
    """Asks for what a document at the door ought to have said of itself."""

    def __init__(self, token: str, visitor: Visitor) -> None:
        super().__init__(title="Correct what it says", custom_id=f"{CORRECT}{token}", timeout=FORGET)
        for item in _boxes((TITLE, *FROM), asdict(visitor.document.source.provenance)):
            self.add_item(item)


def _boxes(
    fields: Iterable[Field], said: Mapping[str, str | None]
) -> Iterable[discord.ui.Label[discord.ui.View]]:
    for name, label, hint, longest in fields:
        box: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
            custom_id=name,
            style=discord.TextStyle.paragraph if name == WRITTEN[0] else discord.TextStyle.short,
            default=shortened(one_line(said.get(name) or ""), longest) or None,
            max_length=longest,
            required=name in REQUIRED,
        )
        yield discord.ui.Label(text=label, description=hint, component=box)


def told_by(typed: Mapping[str, str]) -> Told:
    """Read what a person says of a document; what they left empty is not known.

    Raises:
        InvalidDocument: the address or the date is none.
    """
    title, publisher, url, published = (
        typed.get(name, "") for name in ("title", "publisher", "url", "published")
    )
    return Told.checked(title, publisher, url, published)


def text_from(typed: Mapping[str, str]) -> Handed:
    """Read the form of a text; the same title again takes its place.

    Raises:
        InvalidDocument: as `told_by`, or it has no title.
    """
    told = told_by(typed)
    if not told.title:
        raise InvalidDocument("the text has no title: give it one")
    key = f"text:{hashlib.sha256(told.title.encode()).hexdigest()[:16]}"
    return Handed(typed.get("text", "").encode(), "text.txt", key, told=told)
