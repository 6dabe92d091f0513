"""What a moderator is shown of a document before it goes live: as the machine saw it.

Instructions to a bot are found by their wording: the patterns are in `_INSTRUCTIONS`. They are a help to
whoever looks, no guard: what guards is that passages are data to the chat model (see `knowledge/prompt.py`),
and that a person decides. Wording that is not in the list passes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ingest.clean import normalise
from ingest.found import Hidden, MisleadingLink
from ingest.load import Loaded, load_found

_MOST = 20
"""Findings of a kind; whoever has seen twenty has seen enough."""
_LONGEST = 200
"""Characters of a finding."""
_OPENING = 300
_AROUND = 80
"""Characters before an instruction."""

_BOT = r"(?:an?\s+)?(?:\w+\s+){0,2}(?:AI|A\.I\.|assistant|chat\s?bot|bot|language model|LLM|GPT|model)"
_ORDERS = r"(?:instructions?|prompts?|rules?|guidelines?|directions?|commands?|messages?|context)"
_INSTRUCTIONS = {
    "calls off what it was told": (
        r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{0,40}"
        r"\b(?:previous|prior|above|earlier|preceding|all|any|your|these|those|system)\b[^.!?\n]{0,30}\b"
        + _ORDERS
    ),
    "gives it a role": (
        r"\b(?:you are(?: now)?|you're(?: now)?|act as|behave as|pretend (?:to be|you(?: are|'re)))\s+"
        + _BOT
        + r"\b|\bfrom now on,? you\b|\b(?:developer|jailbreak|DAN|god) mode\b"
    ),
    "speaks to it": (
        r"\b(?:as|attention|dear|hey|note to|notice to|instructions? (?:to|for))[,:]?\s+"
        r"(?:an?\s+|the\s+|any\s+|all\s+)?(?:AI|artificial intelligence|LLMs?|(?:large )?language models?"
        r"|(?:AI )?assistants?|chat\s?bots?|bots?)\b[^.!?\n]{0,60}"
        r"\b(?:you|must|should|shall|please|do not|never)\b"
    ),
    "asks for its orders": (
        r"\b(?:reveal|show|print|repeat|output|disclose|tell|quote)\b[^.!?\n]{0,40}"
        r"\b(?:system prompt|hidden prompt"
        r"|(?:your|the) (?:initial |original |system )?(?:prompt|instructions))"
    ),
    "poses as the system": (
        r"(?m)^\W{0,4}(?:system|assistant|developer|admin|operator)(?:\s+(?:prompt|message|note|override))?\s*:"
        r"|\bnew (?:system )?instructions?\s*:|\[(?:system|/?INST)\]"
        r"|#{2,}\s*(?:instruction|system|response)\b"
    ),
    "uses the signs of a chat model": (
        r"<\|[\w|]{2,40}\|>|<</?SYS>>|<(?:start|end)_of_turn>"
        r"|</?(?:system|assistant|passages?|question|instructions?|prompt|tool_call)\b[^<>]{0,80}>"
    ),
    "tells it what to say": (
        r"\b(?:if|when(?:ever)?)\b[^.!?\n]{0,40}\b(?:asked|asks?|question(?:s|ed)?|quer(?:y|ies))\b[^.!?\n]{0,80}"
        r"\b(?:answer|reply|respond|say|claim|state)\b"
        r"|\b(?:answer|reply|respond) (?:only |always |exclusively )?with\b"
        r"|\b(?:do not|don't|never) (?:cite|mention|quote|reveal|tell) (?:the |any |this |your |other )?"
        r"(?:sources?|users?|passages?|documents?|instructions?)"
    ),
}
"""What it does to a bot, and how that is worded."""
_PATTERNS = {kind: re.compile(wording, re.IGNORECASE) for kind, wording in _INSTRUCTIONS.items()}

Finding = TypeVar("Finding", Hidden, MisleadingLink, "Instruction")


@dataclass(frozen=True, slots=True)
class Instruction:
    """Words that are addressed to a bot."""

    kind: str
    """What they do, such as "gives it a role"."""
    text: str
    """They themselves, with a few words before and after."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """A document as the machine saw it. All of its strings come from whoever made it: escape them."""

    title: str
    publisher: str | None
    url: str | None
    published: str | None
    characters: int
    """Of text that can be answered from."""
    opening: str
    """The first of it, 300 characters at most."""
    hidden: tuple[Hidden, ...] = ()
    """At most 20, like all of these; first those with instructions, then the longest."""
    links: tuple[MisleadingLink, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    """In the text, the title and what is hidden."""
    textless_pages: tuple[int, ...] = ()
    """Of a PDF, counted from 1: all that hold none."""

    def warnings(self) -> list[str]:
        """Say what ought to be looked at, a line each; nothing where nothing does."""
        lines = [f"Words to a bot ({found.kind}): {found.text}" for found in self.instructions]
        lines += [f"Hidden text ({found.how}): {found.text}" for found in self.hidden]
        lines += [f"A link that says {link.says} leads to {link.leads_to}." for link in self.links]
        if self.textless_pages:
            lines.append(f"Without text, perhaps scanned: {_pages(self.textless_pages)}.")
        return lines


def inspect_bytes(content: bytes, name: str, url: str | None = None) -> tuple[Loaded, Inspection]:
    """Read what was attached or fetched, and look at it as a moderator would.

    Takes and raises what `ingest.load.load_bytes` does; to be called where a parser may crash:
    see `ingest.isolate.inspect_apart`.
    """
    loaded, found = load_found(content, name, url)
    about = loaded.provenance
    hidden = sorted((replace(one, text=_line(one.text)) for one in found.hidden), key=_weight)
    texts = [about.title, loaded.text, *(one.text for one in hidden)]
    return loaded, Inspection(
        title=about.title,
        publisher=about.publisher,
        url=about.url,
        published=about.published,
        characters=len(loaded.text),
        opening=_cut(loaded.text, _OPENING),
        hidden=_first(replace(one, text=_cut(one.text)) for one in hidden),
        links=_first(found.links),
        instructions=_first(words for text in texts for words in _instructions(text)),
        textless_pages=found.textless_pages,
    )


def _instructions(text: str) -> Iterator[Instruction]:
    for kind, pattern in _PATTERNS.items():
        for said in pattern.finditer(text):
            start = max(text.rfind("\n", 0, said.start()) + 1, said.start() - _AROUND)
            rest = text[said.end() : said.end() + _LONGEST].partition("\n")[0]
            yield Instruction(kind, _cut(_line(text[start : said.end()] + rest)))


def _weight(hidden: Hidden) -> tuple[bool, int]:
    speaks = any(pattern.search(hidden.text) for pattern in _PATTERNS.values())
    return not speaks, -len(hidden.text)


def _first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out what comes again, and what is too much."""
    different: dict[Finding, None] = {}
    for finding in findings:
        different[finding] = None
        if len(different) == _MOST:
            break
    return tuple(different)


def _line(text: str) -> str:
    return " ".join(normalise(text).split())


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _pages(numbers: Sequence[int]) -> str:
    """Write 1, 2, 3 and 7 as "pages 1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:_MOST])
    return f"{'page' if len(numbers) == 1 else 'pages'} {told}{', …' if len(runs) > _MOST else ''}"
