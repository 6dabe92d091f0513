"""The starter corpus: sourced facts, in YAML files that a person can edit (`knowledge/corpus/`).

One file a topic, a list of records a file. A record that breaks the format is refused, with file,
line, field and reason, and the rest still loads.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from knowledge.errors import InvalidFact
from knowledge.types import STARTER, Document, Provenance, Source

CORPUS = files("knowledge") / "corpus"

Text = Annotated[str, Field(min_length=1)]
IsoDate = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
FactId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FactKind = Literal["rule", "term", "event", "number", "date", "position", "definition", "person"]
_URL = TypeAdapter(HttpUrl)


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

    id: FactId
    title: Annotated[str, Field(min_length=1, max_length=70)]
    topic: Text
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
    supersedes: tuple[FactId, ...] = ()
    supersedes_note: Text | None = None
    superseded_by: tuple[FactId, ...] = ()
    also: tuple[FactId, ...] = ()
    """Ids of facts that were merged into this one."""

    def to_document(self) -> Document:
        """Give the fact as the catalogue holds it; its first source is the one that is cited."""
        first = self.sources[0]
        record = self.model_dump(mode="json", exclude_none=True)
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
            digest=hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest(),
            text=self.statement,
        )


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read from the files: the facts, and what is wrong with each record refused."""

    facts: tuple[Fact, ...]
    faults: tuple[InvalidFact, ...]


def fingerprint(folder: Traversable = CORPUS) -> str:
    """The SHA-256 of all files: equal where nothing was edited. Cheap, unlike loading."""
    digest = hashlib.sha256()
    for file in _files(folder):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def load(folder: Traversable = CORPUS) -> Corpus:
    """Read all facts, refusing those that break the format or repeat an id."""
    facts: dict[str, Fact] = {}
    faults: list[InvalidFact] = []
    for file in _files(folder):
        for where, fact in _read(file):
            if isinstance(fact, InvalidFact):
                faults.append(fact)
            elif fact.id in facts:
                faults.append(InvalidFact(f"{where}, field id: {fact.id} is taken; give it another"))
            else:
                facts[fact.id] = fact
    return Corpus(tuple(facts.values()), tuple(faults))


def _files(folder: Traversable) -> list[Traversable]:
    found = (file for file in folder.iterdir() if file.name.endswith(".yaml"))
    return sorted(found, key=lambda file: file.name)


def _read(file: Traversable) -> Iterator[tuple[str, Fact | InvalidFact]]:
    """Read one file's records, each with its place; the file's name is their topic."""
    topic = file.name.removesuffix(".yaml")
    try:
        records = list(_records(file))
    except InvalidFact as fault:
        yield file.name, fault
        return
    for line, record in records:
        where = f"{file.name}, line {line}"
        yield where, _validated(record, topic, where)


def _records(file: Traversable) -> Iterator[tuple[int, Any]]:
    """Parse a file: the line of each record, and its values, all of them strings.

    Raises:
        InvalidFact: it is no list in YAML.
    """
    try:
        loader = yaml.CBaseLoader(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise InvalidFact(f"{file.name}: must be a list of records, each beginning with `- id:`")
        for record in node.value:
            yield record.start_mark.line + 1, loader.construct_document(record)
    except UnicodeDecodeError as error:
        raise InvalidFact(f"{file.name}: is not UTF-8; save it as that") from error
    except yaml.YAMLError as error:
        raise InvalidFact(f"{file.name}: is not YAML: {' '.join(str(error).split())}") from error


def _validated(record: Any, topic: str, where: str) -> Fact | InvalidFact:
    if not isinstance(record, dict):
        return InvalidFact(f"{where}: must be a record of fields, beginning with `- id:`")
    try:
        return Fact.model_validate({**record, "topic": topic})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "record"
        return InvalidFact(f"{where}, field {field}: {first['msg']}")
