"""The catalogue: what is known, what was added when, what is still to be done. The truth, in SQL.

Chroma's vectors and the word tables are caches of it. Any process may read it and queue jobs;
only the holder of the writer's lock (`knowledge/library.py`) carries them out.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    LargeBinary,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DatabaseError

from knowledge import asked, ledger, queue, words
from knowledge.errors import UnknownDocument
from knowledge.kept import Kept
from knowledge.queue import Asked, Job
from knowledge.schema import documents, empty_log, jobs, now, open_engine, passages, registry
from knowledge.types import STARTER, Document, Kind, Passage, Provenance, Source

log = logging.getLogger(__name__)

_SOURCE = [
    documents.c[name] for name in ("id", "scope", "kind", "title", "publisher", "url", "published", "details")
]
_BYTES = func.length(cast(documents.c.text, LargeBinary))
_LISTED = (
    select(*_SOURCE, documents.c.added_at, func.count(passages.c.number).label("passages"))
    .join(passages, isouter=True)
    .group_by(documents.c.id)
    .order_by(documents.c.added_at.desc(), documents.c.id)
)
"""What a list of documents tells of each, newest first."""


@dataclass(frozen=True, slots=True)
class Change:
    """What came of a job: its outcome in a word or a sentence, and the passages to hold from now on.

    With `passages` None the document stays as it is.
    """

    job: Job
    outcome: str
    passages: tuple[Passage, ...] | None = None
    objected: bool = False
    """Whether it could have been done, and whoever asked for it had no right to it any more."""

    @property
    def refused(self) -> bool:
        """Whether what was asked for could not be done."""
        return self.outcome.startswith("refused")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of documents."""

    source: Source
    passages: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list of documents, and how many it has in all."""

    entries: list[Entry]
    total: int


@dataclass(frozen=True, slots=True)
class Details:
    """What there is to say of a document."""

    source: Source
    passages: int
    bytes: int
    """Of its text, in UTF-8."""
    added_at: datetime
    """UTC; of this version."""
    added_by: str | None
    """The id of who did; None where it was the operator, or is forgotten."""
    looked_at: datetime
    """UTC; when the place it comes from last had this version."""
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Size:
    """How much documents come to."""

    documents: int
    bytes: int
    """Of their texts, in UTF-8."""
    passages: int


@dataclass(frozen=True, slots=True)
class Held:
    """What tells a document that is known from the others: see `Document`."""

    id: str
    scope: str
    key: str
    digest: str


class Catalogue:
    """The documents of one data folder, their passages, the word index and the queue of jobs."""

    def __init__(self, path: Path) -> None:
        """Open the file, made or migrated if need be.

        Raises:
            IndexFault: the file is damaged, or a newer release has written it.
        """
        self._engine = open_engine(path)
        self._writing = self._engine.execution_options(write=True)
        self._passages: Kept[str, tuple[Passage, Source]] = Kept()
        self._ids: Kept[int, str] = Kept()
        self._sizes: Kept[str, int] = Kept()
        self._having: Kept[tuple[str, str], int] = Kept()
        self._replaced: Kept[str, frozenset[str]] = Kept()

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # What is known

    @property
    def revision(self) -> int:
        """A count that moves whenever what is known does."""
        return int(self.note("revision") or 0)

    def note(self, name: str) -> str | None:
        """Read what the catalogue notes about itself, such as the encoder's fingerprint."""
        with self._engine.connect() as connection:
            return connection.scalar(select(registry.c.value).where(registry.c.name == name))

    def set_notes(self, **notes: str | None) -> None:
        """Write such notes; None erases one."""
        with self._writing.begin() as connection:
            _set_notes(connection, notes)

    def entries(self) -> list[Entry]:
        """List the documents, newest first."""
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(_LISTED)]

    def search_documents(self, scope: str, text: str = "", limit: int = 10, offset: int = 0) -> Page:
        """Find the documents of a scope that are no facts by title, publisher or address, newest first.

        Args:
            scope: where.
            text: words, or parts of some; a document has each of them. Without any, all are found.
            limit: at most so many.
            offset: so many are passed over.
        """
        told = func.casefold(documents.c.title + _line(documents.c.publisher) + _line(documents.c.url))
        matching = [documents.c.scope == scope, documents.c.kind == "document"]
        matching += [told.contains(word.casefold(), autoescape=True) for word in text.split()]
        count = select(func.count()).select_from(documents).where(*matching)
        part = _LISTED.where(*matching).limit(limit).offset(offset)
        with self._engine.connect() as connection:
            entries = [_entry(row) for row in connection.execute(part)]
            return Page(entries, connection.scalar(count) or 0)

    def details(self, scope: str, document_id: str) -> Details:
        """Tell what there is to say of a document.

        Raises:
            UnknownDocument: the scope has none of that id.
        """
        more = documents.c.looked_at, documents.c.etag, documents.c.last_modified, _BYTES.label("bytes")
        query = _LISTED.add_columns(*more)
        its_own = query.where(documents.c.id == document_id, documents.c.scope == scope)
        with self._engine.connect() as connection:
            row = connection.execute(its_own).first()
            if row is None:
                raise UnknownDocument(document_id)
            by = ledger.brought_by(connection, document_id)
        dates = {"added_at": row.added_at, "looked_at": row.looked_at}
        said = {"etag": row.etag, "last_modified": row.last_modified}
        return Details(_source(row), row.passages, row.bytes, added_by=by, **dates, **said)

    def made_of_messages_of(self, person: str) -> list[Source]:
        """List the documents, of all scopes, that were made of messages of a person, given by id."""
        author = documents.c.details["author"].as_string()
        with self._engine.connect() as connection:
            return [_source(row) for row in connection.execute(_LISTED.where(author == person))]

    def size(self, scope: str, without: Collection[str] = ()) -> Size:
        """Tell how much the documents of a scope come to that are no facts, but for those of some keys."""
        those = documents.c.scope == scope, documents.c.kind == "document", documents.c.key.not_in(without)
        texts = select(func.count(), func.coalesce(func.sum(_BYTES), 0)).select_from(documents).where(*those)
        pieces = select(func.count()).select_from(passages).join(documents).where(*those)
        with self._engine.connect() as connection:
            held, size = connection.execute(texts).one()
            return Size(held, size, connection.scalar(pieces) or 0)

    def looked_at(self, document_id: str, at: datetime, etag: str | None, last_modified: str | None) -> None:
        """Note that a document is still as the place it comes from has it.

        Args:
            document_id: whose.
            at: when that was seen, in UTC.
            etag: what the server says of this version now; None where it says nothing.
            last_modified: likewise.
        """
        seen = {"looked_at": at, "etag": etag, "last_modified": last_modified}
        with self._writing.begin() as connection:
            connection.execute(update(documents).where(documents.c.id == document_id).values(seen))

    def unseen_since(self, moment: datetime, document_ids: Collection[str]) -> dict[str, datetime]:
        """Of some documents, the pages last looked at before a moment, each with when that was; in UTC."""
        fetched = documents.c.key.like("http://%") | documents.c.key.like("https://%")
        query = select(documents.c.id, documents.c.looked_at).where(
            documents.c.id.in_(document_ids), fetched, documents.c.looked_at < moment
        )
        with self._engine.connect() as connection:
            return {row.id: row.looked_at for row in connection.execute(query)}

    def touched(self, job: Job) -> list[Held]:
        """The documents known by the id of a job, or by the scope and key of what it is to add."""
        columns = documents.c.id, documents.c.scope, documents.c.key, documents.c.digest
        with self._engine.connect() as connection:
            return [Held(*row) for row in connection.execute(select(*columns).where(_touched(job)))]

    def digests(self, kind: Kind, scope: str) -> dict[str, str]:
        """The digest of each document of a kind in a scope, by id, as they will be when the queue is done."""
        of_that_sort = documents.c.kind == kind, documents.c.scope == scope
        query = select(documents.c.id, documents.c.digest).where(*of_that_sort)
        with self._engine.connect() as connection:
            digests = {row.id: row.digest for row in connection.execute(query)}
        for job in self.waiting():
            if job.document is None:
                digests.pop(job.document_id, None)
            elif (job.document.source.kind, job.document.source.scope) == (kind, scope):
                digests[job.document_id] = job.document.digest
        return digests

    def document(self, document_id: str) -> Document:
        """Read one document whole.

        Raises:
            UnknownDocument: there is none of that id.
        """
        with self._engine.connect() as connection:
            row = connection.execute(select(documents).where(documents.c.id == document_id)).first()
        if row is None:
            raise UnknownDocument(document_id)
        return _document(row)

    # Passages and words

    def touched_passages(self, job: Job) -> dict[str, str]:
        """The ids of the passages that a job replaces or removes, each with its scope."""
        query = select(passages.c.id, documents.c.scope).join(documents).where(_touched(job))
        with self._engine.connect() as connection:
            return {row.id: row.scope for row in connection.execute(query)}

    def twin_passages(self, document: Document) -> list[Passage]:
        """The passages of all other documents in its scope that were read from the same bytes."""
        query = (
            select(passages)
            .join(documents)
            .where(documents.c.scope == document.source.scope, documents.c.digest == document.digest)
            .where(documents.c.id != document.source.id)
            .order_by(documents.c.added_at, passages.c.number)
        )
        with self._engine.connect() as connection:
            return [_passage(row) for row in connection.execute(query)]

    def passages(self, ids: Iterable[str]) -> dict[str, tuple[Passage, Source]]:
        """Look up passages; ids that the catalogue does not know (any more) are left out."""
        return self._passages.of(self.revision, list(ids), self._read_passages)

    def _read_passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Source]]:
        with self._engine.connect() as connection:
            found = connection.execute(select(passages).where(passages.c.id.in_(ids))).all()
            of = select(*_SOURCE).where(documents.c.id.in_({row.document_id for row in found}))
            sources = {row.id: _source(row) for row in connection.execute(of)}
        return {row.id: (_passage(row), sources[row.document_id]) for row in found}

    def passage_ids(self, scope: str) -> set[str]:
        """The ids of all of a scope's passages."""
        query = select(passages.c.id).join(documents).where(documents.c.scope == scope)
        with self._engine.connect() as connection:
            return set(connection.scalars(query))

    def passage_counts(self, scopes: Collection[str] | None = None) -> dict[str, int]:
        """How many passages each scope has, of those that are named, or of all."""
        count = func.count(passages.c.number)
        query = select(documents.c.scope, count.label("held")).join(passages).group_by(documents.c.scope)
        if scopes is not None:
            query = query.where(documents.c.scope.in_(scopes))
        with self._engine.connect() as connection:
            return {row.scope: row.held for row in connection.execute(query)}

    def scopes(self) -> list[str]:
        """The scopes that hold documents."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(documents.c.scope).distinct()))

    def counts(self, scope: str) -> dict[Kind, int]:
        """How many documents of each kind a scope has."""
        query = select(documents.c.kind, func.count().label("held")).where(documents.c.scope == scope)
        with self._engine.connect() as connection:
            rows = connection.execute(query.group_by(documents.c.kind))
            return {row.kind: row.held for row in rows}

    def newest(self, scopes: Sequence[str]) -> str | None:
        """The date of the newest source in the scopes, to the precision known."""
        query = select(func.max(documents.c.published)).where(documents.c.scope.in_(scopes))
        with self._engine.connect() as connection:
            newest: str | None = connection.scalar(query)
            return newest

    def replaced(self, scopes: Sequence[str]) -> set[str]:
        """The ids of the shipped facts in whose place the scopes have facts of their own."""
        own = [scope for scope in scopes if scope != STARTER]
        each = self._replaced.of(self.revision, own, self._read_replaced)
        return set[str]().union(*each.values())

    def _read_replaced(self, scopes: Sequence[str]) -> dict[str, frozenset[str]]:
        replaces = documents.c.details["replaces"].as_string()
        query = select(replaces).where(replaces.is_not(None))
        with self._engine.connect() as connection:
            return {
                scope: frozenset(connection.scalars(query.where(documents.c.scope == scope)))
                for scope in scopes
            }

    def search_words(self, scope: str, terms: Sequence[str], k: int) -> list[str]:
        """Find the passages that share most with a question's terms: their ids, best first."""
        revision = self.revision
        with self._engine.connect() as connection:
            numbers = words.search(connection, scope, terms, k)
        ids = self._ids.of(revision, numbers, self._read_ids)
        return [ids[number] for number in numbers if number in ids]

    def _read_ids(self, numbers: Sequence[int]) -> dict[int, str]:
        query = select(passages.c.number, passages.c.id).where(passages.c.number.in_(numbers))
        with self._engine.connect() as connection:
            return {row.number: row.id for row in connection.execute(query).all()}

    def rarity(self, scopes: Sequence[str], terms: Sequence[str]) -> words.Rarity:
        """How much each of a question's terms tells, by all passages of the scopes together."""
        revision = self.revision
        sizes = self._sizes.of(revision, scopes, self._read_sizes)
        each = [(scope, term) for scope in scopes for term in terms]
        having = self._having.of(revision, each, self._read_having)
        return words.Rarity(
            sum(sizes.values()), {term: sum(having[scope, term] for scope in scopes) for term in terms}
        )

    def _read_sizes(self, scopes: Sequence[str]) -> dict[str, int]:
        held = select(func.count(passages.c.number)).join(documents)
        with self._engine.connect() as connection:
            return {scope: connection.scalar(held.where(documents.c.scope == scope)) or 0 for scope in scopes}

    def _read_having(self, each: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        terms: dict[str, list[str]] = {}
        for scope, term in each:
            terms.setdefault(scope, []).append(term)
        with self._engine.connect() as connection:
            return {
                (scope, term): count
                for scope, its_terms in terms.items()
                for term, count in words.counts(connection, scope, its_terms).items()
            }

    def word_scopes(self) -> list[str]:
        """The scopes that have a word table."""
        with self._engine.connect() as connection:
            return words.scopes(connection)

    def compare_words(self, scope: str, *, thoroughly: bool = False) -> tuple[set[str], set[str]]:
        """Compare a scope's word table with its passages: by their numbers, or `thoroughly` by all they say.

        Returns:
            The ids of the passages that it lacks, or has otherwise; and the rows that no passage has.
        """
        its_own = select(passages.c.number, passages.c.id).join(documents).where(documents.c.scope == scope)
        if thoroughly:
            its_own = its_own.add_columns(documents.c.title, passages.c.text)
        with self._writing.begin() as connection:  # to check the table is to write, for SQLite
            known = {row.number: row for row in connection.execute(its_own)}
            if thoroughly:
                told = _content(connection, scope)
                held = {n for n, said in told.items() if n not in known or said == tuple(known[n][2:])}
            else:
                held = words.indexed(connection, scope)
        lacks = {row.id for number, row in known.items() if number not in held}
        return lacks, {f"row {number}" for number in held - known.keys()}

    def index_words_again(self, scope: str) -> None:
        """Make a scope's word table anew, from its passages. For the writer only."""
        query = (
            select(passages.c.number, documents.c.title, passages.c.text)
            .join(documents)
            .where(documents.c.scope == scope)
        )
        with self._writing.begin() as connection:
            words.drop(connection, scope)
            words.add(connection, scope, [tuple(row) for row in connection.execute(query)])

    # The queue

    def ask(
        self,
        add: Iterable[Document] = (),
        remove: Iterable[str] = (),
        *,
        refresh: Iterable[Document] = (),
        person: str | None = None,
        unless: Callable[[], None] = lambda: None,
        **notes: str | None,
    ) -> list[int]:
        """Queue documents to be added and ids to be removed, in one step; tell the jobs' numbers.

        Args:
            add: each takes the place of what has its scope and key.
            remove: ids; one that is not there is passed over.
            refresh: as `add`, of what was fetched again from where it came.
            person: the id of who asks; None for the operator.
            unless: called while nobody else can queue or change anything; what it raises has nothing queued.
            notes: set in the same step.
        """
        wanted = [queue.added(document, person=person) for document in add]
        wanted += [Asked("remove", document_id, None, person) for document_id in remove]
        wanted += [Asked("refresh", document.source.id, document, person) for document in refresh]
        with self._writing.begin() as connection:
            unless()
            _set_notes(connection, notes)
            return queue.enqueue(connection, wanted)

    def waiting(self, limit: int = 1_000_000) -> list[Job]:
        """The jobs not yet carried out, in the order in which they are to be."""
        order = jobs.c.action != "again", jobs.c.number
        query = select(jobs).where(queue.waits()).order_by(*order).limit(limit)
        with self._engine.connect() as connection:
            return [queue.job(row) for row in connection.execute(query)]

    def coming(self, scope: str) -> list[Document]:
        """The documents that wait to come into a scope and are no facts, in the order of their jobs."""
        source = jobs.c.document["source"]
        those = source["scope"].as_string() == scope, source["kind"].as_string() == "document"
        query = select(jobs).where(queue.waits(), *those).order_by(jobs.c.number)
        with self._engine.connect() as connection:
            waiting = [queue.job(row).document for row in connection.execute(query)]
        return [document for document in waiting if document]

    def waiting_count(self) -> int:
        """How many jobs are not yet carried out."""
        query = select(func.count()).select_from(jobs).where(queue.waits())
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def ask_all_again(self) -> None:
        """Forget all passages and words, and put every document in front of the queue.

        In front, or one that waits to be replaced or removed would come back as it was.
        """
        held = [self.document(entry.source.id) for entry in self.entries()]
        cut_off = queue.waits() & (jobs.c.action == "again")
        with self._writing.begin() as connection:
            connection.execute(delete(jobs).where(cut_off))
            for scope in connection.scalars(select(documents.c.scope).distinct()).all():
                words.drop(connection, scope)
            connection.execute(delete(passages))
            queue.enqueue(connection, [Asked("again", document.source.id, document) for document in held])

    def outcomes(self, numbers: Sequence[int]) -> dict[int, str]:
        """What came of jobs, by number; those still waiting are left out."""
        query = select(jobs.c.number, jobs.c.outcome).where(
            jobs.c.number.between(min(numbers), max(numbers)), jobs.c.outcome.is_not(None)
        )
        with self._engine.connect() as connection:
            found = {row.number: row.outcome for row in connection.execute(query)}
        return {number: found[number] for number in numbers if number in found}

    def cancel(self, numbers: Iterable[int]) -> None:
        """Have jobs not done whose asker may not have them done any more, waiting or under way.

        What is done stays done. The ledger learns of each.
        """
        unwanted = jobs.c.number.in_(list(numbers)) & queue.waits()
        with self._writing.begin() as connection:
            for row in connection.execute(select(jobs).where(unwanted)).all():
                _enter_objection(connection, queue.job(row))
            connection.execute(update(jobs).where(unwanted).values(queue.done(queue.CANCELLED)))

    def forget_jobs_done(self, before: datetime) -> None:
        """Let go of the outcomes of jobs that were done before a time, in UTC. For the writer only."""
        with self._writing.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.done_at < before))

    def commit(self, changes: Sequence[Change]) -> set[int]:
        """Make changes known, all in one step, and mark their jobs as done. For the writer only.

        Returns:
            The numbers of the jobs that were cancelled meanwhile: of these nothing is made known.
        """
        numbers = [change.job.number for change in changes]
        with self._writing.begin() as connection:
            wanted = set(
                connection.scalars(select(jobs.c.number).where(jobs.c.number.in_(numbers), queue.waits()))
            )
            thinned = _make_known(connection, [change for change in changes if change.job.number in wanted])
        if thinned:
            empty_log(self._engine)
        return set(numbers) - wanted

    def drop_scope(self, scope: str) -> None:
        """Remove all of a scope, and refuse what waits to come into it, in one step. For the writer only."""
        held = select(documents.c.id).where(documents.c.scope == scope)
        into_it = jobs.c.document["source"]["scope"].as_string() == scope
        refused = queue.done("refused: all of that server has just been deleted")
        with self._writing.begin() as connection:
            asked.let_go(connection, connection.scalars(held).all())
            waiting = update(jobs).where(jobs.c.outcome.is_(None), into_it)
            connection.execute(waiting.values(refused))
            connection.execute(delete(documents).where(documents.c.scope == scope))
            ledger.drop(connection, scope)
            words.drop(connection, scope)
            _move_on(connection)
        empty_log(self._engine)


