"""From what a person hands in to jobs in the queue, and the wait until they are done.

Whoever hands in also tries to become the writer: beside a running one the jobs are its to do, and
should it stop halfway, they are taken over.
"""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ingest.index import Objection, Progress, carry_out, leave_to_the_bot, no_progress, passages_of, writing
from ingest.isolate import load_apart
from ingest.load import Loaded, file_bytes, iso_date
from knowledge.catalogue import Size
from knowledge.errors import InvalidDocument, LeftToTheBot, OverQuota, StoreBusy
from knowledge.library import Library
from knowledge.schema import now
from knowledge.types import STARTER, Document, Quota, Source

WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/?#]*@")
POLL = 0.2
"""Seconds between two looks at another writer's progress."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person says of a document's provenance; it goes before what the document says.

    Of what is None they say nothing; what is empty is not known, whatever the document says.
    """

    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None

    @classmethod
    def checked(
        cls, title: str | None, publisher: str | None, url: str | None, published: str | None
    ) -> "Told":
        """Take what a person typed; of a date, the day at most.

        Raises:
            InvalidDocument: the address or the date is none.
        """
        url = url and url.strip()
        if url and not WEB.fullmatch(url):
            raise InvalidDocument(f"{url!r} is no web address: begin it with https://, without spaces")
        day = iso_date(published)
        if published and not day:
            raise InvalidDocument(f"{published!r} is no date: write YYYY, YYYY-MM or YYYY-MM-DD")
        return cls(title, publisher, url, published and day)


