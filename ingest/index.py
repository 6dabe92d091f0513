"""From documents to passages in the catalogue and vectors in the store: what the writer does.

A document is wholly answerable or not at all: its vectors go in first, where nobody looks for them
by themselves, and the catalogue's one transaction makes the document known and its job done. What
a crash leaves behind is either a job that is still waiting or vectors that nothing points at.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ingest.chunk import chunk
from knowledge.catalogue import Change, Job
from knowledge.library import Library
from knowledge.sentences import with_title
from knowledge.types import Document, Passage

log = logging.getLogger(__name__)

BATCH = 32
"""Jobs carried out in one transaction, at most."""

Progress = Callable[[int, int], None]
"""Called with the number of jobs done, and of those done and waiting together."""


def no_progress(_done: int, _known: int) -> None:
    """Tell nobody."""


@contextmanager
def writing(library: Library, progress: Progress = no_progress) -> Iterator[None]:
    """Be the writer, having put right what a crash or a loss left behind.

    Raises:
        StoreBusy: another process is the writer.
        IndexMismatch: the index was built with another embedding model.
        IndexFault: the vectors cannot be read.
    """
    with library.lock():
        if library.catalogue.note("rebuilding"):
            rebuild(library, progress)
        library.check_encoder()
        repair(library)
        yield


def carry_out(library: Library, progress: Progress = no_progress) -> None:
    """Carry out every waiting job, and those that come meanwhile. Within `writing` only.

    Raises:
        IndexFault: the vectors cannot be written.
    """
    done = 0
    while batch := _independent(library.catalogue.waiting(BATCH)):
        _carry_out(library, batch)
        done += len(batch)
        progress(done, done + library.catalogue.waiting_count())


def repair(library: Library) -> None:
    """Bring the vectors in line with the catalogue, after a crash or a loss. Within `writing` only."""
    catalogue, store = library.catalogue, library.store
    for scope in sorted({*catalogue.scopes(), *store.scopes()}):
        known, stored = catalogue.titled_passages(scope), store.ids(scope)
        if stray := sorted(stored - known.keys()):
            log.warning("removing %d vectors of %s that no passage has", len(stray), scope)
            store.delete(scope, stray)
        if lost := sorted(known.keys() - stored):
            log.warning("embedding %d passages of %s again: their vectors are lost", len(lost), scope)
            _embed(library, {scope: {id: with_title(*known[id]) for id in lost}})


def rebuild(library: Library, progress: Progress = no_progress) -> None:
    """Make all passages, vectors and word tables again from the documents' texts. Needs the lock.

    Cut off, it is begun again by the next writer; until it is done, nobody reads the index.
    """
    fingerprint = library.encoder.fingerprint  # a model that cannot be loaded costs nothing yet
    library.catalogue.set_notes(rebuilding="yes")
    library.store.wipe()
    library.catalogue.set_notes(encoder=fingerprint)
    library.catalogue.ask_all_again()
    carry_out(library, progress)
    library.catalogue.set_notes(rebuilding=None)


def _independent(waiting: Sequence[Job]) -> list[Job]:
    """The jobs up to the first that the outcome of an earlier one could change."""
    batch: list[Job] = []
    taken: set[object] = set()
    for job in waiting:
        names: set[object] = {job.document_id}
        if document := job.document:
            names |= {document.digest, (document.source.scope, document.key)}
        if names & taken:
            break
        batch.append(job)
        taken |= names
    return batch


def _carry_out(library: Library, batch: Sequence[Job]) -> None:
    changes = [_change(library, job) for job in batch]
    fresh: dict[str, dict[str, str]] = defaultdict(dict)
    stale: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change.passages is None:
            continue
        before = library.catalogue.touched_passages(change.job)
        if document := change.job.document:
            new = [piece for piece in change.passages if piece.id not in before]
            copied = _copy_vectors(library, document, new)
            title = document.source.provenance.title
            texts = {piece.id: with_title(title, piece.text) for piece in new if piece.id not in copied}
            fresh[document.source.scope] |= texts
        for id in before.keys() - {piece.id for piece in change.passages}:
            stale[before[id]].append(id)
    _embed(library, fresh)
    library.catalogue.commit(changes)
    for scope, ids in stale.items():
        library.store.delete(scope, ids)


def _change(library: Library, job: Job) -> Change:
    """Decide what a job comes to, with the catalogue as it stands."""
    catalogue, document = library.catalogue, job.document
    held = catalogue.touched(job)
    if document is None:
        return Change(job, "removed", ()) if held else Change(job, "not there any more")
    if any((known.scope, known.key) != (document.source.scope, document.key) for known in held):
        return Change(job, "refused: another document has its id; give it another file name or address")
    as_it_is = (job.document_id, document.digest)
    if any((known.id, known.digest) == as_it_is for known in held) and not job.again:
        return Change(job, "unchanged")
    try:
        passages = tuple(passages_of(document, library))
    except Exception:  # one document's fault must not stop the queue behind it
        log.exception("cannot cut %s into passages", job.document_id)
        return Change(job, "refused: it cannot be cut into passages; the log has the cause")
    if held:
        return Change(job, "replaced", passages)
    twins = catalogue.twin_passages(document)
    return Change(job, f"added: same bytes as {twins[0].document_id}" if twins else "added", passages)


def passages_of(document: Document, library: Library) -> Iterator[Passage]:
    """Cut a document into passages that the encoder reads whole.

    An id tells the document, its title and the passage's words: what did not change keeps its id,
    and with it its vector.
    """
    title = document.source.provenance.title
    pieces = chunk(document.text, title, library.encoder.count_tokens, limit=library.encoder.max_tokens)
    seen: set[str] = set()
    for position, text in enumerate(pieces):
        name = hashlib.sha256(f"{title}\0{text}".encode()).hexdigest()[:12]
        id = f"{document.source.id}:{name}"
        if id in seen:
            id = f"{id}:{position}"
        seen.add(id)
        yield Passage(id, document.source.id, position, text)


def _copy_vectors(library: Library, document: Document, pieces: Sequence[Passage]) -> set[str]:
    """Give passages the vectors that a document of the same bytes has for their texts; tell to which.

    Such a vector may hold the other document's title: files are often titled by their names.
    """
    known = {twin.text: twin.id for twin in library.catalogue.twin_passages(document)}
    sources = {piece.id: known[piece.text] for piece in pieces if piece.text in known}
    return library.store.copy(document.source.scope, sources)


def _embed(library: Library, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Embed texts, given by scope and passage id, into the store."""
    for scope, by_id in texts.items():
        if by_id:
            library.store.upsert(scope, list(by_id), library.encoder.encode(list(by_id.values()), "passage"))