def _move_on(connection: Connection) -> None:
    """Count that what is known has changed."""
    revision = int(connection.scalars(select(registry.c.value).filter_by(name="revision")).one())
    _set_notes(connection, {"revision": str(revision + 1)})


def _content(connection: Connection, scope: str) -> dict[int, tuple[str, str]]:
    """What a word table holds; of a damaged one, nothing."""
    try:
        with connection.begin_nested():
            return words.content(connection, scope)
    except DatabaseError:
        log.exception("the word table of %s is damaged", scope)
        return {}


def _make_known(connection: Connection, changes: Sequence[Change]) -> set[str]:
    """Carry changes out; tell the scopes out of which something was taken."""
    thinned: set[str] = set()
    for change in changes:
        if change.passages is not None:
            thinned |= _put(connection, change)
        if change.objected:
            _enter_objection(connection, change.job)
        if change.job.undoes is not None and not change.refused:
            ledger.close_entry(connection, change.job.undoes)
        if change.outcome == "unchanged":
            _note_the_look(connection, change.job)
        done = update(jobs).where(jobs.c.number == change.job.number)
        connection.execute(done.values(queue.done(change.outcome)))
    if any(change.passages is not None for change in changes):
        _move_on(connection)
    for scope in thinned:
        words.compact(connection, scope)
    return thinned


