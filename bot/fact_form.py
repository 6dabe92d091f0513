"""The form in which a moderator writes a fact, and the fact that comes of it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import discord
from pydantic import ValidationError

from knowledge.errors import InvalidFact
from knowledge.facts import Fact
from knowledge.find import fold

EDIT, ADD = "picket:fact-edit:", "picket:fact-add:"
"""How the name of a form begins; the fact's id follows, or the new one's topic and kind."""
LONGEST_SOURCES = 4_000
FIELDS = (
    ("title", "Title", "What the fact is about.", 70),
    ("short_answer", "Short answer", "The answer alone: a date, a number, a name.", 120),
    ("statement", "Statement", "One to three sentences that stand by themselves.", 1_000),
    ("date", "Date", "YYYY, YYYY-MM or YYYY-MM-DD; may stay empty.", 10),
    ("sources", "Sources", "One a line: publisher | title | address | date", LONGEST_SOURCES),
)
"""The name, label, hint and greatest length of each."""
IN_LINES = {"statement", "sources"}
MAY_BE_EMPTY = {"date"}
PARTS = ("publisher", "title", "url", "published")
"""Of a source; the last may be missing."""
LONGEST_SLUG = 50


class FactForm(discord.ui.Modal):
    """Asks for a fact's fields. What is sent is found by the form's name, restart or not."""

    def __init__(self, title: str, custom_id: str, filled_in: Mapping[str, str] | None = None) -> None:
        """Fill in some of the fields, by name."""
        super().__init__(title=title, custom_id=custom_id)
        said = filled_in or {}
        for name, label, hint, longest in FIELDS:
            box: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
                custom_id=name,
                style=discord.TextStyle.paragraph if name in IN_LINES else discord.TextStyle.short,
                default=said.get(name),
                max_length=longest,
                required=name not in MAY_BE_EMPTY,
            )
            self.add_item(discord.ui.Label(text=label, description=hint, component=box))


def fields_of(fact: Fact) -> dict[str, str]:
    """Write a fact as its form shows it."""
    lines = (" | ".join(part for name in PARTS if (part := getattr(source, name))) for source in fact.sources)
    return {
        "title": fact.title,
        "short_answer": fact.short_answer,
        "statement": fact.statement,
        "date": fact.date or "",
        "sources": "\n".join(lines),
    }


def typed_into(form: Mapping[str, Any]) -> dict[str, str]:
    """Read a form as Discord sends it: each field nested in its label."""
    boxes = (part.get("component", {}) for part in form.get("components", ()))
    return {str(box.get("custom_id")): str(box.get("value") or "").strip() for box in boxes}


def corrected(fact: Fact, typed: Mapping[str, str]) -> Fact:
    """Give a fact with what was typed in the place of what it said.

    Raises:
        InvalidFact: that breaks the format.
    """
    return _checked({**fact.model_dump(mode="json", exclude_none=True), **_fields(typed)})


def added(topic: str, kind: str, typed: Mapping[str, str]) -> Fact:
    """Make a fact of what was typed, with an id that no shipped fact will ever have.

    Raises:
        InvalidFact: that breaks the format.
    """
    title = typed.get("title", "")
    slug = re.sub(r"[^a-z0-9]+", "-", fold(title))[:LONGEST_SLUG].strip("-")
    mark = hashlib.sha256(title.encode()).hexdigest()[:8]
    id = "-".join(part for part in ("own", slug, mark) if part)
    return _checked({"id": id, "topic": topic, "kind": kind, "confidence": "medium", **_fields(typed)})


def _fields(typed: Mapping[str, str]) -> dict[str, Any]:
    written = {name: typed.get(name) or None for name, *_ in FIELDS}
    return {**written, "sources": [_source(line) for line in typed.get("sources", "").splitlines() if line]}


def _source(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    if not len(PARTS) - 1 <= len(parts) <= len(PARTS):
        raise InvalidFact(f"{line!r} is no source: write publisher | title | address | date, a line each")
    return {name: part for name, part in zip(PARTS, parts, strict=False) if part}


def _checked(record: Mapping[str, Any]) -> Fact:
    try:
        return Fact.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = " ".join(str(part) for part in first["loc"] if isinstance(part, str))
        what = first["msg"].removeprefix("Value error, ")
        raise InvalidFact(f"the {field} is wrong ({what}); send the form again with another") from error
