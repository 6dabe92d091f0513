"""The starter corpus: sourced facts, in YAML files that a person can edit (`knowledge/corpus/`).

One file a topic, a list of records a file. A record that breaks the format is refused, with file,
line, field and reason, and the rest still loads.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationInfo,
    model_validator,
)

from knowledge.errors import InvalidFact
from knowledge.records import IsoDate, Slug, Text, read
from knowledge.subjects import SUBJECTS, Subject, load_subjects
from knowledge.types import STARTER, Document, Provenance, Source
from knowledge.vocabulary import ASPECTS, TOPICS

CORPUS = files("knowledge") / "corpus"
DISPUTED = "Disputed: "
"""How the sentence begins that tells, in a fact's document, of another account."""

FactKind = Literal["rule", "term", "event", "number", "date", "position", "definition", "person"]
_URL = TypeAdapter(HttpUrl)


def _topic(name: str) -> str:
    return _one_of(TOPICS, "topic", name, "knowledge/vocabulary.py")


def _aspect(name: str) -> str:
    return _one_of(ASPECTS, "aspect", name, "knowledge/vocabulary.py")


def _subject(name: str, info: ValidationInfo) -> str:
    return name if info.context is None else _one_of(info.context, "subject", name, "knowledge/subjects.yaml")


def _one_of(known: Collection[str], what: str, name: str, listed: str) -> str:
    if name not in known:
        raise ValueError(f"no {what} is called {name!r}; {listed} lists them")
    return name


Tag = tuple[Annotated[str, AfterValidator(_subject)], Annotated[str, AfterValidator(_aspect)]]


class FactSource(BaseModel):
    """Where a fact can be checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    publisher: Text
    title: Text
    url: Text
    published: IsoDate | None = None

    @model_validator(mode="after")
    def _has_a_real_url(self) -> Self:
        _URL.validate_python(self.url)
        return self


class Fact(BaseModel):
    """One fact: a statement that stands by itself, and its sources."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Slug
    title: Annotated[str, Field(min_length=1, max_length=70)]
    topic: Annotated[str, AfterValidator(_topic)]
    kind: FactKind
    statement: Text
    short_answer: Annotated[str, Field(min_length=1, max_length=120)]
    sources: Annotated[tuple[FactSource, ...], Field(min_length=1)]
    confidence: Literal["high", "medium", "low"]
    date: IsoDate | None = None
    """When it happened, took effect or was said; for an expiry, the last day."""
    disputed: Text | None = None
    """Which other figure, date or account exists, and who gives it."""
    note: Text | None = None
    supersedes: tuple[Slug, ...] = ()
    supersedes_note: Text | None = None
    superseded_by: tuple[Slug, ...] = ()
    also: tuple[Slug, ...] = ()
    """Ids of facts that were merged into this one."""
    tags: tuple[Tag, ...] = ()
    """Subjects (`knowledge/subjects.yaml`), and which aspect of each this fact tells."""

    def to_document(self) -> Document:
        """Give the fact as the catalogue holds it; its first source is the one that is cited.

        Without tags: no question is answered from them, so that another one costs no new vector.
        """
        first = self.sources[0]
        record = self.model_dump(mode="json", exclude_none=True, exclude={"tags"})
        text = f"{self.statement}\n{DISPUTED}{self.disputed}" if self.disputed else self.statement
        details = {name: value for name, value in record.items() if value and name not in ("id", "statement")}
        return Document(
            source=Source(
                id=self.id,
                scope=STARTER,
                kind="fact",
                provenance=Provenance(self.title, first.publisher, first.url, first.published),
                details=details,
            ),
            key=self.id,
            digest=hashlib.sha256(f"{json.dumps(record, sort_keys=True)}{text}".encode()).hexdigest(),
            text=text,
        )


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read from the files: the facts, and what is wrong with each record refused."""

    facts: tuple[Fact, ...]
    faults: tuple[InvalidFact, ...]
    subjects: tuple[Subject, ...] = ()


def fingerprint(folder: Traversable = CORPUS) -> str:
    """The SHA-256 of all files: equal where nothing was edited. Cheap, unlike loading."""
    digest = hashlib.sha256()
    for file in _files(folder):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def load(folder: Traversable = CORPUS, subjects_file: Traversable = SUBJECTS) -> Corpus:
    """Read all facts and subjects, refusing those that break the format or repeat an id."""
    subjects, faults = load_subjects(subjects_file)
    facts: dict[str, Fact] = {}
    for file in _files(folder):
        topic = file.name.removesuffix(".yaml")
        for where, fact in read(file, Fact, {"topic": topic}, known=subjects):
            if isinstance(fact, InvalidFact):
                faults.append(fact)
            elif fact.id in facts:
                faults.append(InvalidFact(f"{where}, field id: {fact.id} is taken; give it another"))
            else:
                facts[fact.id] = fact
    return Corpus(tuple(facts.values()), tuple(faults), tuple(subjects.values()))


def _files(folder: Traversable) -> list[Traversable]:
    found = (file for file in folder.iterdir() if file.name.endswith(".yaml"))
    return sorted(found, key=lambda file: file.name)