def _enter_objection(connection: Connection, job: Job) -> None:
    held = connection.execute(select(documents).where(_touched(job))).first()
    ledger.enter(connection, job, _document(held) if held else None, objected=True)


def _note_the_look(connection: Connection, job: Job) -> None:
    """Note that a document is as it was where it comes from."""
    if job.document is not None:
        values = {"looked_at": now(), "etag": job.document.etag, "last_modified": job.document.last_modified}
        connection.execute(update(documents).where(documents.c.id == job.document_id).values(values))


def _inserted(connection: Connection, row: Insert) -> int:
    key = connection.execute(row).inserted_primary_key
    return int(key[0]) if key else 0


def _touched(job: Job) -> ColumnElement[bool]:
    of_its_id = documents.c.id == job.document_id
    if job.document is None:
        return of_its_id
    of_its_key = and_(documents.c.scope == job.document.source.scope, documents.c.key == job.document.key)
    return or_(of_its_id, of_its_key)


def _put(connection: Connection, change: Change) -> set[str]:
    """Put a document in the place of what had its id, or its key; without a document, nothing.

    The ledger learns of it.

    Returns:
        The scopes out of which something was taken.
    """
    document = change.job.document
    before = connection.execute(select(documents).where(_touched(change.job))).all()
    if before:
        first = before[0]
        ledger.enter(connection, change.job, _document(first), (first.added_at, first.looked_at))
    else:
        ledger.enter(connection, change.job, None)
    for row in before:
        _remove(connection, row.id, row.scope)
    if document is not None:
        _add(connection, document, change.passages or (), _dates(connection, change.job, document, before))
    return {row.scope for row in before}


