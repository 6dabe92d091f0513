"""The ledger: who did what to the documents, and what was there before, so that it can be undone.

Each entry is written in the transaction that makes its change known. What was before is kept whole for
as long as it can be undone, and then erased. People are ids without meaning here. Facts are not in it:
the shipped ones change with a release, and of a guild's own every version is kept, with who made it
(`knowledge/own_facts.py`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from knowledge import queue
from knowledge.errors import NothingToUndo
from knowledge.queue import Asked, Job
from knowledge.schema import compact, jobs, ledger, now, open_engine, registry
from knowledge.types import Document

UNDO = timedelta(days=30)
"""How long an act can be undone; so long is what was before it kept."""

Act = Literal["added", "replaced", "removed", "restored", "refreshed", "refused"]
"""`refreshed`: replaced by what was fetched again. `restored`: what was before is back. `refused`: nothing
was done, as whoever had asked for it had no right to it any more."""

Dates = tuple[datetime, datetime]
"""When a document was added, and when last looked at, in UTC."""
_DATES = "dates"
"""Where they are kept beside the document that was before an act."""
_COMPACTION = "compaction"
"""The note that texts were erased, and traces of them may still be in the file."""
_ERASED: dict[str, None] = {"undo_until": None, "before": None}


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    number: int
    at: datetime
    """UTC."""
    person: str | None
    """The id of who did it; None where it was the operator, or is forgotten."""
    act: Act
    document_id: str
    title: str
    undo_until: datetime | None
    """UTC; None where it cannot be undone, or was already."""


class Ledger:
    """Reads the ledger and undoes what is in it. Safe across threads."""

    def __init__(self, path: Path) -> None:
        """Open the catalogue's file.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def acts(self, scope: str, limit: int = 25, before: int | None = None) -> list[Entry]:
        """List what was done in a scope, newest first.

        Args:
            scope: whose documents.
            limit: at most so many.
            before: only what was done before the entry of that number.
        """
        query = select(ledger).where(ledger.c.scope == scope).order_by(ledger.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(ledger.c.number < before)
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def undo(
        self,
        scope: str,
        number: int,
        person: str | None = None,
        unless: Callable[[Document], None] = lambda _document: None,
    ) -> list[int]:
        """Queue what puts back what was before an act; give the jobs' numbers, the same while they wait.

        Args:
            scope: whose act it must be.
            number: its entry's.
            person: the id of who undoes it.
            unless: called with the document that would come back, while nobody else can queue or change
                anything; what it raises has nothing queued.

        Raises:
            NothingToUndo: there is no such entry in the scope, it was undone already, is too old, or
                something else was done with the document since, which has to be undone first.
        """
        its_own = select(ledger).where(ledger.c.number == number, ledger.c.scope == scope)
        waiting = select(jobs.c.number).where(jobs.c.undoes == number, queue.waits())
        with self._writing.begin() as connection:
            row = connection.execute(its_own).first()
            if row is None:
                raise NothingToUndo("there is no such act; the log lists those that there are")
            if same := list(connection.scalars(waiting)):
                return same
            if row.undone:
                raise NothingToUndo("this was undone already; the log shows by whom")
            if _entry(row).undo_until is None:
                raise NothingToUndo(
                    f"this was {UNDO.days} days ago or more; add or remove the document instead"
                )
            if later := _later_act(connection, row):
                raise NothingToUndo(_first(later))
            reverse = _reverse(row, person)
            if reverse.document:
                unless(reverse.document)
            return queue.enqueue(connection, [reverse])

    def in_the_way(self, number: int) -> str | None:
        """Say what was done since an act with its document and has to be undone first; None: nothing."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ledger).where(ledger.c.number == number)).first()
            later = _later_act(connection, row) if row else None
        return _first(later) if later else None

    def held_on(self, person: str) -> int:
        """How many acts bear a person's name, those included that are still to be done."""
        counts = [
            select(func.count()).select_from(table).where(table.c.person == person)
            for table in (ledger, jobs)
        ]
        with self._engine.connect() as connection:
            return sum(connection.scalar(count) or 0 for count in counts)

    def kept_of_messages_of(self, person: str) -> int:
        """How many documents made of messages of a person, given by id, are kept only for undo."""
        author = ledger.c.before["source", "details", "author"].as_string()
        with self._engine.connect() as connection:
            counted = select(func.count()).select_from(ledger).where(author == person)
            return connection.scalar(counted) or 0

    def forget(self, person: str) -> None:
        """Drop a person's name from all acts, which stay; what is still to be done for them is not done.

        Without the name nobody could be asked for the right to it.
        """
        unasked = update(jobs).where(jobs.c.person == person, queue.waits())
        with self._writing.begin() as connection:
            connection.execute(unasked.values(queue.done(queue.FORGOTTEN)))
            connection.execute(update(ledger).where(ledger.c.person == person).values(person=None))

    def purge(self, at: datetime) -> bool:
        """Erase what was before acts that cannot be undone any more, out of the file itself.

        For the writer only. Cut off, it is made up for the next time.

        Args:
            at: now, in UTC.

        Returns:
            Whether there was something to erase.
        """
        over = ledger.c.undo_until <= at
        owed = registry.c.name == _COMPACTION
        with self._writing.begin() as connection:
            erased = connection.execute(
                update(ledger).where(over, ledger.c.before.is_not(None)).values(_ERASED)
            )
            connection.execute(update(ledger).where(over).values(_ERASED))
            if erased.rowcount:
                connection.execute(
                    insert(registry).prefix_with("OR IGNORE").values(name=_COMPACTION, value="owed")
                )
            due = connection.scalar(select(registry.c.value).where(owed)) is not None
        if due:
            compact(self._engine)
            with self._writing.begin() as connection:
                connection.execute(delete(registry).where(owed))
        return due


def enter(
    connection: Connection,
    job: Job,
    before: Document | None,
    dates: Dates | None = None,
    *,
    objected: bool = False,
) -> None:
    """Note what a job has changed, or was not allowed to. Within the transaction of the change.

    Args:
        connection: the transaction's.
        job: carried out in it.
        before: the document that it replaced or removed, or would have.
        dates: when that was added, and last looked at.
        objected: whether it was not allowed to.
    """
    document = job.document or before
    if document is None or document.source.kind == "fact" or job.again:
        return
    kept: dict[str, Any] = {}
    if not objected:
        told = before and {**asdict(before), _DATES: [date.isoformat() for date in dates or ()]}
        kept = {"before": told, "undo_until": now() + UNDO, "undoes": job.undoes}
    connection.execute(
        insert(ledger).values(
            scope=document.source.scope,
            at=now(),
            person=job.person,
            act="refused" if objected else _act(job, before),
            document_id=document.source.id,
            title=document.source.provenance.title,
            undone=False,
            **kept,
        )
    )


def dates_before(connection: Connection, number: int) -> Dates | None:
    """When the document that was there before an act had been added, and last looked at."""
    before = connection.scalar(select(ledger.c.before).where(ledger.c.number == number))
    match [datetime.fromisoformat(date) for date in (before or {}).get(_DATES, ())]:
        case [added_at, looked_at]:
            return added_at, looked_at
    return None


def brought_by(connection: Connection, document_id: str) -> str | None:
    """The id of who brought the version of a document that is known, but for refreshing and undoing."""
    by = select(ledger.c.person).where(ledger.c.document_id == document_id)
    standing = ledger.c.act.in_(("added", "replaced")) & ledger.c.undone.is_(False)
    who: str | None = connection.scalar(by.where(standing).order_by(ledger.c.number.desc()).limit(1))
    return who


def drop(connection: Connection, scope: str) -> None:
    """Delete all that was noted of a scope."""
    connection.execute(delete(ledger).where(ledger.c.scope == scope))


def close_entry(connection: Connection, number: int) -> None:
    """Note that an entry is undone: what was before is not needed any more."""
    connection.execute(update(ledger).where(ledger.c.number == number).values(undone=True, **_ERASED))


def _act(job: Job, before: Document | None) -> Act:
    if job.document is None:
        return "removed"
    if job.undoes is not None:
        return "restored"
    if before is None:
        return "added"
    return "refreshed" if job.action == "refresh" else "replaced"


def _later_act(connection: Connection, row: Any) -> Any | None:
    """The act that has to be undone before one can be.

    After what undoes an act, the document is as it was right before that act: from there on back, these
    two and all between them do not count. What was undone and done again counts as what did it again.
    """
    since = ledger.c.document_id == row.document_id, ledger.c.scope == row.scope, ledger.c.number > row.number
    told = ledger.c.number, ledger.c.act, ledger.c.at, ledger.c.undone, ledger.c.undoes
    acts = select(*told).where(*since, ledger.c.act != "refused").order_by(ledger.c.number.desc())
    standing, back_to = None, None
    for act in connection.execute(acts):
        if back_to is None or act.number < back_to:
            standing = standing if act.undone else act
            back_to = act.undoes
            if back_to is None or back_to < row.number:
                return standing
    return None


def _first(later: Any) -> str:
    return f"this document was {later.act} later, on {later.at:%Y-%m-%d at %H:%M} UTC; undo that first"


def _reverse(row: Any, person: str | None) -> Asked:
    before = queue.document_from(row.before)
    if before is None:
        return Asked("remove", row.document_id, None, person, row.number)
    return Asked("add", before.source.id, before, person, row.number)


def _entry(row: Any) -> Entry:
    until = row.undo_until if row.undo_until and row.undo_until > now() else None
    return Entry(row.number, row.at, row.person, row.act, row.document_id, row.title, until)
