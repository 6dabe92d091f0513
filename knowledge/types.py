"""The nouns: what is known, what was found, what is said."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from langchain_core.documents import Document as LangChainDocument

from knowledge.errors import InvalidScope

STARTER = "starter"
"""The scope that every question searches: the starter corpus and what the operator adds for all."""

Kind = Literal["fact", "document"]


_GUILD = "guild-"


def scope_of(guild: str | None) -> str:
    """Name the scope of a guild's own documents; of no guild, the starter scope.

    Raises:
        InvalidScope: `guild` is not made of 1 to 32 digits and lower-case letters.
    """
    if guild is None:
        return STARTER
    if not re.fullmatch(r"[0-9a-z]{1,32}", guild):
        raise InvalidScope(guild)
    return f"{_GUILD}{guild}"


def guild_of_scope(scope: str) -> str:
    """The id of the guild whose scope it is; not of the starter scope."""
    return scope.removeprefix(_GUILD)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a text comes from, as a citation shows it."""

    title: str
    publisher: str | None = None
    url: str | None = None
    published: str | None = None
    """ISO 8601 to the precision known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document without its text: a file, a page or one shipped fact."""

    id: str
    scope: str
    """`starter`, or `guild-<Discord id>`."""
    kind: Kind
    provenance: Provenance
    details: Mapping[str, Any] = field(default_factory=dict)
    """What a fact has besides its statement: short_answer, date, disputed, superseded_by, ..."""

    @property
    def title_cited(self) -> str:
        """The title of what a reader opens: a fact's source, or the document itself."""
        sources = self.details.get("sources")
        return str(sources[0]["title"]) if sources else self.provenance.title


@dataclass(frozen=True, slots=True)
class Document:
    """A source as the catalogue holds it."""

    source: Source
    key: str
    """Where it was read from: a path, a URL or a fact's id. The same key again replaces it."""
    digest: str
    """SHA-256 of what it was read from: the same digest again changes nothing."""
    text: str
    etag: str | None = None
    """Of a page, with `last_modified`: what its server said of this version, to ask later for a newer one."""
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of its own a guild may have, facts apart."""

    documents: int
    bytes: int
    """Of all its texts, in UTF-8."""
    passages: int
    waiting: int
    """Documents that wait to be taken in."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document, small enough for the encoder to read whole."""

    id: str
    document_id: str
    position: int
    """0 for the first passage of its document."""
    text: str
    """Verbatim but for white space; the title is not in it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that the retriever found, and how well it fits."""

    passage: Passage
    source: Source
    score: float
    """What the ranking follows: the fused score, 0 to 1, and what fits the question beside it, for which
    it can pass 1 or fall below 0."""
    cosine: float
    """Of the passage's and the question's vectors; 0 where only the words found it."""
    bm25: float
    """Of the passage and the question's terms; 0 where it has none of them."""
    outdated: bool = False
    """Whether another of those found has replaced its source, and the question asks for what holds."""

    def to_langchain(self) -> LangChainDocument:
        """Give the passage as LangChain knows one."""
        return LangChainDocument(self.passage.text, id=self.passage.id, metadata=asdict(self))

    @classmethod
    def from_langchain(cls, document: LangChainDocument) -> "Found":
        """Take back what `to_langchain` gave."""
        values = dict(document.metadata)
        source = dict(values.pop("source"))
        provenance = Provenance(**source.pop("provenance"))
        return cls(
            passage=Passage(**values.pop("passage")),
            source=Source(provenance=provenance, **source),
            **values,
        )


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage found, and how well it answers."""

    n: int
    """Of which passage, from 1."""
    position: int
    """In its passage, from 0."""
    text: str
    score: float
    reading: float
    """How sure the reader is of an answer in it, as a logit: see `knowledge/reader.py`."""
    answer: str
    """The words that the reader takes for it."""
    heading: str = ""
    """The line of its passage that tells what it is about, where there is one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer may rest on."""

    question: str
    """Standing alone: a follow-up bears what it refers to."""
    found: tuple[Found, ...]
    """Best first."""
    sentences: tuple[Sentence, ...]
    """Of the passages that were read closely, best first."""
    coverage: float
    """The share of the question's terms, by weight, in the best passages: 0 to 1."""
    surest: float = 0.0
    """How sure the reader is of an answer in any of them, as a logit: skimming and reading closely, the mean
    of the highest."""
    asked: str | None = None
    """Of a follow-up, what it asks itself."""


@dataclass(frozen=True, slots=True)
class Citation:
    """What a mark `[n]` in an answer stands for."""

    n: int
    source: Source
    passage: str


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of the same person, and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said. Without a citation it is an abstention."""

    question: str
    text: str
    """With marks `[1]`, `[2]` that the citations resolve."""
    citations: tuple[Citation, ...]
    confidence: float
    """0 to 1: how likely the passages hold the answer."""
    answerer: str | None
    """`quoting`, the chat model's `provider:model`, or, where that failed or said nothing that its sources
    support, `quoting instead of provider:model`, followed by ` (daily budget spent)` where it was not
    asked; None for an abstention."""
    looked_for: tuple[str, ...] = ()
    """The question's words that were looked up."""
    nearest: tuple[Source, ...] = ()
    """Of an abstention: the sources that come nearest, best first."""
    as_of: str | None = None
    """Where the answer may change with time: the newest date that the sources know (ISO 8601)."""
    checked: tuple[int, int] | None = None
    """Of a chat model's answer: how many sentences are shown, and how many there were."""
    note: str | None = None
    """A sentence that the reader is told besides, such as that the chat model's budget is spent."""

    @property
    def abstained(self) -> bool:
        """Whether the sources did not hold the answer."""
        return not self.citations