def _dates(connection: Connection, job: Job, document: Document, before: Sequence[Any]) -> ledger.Dates:
    """When a document was added, and last looked at: as it was where it is the same, or comes back."""
    for row in before:
        if row.digest == document.digest:
            return row.added_at, row.looked_at
    back = None if job.undoes is None else ledger.dates_before(connection, job.undoes)
    at = now()
    return back or (at, at)


def _remove(connection: Connection, document_id: str, scope: str) -> None:
    numbers = select(passages.c.number).where(passages.c.document_id == document_id)
    words.remove(connection, scope, list(connection.scalars(numbers)))
    asked.let_go(connection, [document_id])
    connection.execute(delete(documents).where(documents.c.id == document_id))


def _add(connection: Connection, document: Document, pieces: Sequence[Passage], dates: ledger.Dates) -> None:
    source = asdict(document.source)
    added_at, looked_at = dates
    connection.execute(
        insert(documents).values(
            **source.pop("provenance"),
            **source,
            key=document.key,
            digest=document.digest,
            text=document.text,
            etag=document.etag,
            last_modified=document.last_modified,
            added_at=added_at,
            looked_at=looked_at,
        )
    )
    numbers = [_inserted(connection, insert(passages).values(**asdict(piece))) for piece in pieces]
    title = document.source.provenance.title
    words.add(
        connection,
        document.source.scope,
        [(number, title, piece.text) for number, piece in zip(numbers, pieces, strict=True)],
    )


def _line(column: ColumnElement[str]) -> ColumnElement[str]:
    return func.coalesce("\n" + column, "")


def _set_notes(connection: Connection, notes: dict[str, str | None]) -> None:
    for name, value in notes.items():
        connection.execute(delete(registry).where(registry.c.name == name))
        if value is not None:
            connection.execute(insert(registry).values(name=name, value=value))


def _passage(row: Any) -> Passage:
    return Passage(row.id, row.document_id, row.position, row.text)


def _entry(row: Any) -> Entry:
    return Entry(_source(row), row.passages, row.added_at)


def _document(row: Any) -> Document:
    return Document(_source(row), row.key, row.digest, row.text, row.etag, row.last_modified)


def _source(row: Any) -> Source:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public accessor, in spite of its name
    read = {column.name: values[column.name] for column in _SOURCE}
    provenance = Provenance(*(read.pop(name) for name in ("title", "publisher", "url", "published")))
    return Source(provenance=provenance, **read)
