"""The queue: what is asked of the writer, and by whom."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, insert

from knowledge.schema import jobs, now
from knowledge.types import Document

Action = Literal["add", "refresh", "remove", "again"]
"""What is to be done with a document. `refresh`: it was fetched again from where it came. `again`: it
is known, and only what is made of it was lost: see `Catalogue.ask_all_again`."""

CANCELLED = "cancelled"
"""The outcome of a job that was no longer wanted."""
FORGOTTEN = "refused: whoever asked for it is forgotten; ask for it again"
"""The outcome of a job that waited for somebody who has asked to be forgotten."""

_DOCUMENT = TypeAdapter(Document)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with a document, which is given where it is not to be removed."""

    action: Action
    document_id: str
    document: Document | None = None
    person: str | None = None
    """The id of who asks; None for the operator."""
    undoes: int | None = None
    """The number of the ledger's entry that is undone by it."""


@dataclass(frozen=True, slots=True)
class Job(Asked):
    """Something asked of the writer."""

    number: int = 0

    @property
    def again(self) -> bool:
        """Whether the document is known, and nothing but what is made of it changes."""
        return self.action == "again"


def added(document: Document, **by: Any) -> Asked:
    """Ask for a document to be added, or to take its older version's place."""
    return Asked("add", document.source.id, document, **by)


def enqueue(connection: Connection, wanted: Iterable[Asked]) -> list[int]:
    """Put jobs at the end of the queue; give their numbers."""
    rows = [asdict(asked) | {"asked_at": now()} for asked in wanted]
    return [
        connection.execute(insert(jobs).values(row).returning(jobs.c.number)).scalar_one() for row in rows
    ]


def waits() -> ColumnElement[bool]:
    """Of jobs: that they are not yet carried out."""
    return jobs.c.outcome.is_(None)


def done(outcome: str) -> dict[str, Any]:
    """Values of a job that is done: what it was about, and for whom, is not kept."""
    return {"outcome": outcome, "done_at": now(), "document": None, "person": None}


def job(row: Any) -> Job:
    """Read a row of the queue."""
    return Job(row.action, row.document_id, document_from(row.document), row.person, row.undoes, row.number)


def document_from(json: Any) -> Document | None:
    """Read a document that was kept whole, as JSON."""
    return json and _DOCUMENT.validate_python(json)
