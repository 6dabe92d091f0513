"""What moderators have handed in and nobody has accepted yet. In memory only: a restart sends it away."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.duplicates import NearDuplicate, near_duplicates
from ingest.index import passages_of
from ingest.inspect import Inspection
from ingest.isolate import inspect_apart
from ingest.load import Loaded
from ingest.submit import Told, document_of
from knowledge.errors import PicketError, UnknownDocument
from knowledge.library import Library
from knowledge.types import Document, scope_of

MOST_WAITING, MOST_TEXT = 20, 10_000_000
"""Documents of one guild, and characters in them; more send its own oldest away."""


class NotAtTheDoor(PicketError):
    """A document has been accepted, refused or sent away."""

    def __init__(self) -> None:
        super().__init__("this button is too old: the document is not at the door any more; hand it in again")


@dataclass(frozen=True, slots=True)
class Handed:
    """What a moderator hands in, not yet read."""

    content: bytes
    name: str
    """Its suffix says how to read it."""
    key: str
    """The same key again takes the document's place: see `Document`."""
    url: str | None = None
    """Where it was fetched from."""
    told: Told = field(default_factory=Told)
    etag: str | None = None
    """To be given to `ingest.fetch.fetch` the next time, like `last_modified`."""
    last_modified: str | None = None
    author: str | None = None
    """The id of who wrote it, of a message."""
    refreshes: bool = False
    """Whether it was known, and is fetched again."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A document at the door, with what a moderator ought to know of it."""

    guild: str
    handed: Handed
    loaded: Loaded
    inspection: Inspection
    passages: int
    near: tuple[NearDuplicate, ...] = ()
    replaces: str | None = None
    """The title of the document whose place it takes."""

    @property
    def document(self) -> Document:
        """What becomes known if it is accepted."""
        handed = self.handed
        document = document_of(self.loaded, handed.key, scope_of(self.guild), handed.told, handed.author)
        return replace(document, etag=handed.etag, last_modified=handed.last_modified)

    def corrected(self, told: Told) -> "Visitor":
        """Believe a person instead of the document; what they left empty is not known."""
        return replace(self, handed=replace(self.handed, told=told))


class Door:
    """Documents that wait, each under a token that its buttons bear."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Visitor] = OrderedDict()

    def let_wait(self, visitor: Visitor, token: str | None = None) -> str:
        """Keep a document; under a token given, in the place of what waited under it."""
        token = token or secrets.token_hex(8)
        self._waiting[token] = visitor
        self._make_room(visitor.guild)
        return token

    def _make_room(self, guild: str) -> None:
        """Send a guild's own oldest away until the others are within what it may have."""
        lengths = {
            token: len(waiting.loaded.text)
            for token, waiting in self._waiting.items()
            if waiting.guild == guild
        }
        while len(lengths) > MOST_WAITING or sum(lengths.values()) > MOST_TEXT:
            oldest = next(iter(lengths))
            del lengths[oldest], self._waiting[oldest]

    def at(self, token: str, guild: str) -> Visitor:
        """Look at one that waits.

        Raises:
            NotAtTheDoor: it does not, or not in that guild.
        """
        visitor = self._waiting.get(token)
        if visitor is None or visitor.guild != guild:
            raise NotAtTheDoor
        return visitor

    def take(self, token: str, guild: str) -> Visitor:
        """Take one away, which nobody can do twice.

        Raises:
            NotAtTheDoor: as `at`.
        """
        visitor = self.at(token, guild)
        del self._waiting[token]
        return visitor


def look_at(library: Library, guild: str, handed: Handed) -> Visitor:
    """Read what was handed in, and compare it with what is known. Blocks, for seconds.

    Raises:
        InvalidDocument: it cannot be read.
        IndexFault: what is known cannot be.
    """
    loaded, inspection = inspect_apart(handed.content, handed.name, handed.url)
    visitor = Visitor(guild, replace(handed, content=b""), loaded, inspection, 0)
    document = visitor.document
    known = _known(library, document)
    if handed.refreshes and known and says_the_same(known, document):
        return visitor  # nobody is shown it: what it adds, and is like, need not be found out
    texts = [piece.text for piece in passages_of(document, library)]
    near = _others(document, near_duplicates(library, document.source.scope, texts))
    title = known.source.provenance.title if known else None
    return replace(visitor, passages=len(texts), near=near, replaces=title)


def _others(document: Document, near: Sequence[NearDuplicate]) -> tuple[NearDuplicate, ...]:
    return tuple(found for found in near if found.document_id != document.source.id)


def _known(library: Library, document: Document) -> Document | None:
    """What is known under a document's id."""
    try:
        return library.catalogue.document(document.source.id)
    except UnknownDocument:
        return None


def says_the_same(known: Document, document: Document) -> bool:
    """Whether a document is as it was, whatever bytes it came in."""
    return (known.text, known.source.provenance) == (document.text, document.source.provenance)