def places_in(path: str) -> Iterator[str]:
    """List what is to be read at a path: itself, or every file in a folder but the hidden ones."""
    if not Path(path).is_dir():
        yield path
        return
    for file in sorted(Path(path).rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden:
            yield str(file)


def read(place: str, scope: str, told: Told, **ways: Any) -> Document:
    """Read a file, or fetch a page.

    Args:
        place: a path, or an address that begins with http:// or https://.
        scope: where the document is to be known.
        told: overrides what it says of itself.
        ways: how to reach the web, such as `ports`: see `ingest.fetch.fetch`.

    Raises:
        InvalidDocument: it cannot be read.
    """
    if WEB.match(place):
        return _fetched(place, scope, told, **ways)
    path = Path(place)
    return document_of(load_apart(file_bytes(path), path.name), str(path.resolve()), scope, told)


def refresh(library: Library, document_id: str, **ways: Any) -> Document | None:
    """Fetch a page again, which is there already; what a person told of it still goes before.

    Args:
        library: where it is known.
        document_id: which.
        ways: as in `read`.

    Returns:
        What is there now, to be asked for; None where it is as it was, which is noted.

    Raises:
        UnknownDocument: there is none of that id.
        InvalidDocument: it was no page, or cannot be read now; what is known of it stays.
    """
    from ingest.fetch import NotModified

    known = library.catalogue.document(document_id)
    source = known.source
    if not WEB.match(known.key):
        raise InvalidDocument(f"{known.key} was not fetched from the web; add its newer version instead")
    try:
        now_there = _fetched(known.key, source.scope, Told(**source.details.get("told", {})), known, **ways)
    except NotModified:
        now_there = known
    if (now_there.text, now_there.source.provenance) != (known.text, source.provenance):
        return now_there
    library.catalogue.looked_at(document_id, now(), now_there.etag, now_there.last_modified)
    return None


def document_of(loaded: Loaded, key: str, scope: str, told: Told, author: str | None = None) -> Document:
    """Make a document of what was loaded. The same key in the same scope is the same document.

    What a person told is kept in its details, for when it is loaded again; of a message, so is the id of
    who wrote it, to be told of it.
    """
    said = {name: value for name, value in asdict(told).items() if value or (value == "" and name != "title")}
    known: dict[str, Any] = {name: value or None for name, value in said.items()}
    provenance = replace(loaded.provenance, **known)
    digest = loaded.digest
    if said:
        digest = hashlib.sha256(f"{digest}{json.dumps(said, sort_keys=True)}".encode()).hexdigest()
    details = {name: value for name, value in (("told", said), ("author", author)) if value}
    return Document(
        source=Source(_id(key, scope), scope, "document", provenance, details),
        key=key,
        digest=digest,
        text=loaded.text,
    )


class _Uncounted(Exception):
    """The passages of a document were not counted yet."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.source.id)
        self.document = document


class _Counter:
    """Counts the passages of documents, each once: to cut a long one takes seconds."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._counted: dict[tuple[str, str], int] = {}

    def count(self, document: Document) -> int:
        """Tell how many a document has."""
        words = document.source.provenance.title, document.text
        if words not in self._counted:
            self._counted[words] = sum(1 for _ in passages_of(document, self._library))
        return self._counted[words]

    def recall(self, document: Document) -> int:
        """Tell it again, at once.

        Raises:
            _Uncounted: it was not counted.
        """
        try:
            return self._counted[document.source.provenance.title, document.text]
        except KeyError as error:
            raise _Uncounted(document) from error


def ask_within(
    quota: Quota, library: Library, document: Document, person: str, *, refreshed: bool = False
) -> list[int]:
    """Queue a document, if there is room for it; as `Catalogue.ask`, which it is given to.

    Args:
        quota: how much its guild may have.
        library: where.
        document: to be known, in the place of what has its scope and key.
        person: the id of who asks.
        refreshed: whether it was fetched again from where it came.

    Raises:
        OverQuota: the guild would have more than it may; says what to do.
    """
    add, refresh = ([], [document]) if refreshed else ([document], [])
    ask = library.catalogue.ask
    return _within(
        quota,
        library,
        lambda check: ask(add, refresh=refresh, person=person, unless=lambda: check(document)),
    )


def undo_within(quota: Quota, library: Library, scope: str, number: int, person: str) -> list[int]:
    """Queue what puts back what was before an act, if there is room for it; as `Ledger.undo`.

    Raises:
        NothingToUndo: as there.
        OverQuota: as `ask_within`.
    """
    return _within(quota, library, lambda check: library.ledger.undo(scope, number, person, check))


def _within(
    quota: Quota, library: Library, ask: Callable[[Callable[[Document], None]], list[int]]
) -> list[int]:
    """Look for room and queue in one step: two at the same instant do not pass the quota together.

    To cut a long document takes seconds: its passages are counted between two tries, not while nobody else
    can queue anything.
    """
    counter = _Counter(library)
    while True:
        try:
            return ask(lambda document: _check_room(library, document, quota, counter.recall))
        except _Uncounted as uncounted:
            counter.count(uncounted.document)


def check_quota(library: Library, document: Document, quota: Quota) -> None:
    """See that a document may be taken in beside what is there and what waits. The starter scope may grow.

    Raises:
        OverQuota: the guild would have more than it may; says what to do.
    """
    _check_room(library, document, quota, _Counter(library).count)


def _check_room(library: Library, document: Document, quota: Quota, count: Callable[[Document], int]) -> None:
    if (scope := document.source.scope) == STARTER:
        return
    coming = {other.key: other for other in library.catalogue.coming(scope)}
    if len(coming.keys() - {document.key}) >= quota.waiting:
        raise OverQuota(
            f"{len(coming)} documents of this server wait to be taken in, as many as may; "
            "try again in a few minutes"
        )
    coming[document.key] = document
    held = library.catalogue.size(scope, without=coming)
    if (documents := held.documents + len(coming)) > quota.documents:
        raise OverQuota(
            f"with this one the server would have {documents:,} documents, and {quota.documents:,} are as"
            " many as it may; remove one first, then try again"
        )
    _check_sizes(held, coming.values(), quota, count)


def _check_sizes(
    held: Size, coming: Iterable[Document], quota: Quota, count: Callable[[Document], int]
) -> None:
    size = held.bytes + sum(len(document.text.encode()) for document in coming)
    if size > quota.bytes:
        raise OverQuota(
            f"with this one the server would have {size / 1e6:,.1f} MB of text, and {quota.bytes / 1e6:,.1f}"
            " MB are as much as it may; remove other documents first, then try again, or add a shorter one"
        )
    passages = held.passages + sum(map(count, coming))
    if passages > quota.passages:
        raise OverQuota(
            f"with this one the server would have {passages:,} passages, and {quota.passages:,} are as many"
            " as it may; remove other documents first, then try again, or add a shorter one"
        )


def see_through(
    library: Library,
    jobs: Sequence[int],
    progress: Progress = no_progress,
    waiting: Callable[[], None] = lambda: None,
    objection: Objection = leave_to_the_bot,
) -> list[str]:
    """Wait until jobs are carried out, by this process or by another; tell the outcome of each.

    Args:
        library: where they were asked.
        jobs: their numbers.
        progress: told how far this process is.
        waiting: called, again and again, while another process is the writer.
        objection: asked of what moderators want.

    Raises:
        LeftToTheBot: what a moderator wants comes first, and nobody can tell now whether they may.
        IndexMismatch, IndexFault: they cannot be carried out; they stay in the queue.
    """
    while len(outcomes := library.catalogue.outcomes(jobs)) < len(jobs):
        try:
            with writing(library, progress):
                all_done = carry_out(library, progress, objection)
            if not all_done and len(library.catalogue.outcomes(jobs)) < len(jobs):
                raise LeftToTheBot
        except StoreBusy:
            waiting()
            time.sleep(POLL)
    return [outcomes[job] for job in jobs]


def catch_up(library: Library, progress: Progress = no_progress) -> None:
    """Carry out what waits, such as what a crash cut off; nothing where another process does it."""
    catalogue = library.catalogue
    if not (catalogue.waiting_count() or catalogue.note("rebuilding")):
        return
    try:
        with writing(library, progress):
            carry_out(library, progress)
    except StoreBusy:
        return


def _fetched(url: str, scope: str, told: Told, before: Document | None = None, **ways: Any) -> Document:
    """Read a page; raises NotModified where its server has none that is newer than the one before."""
    from ingest.fetch import fetch

    etag, last_modified = (before.etag, before.last_modified) if before else (None, None)
    page = asyncio.run(fetch(url, etag=etag, last_modified=last_modified, **ways))
    document = document_of(load_apart(page.content, page.name, page.url), url, scope, told)
    return replace(document, etag=page.etag, last_modified=page.last_modified)


def _id(key: str, scope: str) -> str:
    """A name that a person can read and the log may have, with enough of a hash that no two are the same."""
    place = _USER_AND_PASSWORD.sub("", key, count=1).rstrip("/")
    name = re.sub(r"\.\w{1,5}$", "", place.rpartition("/")[2]).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", name)[:40].strip("-") or "document"
    return f"{slug}-{hashlib.sha256(f'{scope} {key}'.encode()).hexdigest()[:16]}"
