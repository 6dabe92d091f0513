"""What a reader gets out of a file: its text, what it says of itself, and what a reader's eye would miss."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

_HOST = re.compile(
    r"(?:https?://|\bwww\.)(?P<told>[^\s/?#:]+)|^(?P<bare>(?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE
)
_FILE = re.compile(r"\.(?:docx?|html?|js|jpe?g|md|pdf|php|png|py|txt|xlsx?|zip)$", re.IGNORECASE)
"""How the name of a file ends, which else looks like a host."""

_OF_A_PROGRAM = re.compile(
    r"microsoft (?:office )?(?:word|powerpoint|publisher) - .*"
    r"|.*\.(?:docx?|indd|md|odt|pages|pdf|pptx?|pub|qxd|rtf|tex|txt)"
    r"|(?:untitled|(?:word )?document|powerpoint presentation|presentation|publication)[ -]?\d*",
    re.IGNORECASE | re.DOTALL,
)
"""What a program calls a file that nobody has given a title."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Text that is in a file, and not before the eyes of whoever opens it."""

    how: str
    """Such as "display: none"."""
    text: str


@dataclass(frozen=True, slots=True)
class MisleadingLink:
    """A link whose words name one host, and which leads to another."""

    says: str
    leads_to: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader got out of a file."""

    text: str
    """What can be seen of it, as it was found."""
    about: Mapping[str, object] = field(default_factory=dict)
    """What `Provenance` takes, unchecked."""
    hidden: tuple[Hidden, ...] = ()
    links: tuple[MisleadingLink, ...] = ()
    textless_pages: tuple[int, ...] = ()
    """Of a PDF, counted from 1."""


def title_of_its_own(told: str | None) -> str | None:
    """What a file's properties tell as its title; None where a program has put it there, or nobody."""
    title = (told or "").strip()
    return None if _OF_A_PROGRAM.fullmatch(title) else title or None


def misleading(words: str, target: str) -> MisleadingLink | None:
    """Compare the host that a link's words name, if they do, with the one that it leads to."""
    try:
        there = URL(target.strip())
    except ValueError:
        return None
    says, leads_to = _named(words) or (there.user and _named(there.user)), _plain(there.host or "")
    if not says or not leads_to or _same_site(says, leads_to):
        return None
    return MisleadingLink(says, leads_to)


def _named(words: str) -> str | None:
    found = _HOST.search(words.strip())
    if found is None or (found["bare"] and _FILE.search(found["bare"])):
        return None
    return _plain((found["told"] or found["bare"]).rpartition("@")[2])


def _plain(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def _same_site(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
