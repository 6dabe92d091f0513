"""From documents to passages in the catalogue and vectors in the store: what the writer does.

A document is wholly answerable or not at all: its vectors go in first, where nobody looks for them
by themselves, and the catalogue's one transaction makes the document known and its job done. What
a crash leaves behind is either a job that is still waiting or vectors that nothing points at.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import DatabaseError

from ingest.chunk import chunk
from knowledge.catalogue import Catalogue, Change, Held
from knowledge.errors import IndexFault
from knowledge.library import Difference, Library
from knowledge.queue import Job
from knowledge.schema import now
from knowledge.sentences import with_title
from knowledge.types import STARTER, Document, Passage

log = logging.getLogger(__name__)

BATCH = 32
"""Jobs carried out in one transaction, at most."""

REMEMBERED = timedelta(days=1)
"""How long the outcome of a job can be looked up; whoever asked for it looks within seconds."""

EMBEDDED_AT_ONCE = 32
"""Passages between two reports of progress; a second or so of work."""

Ids = AbstractSet[str]
"""Of passages."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How far the writer is.

    A job is as many steps as it has passages to embed, and at least one; until it is cut into passages,
    it counts as one. The first report, before any work, so tells the number of jobs.
    """

    done: int
    known: int
    """Those done and known to come together."""
    of_job: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """By its number, how many passages of a job are embedded, and how many are to be; only of those begun."""


Progress = Callable[[Steps], None]

Objection = Callable[[Job, str], str | None]
"""Asked of each job that a person wants in a guild's scope, which is given with it, on the writer's thread:
why it may not be done any more. None lets it pass. Asked when all that is missing is the commit, and also
before anything is embedded for it.

Raises:
    Undecided: nobody can tell now, and the job waits.
"""


class Undecided(Exception):
    """Whether a job may be done cannot be known now; it stays in the queue."""


def no_progress(_steps: Steps) -> None:
    """Tell nobody."""


def leave_to_the_bot(_job: Job, _scope: str) -> str | None:
    """Leave to the bot what moderators want: it alone can ask Discord whether they are moderators still."""
    raise Undecided


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
        library.catalogue.forget_jobs_done(before=now() - REMEMBERED)
        purge(library)
        yield


def purge(library: Library) -> None:
    """Erase what was removed or replaced too long ago to be undone. Within `writing` only."""
    try:
        library.ledger.purge(now())
    except DatabaseError:  # such as a reader that holds the file; the next time makes up for it
        log.exception("what was removed long ago cannot be erased now")


def carry_out(
    library: Library, progress: Progress = no_progress, objection: Objection = leave_to_the_bot
) -> bool:
    """Carry out every waiting job, and those that come meanwhile. Within `writing` only.

    Returns:
        Whether all are done; if not, it could not be told of some whether they may be done.

    Raises:
        IndexFault: the vectors cannot be written.
    """
    done, held = 0, set[int]()
    while batch := _next_batch(library.catalogue, held):
        later = library.catalogue.waiting_count() - len(batch)
        done += _carry_out(library, batch, _part_of(progress, done, later), objection, held)
        progress(Steps(done, done + library.catalogue.waiting_count()))
    return not held


def drop_scope(library: Library, scope: str) -> None:
    """Delete a scope: its documents, passages, words and vectors. Within `writing` only.

    Cut off in between, vectors without a passage are left, which `repair` removes.
    """
    library.catalogue.drop_scope(scope)
    library.store.drop(scope)


def repair(library: Library, *, thoroughly: bool = False) -> list[Difference]:
    """Bring vectors and words in line with the catalogue, after a crash or a loss. Needs the lock.

    Args:
        library: whose.
        thoroughly: look at all that they hold, and make vectors that cannot be read anew.

    Returns:
        What was not in line.

    Raises:
        IndexFault: the vectors cannot be read, and are not looked at thoroughly.
    """
    try:
        differences = library.differences(thoroughly=thoroughly)
    except IndexFault:
        if not thoroughly:
            raise
        log.exception("the vectors cannot be read, and are made anew")
        library.store.wipe()
        differences = library.differences(thoroughly=True)
    for found in differences:
        log.warning(
            "%s of %s: %d missing, %d stray", found.cache, found.scope, len(found.missing), len(found.stray)
        )
        if found.cache == "words":
            library.catalogue.index_words_again(found.scope)
        else:
            _repair_vectors(library, found)
    return differences


def _repair_vectors(library: Library, found: Difference) -> None:
    if found.stray:
        library.store.delete(found.scope, sorted(found.stray))
    lost = sorted(found.missing)
    for start in range(0, len(lost), EMBEDDED_AT_ONCE):
        pieces = library.catalogue.passages(lost[start : start + EMBEDDED_AT_ONCE])
        texts = {id: with_title(of.provenance.title, piece.text) for id, (piece, of) in pieces.items()}
        _embed(library, {found.scope: texts})


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


def _next_batch(catalogue: Catalogue, held: set[int]) -> list[Job]:
    """The jobs to be carried out next; none once all that wait are held back."""
    while True:
        known = len(held)
        batch = _independent(catalogue.waiting(BATCH + known), held)
        if batch or len(held) == known:
            return batch


def _independent(waiting: Sequence[Job], held: set[int]) -> list[Job]:
    """The jobs that no earlier one could change. What waits behind what is held back is held back, too."""
    batch: list[Job] = []
    taken: set[object] = set()
    stuck: set[object] = set()
    for job in waiting:
        names: set[object] = {job.document_id}
        if document := job.document:
            names.add((document.source.scope, document.key))
        if job.number in held or names & stuck:
            held.add(job.number)
            stuck |= names
            continue
        if document:  # the same bytes elsewhere need not wait for what may never be there
            names.add(document.digest)
        if not names & taken:
            batch.append(job)
        taken |= names
    return batch


def _part_of(progress: Progress, before: int, after: int) -> Progress:
    """Tell of a part of the work as of the whole, which has steps before and after it."""
    return lambda part: progress(replace(part, done=before + part.done, known=before + part.known + after))


def _carry_out(
    library: Library, batch: Sequence[Job], progress: Progress, objection: Objection, held: set[int]
) -> int:
    """Carry out a batch of jobs, or have them held back; tell how many steps that took."""
    progress(Steps(0, len(batch)))
    turns = [_turn(library, _change(library, job)) for job in batch]
    final = _may_be_done([turn for turn in turns if turn.texts], objection)  # none is embedded in vain
    going_on = [turn for turn in turns if final.get(turn.number, turn.change) is turn.change]
    steps = len(turns) - len(going_on) + _embed_all(library, going_on, progress)
    final |= _may_be_done(going_on, objection)
    cancelled = library.catalogue.commit([change for turn in turns if (change := final[turn.number])])
    for turn in turns:
        if final[turn.number] is None:
            held.add(turn.number)
        is_known = final[turn.number] is turn.change and turn.number not in cancelled
        if unused := turn.stale if is_known else turn.fresh:
            library.store.delete(turn.scope, unused)
    return steps


def _embed_all(library: Library, turns: "Sequence[_Turn]", progress: Progress) -> int:
    """Embed what is new in a batch; tell how many steps that took."""
    fresh: dict[str, dict[str, str]] = defaultdict(dict)
    for turn in turns:
        fresh[turn.scope] |= turn.texts
    steps = sum(max(1, len(turn.texts)) for turn in turns)
    _embed(library, fresh, lambda embedded, begun: progress(_steps(turns, embedded, begun, steps)))
    return steps


def _steps(turns: "Sequence[_Turn]", embedded: Ids, begun: Ids, known: int) -> Steps:
    """Tell how far a batch is, and those of its jobs that are begun."""
    of_job = {
        turn.number: (len(turn.texts.keys() & embedded), len(turn.texts))
        for turn in turns
        if turn.texts.keys() & begun
    }
    return Steps(len(embedded), known, of_job)


def _may_be_done(turns: "Sequence[_Turn]", objection: Objection) -> dict[int, Change | None]:
    """Ask whether changes may be made; give what comes of each job, by number: None where nobody can tell."""
    silent: set[str] = set()
    return {turn.number: _if_it_may(turn, objection, silent) for turn in turns}


def _if_it_may(turn: "_Turn", objection: Objection, silent: set[str]) -> Change | None:
    """Ask for a change that a person wants in a guild; not in vain in a scope of which nobody can tell."""
    change = turn.change
    if change.passages is None or not change.job.person or turn.scope == STARTER:
        return change
    try:
        why = None if turn.scope in silent else objection(change.job, turn.scope)
    except Undecided:
        silent.add(turn.scope)
    if turn.scope in silent:
        return None
    return Change(change.job, f"refused: {why}", objected=True) if why else change


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a change does to the vectors of a scope."""

    change: Change
    scope: str = STARTER
    fresh: Sequence[str] = ()
    """The ids of the passages that come in; if it is cancelled, their vectors go."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """By id, what is to be embedded of them; the others are copied already."""
    stale: Sequence[str] = ()
    """The ids whose vectors go once it is made known."""

    @property
    def number(self) -> int:
        """The job's."""
        return self.change.job.number


def _turn(library: Library, change: Change) -> _Turn:
    if change.passages is None:
        return _Turn(change)
    document, before = change.job.document, library.catalogue.touched_passages(change.job)
    kept = {piece.id for piece in change.passages}
    stale = [id for id in before if id not in kept]
    if document is None:
        return _Turn(change, next(iter(before.values()), STARTER), stale=stale)
    new = [piece for piece in change.passages if piece.id not in before]
    texts = _without_vectors(library, document, new)
    return _Turn(change, document.source.scope, [piece.id for piece in new], texts, stale)


def _change(library: Library, job: Job) -> Change:
    """Decide what a job comes to, with the catalogue as it stands."""
    catalogue, document = library.catalogue, job.document
    held = catalogue.touched(job)
    if why := _refusal(library, job, held):
        return Change(job, f"refused: {why}")
    if document is None:
        return Change(job, "removed", ()) if held else Change(job, "not there any more")
    as_it_is = any((known.id, known.digest) == (job.document_id, document.digest) for known in held)
    if as_it_is and not job.again and catalogue.touched_passages(job):  # none where a rebuilding refused it
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


def _refusal(library: Library, job: Job, held: Sequence[Held]) -> str | None:
    """Say why a job cannot be done beside what is known by now."""
    if job.undoes is not None and (later := library.ledger.in_the_way(job.undoes)):
        return later  # which waited in front of it
    document = job.document
    place = document and (document.source.scope, document.key)
    if place and any((known.scope, known.key) != place for known in held):
        return "another document has its id; give it another file name or address"
    return None


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


def _without_vectors(library: Library, document: Document, pieces: Sequence[Passage]) -> dict[str, str]:
    """Copy the vectors that documents of the same bytes have; tell what is to be embedded of the rest.

    A copied vector may hold the other document's title: files are often titled by their names.
    """
    known = {twin.text: twin.id for twin in library.catalogue.twin_passages(document)}
    sources = {piece.id: known[piece.text] for piece in pieces if piece.text in known}
    copied = library.store.copy(document.source.scope, sources)
    title = document.source.provenance.title
    return {piece.id: with_title(title, piece.text) for piece in pieces if piece.id not in copied}


def _embed(
    library: Library,
    texts: Mapping[str, Mapping[str, str]],
    tell: Callable[[Ids, Ids], None] = lambda _embedded, _begun: None,
) -> None:
    """Embed texts, given by scope and passage id, into the store; tell which are done, and which begun.

    Those of like length go through the encoder together, which so pads little. They go in together, at
    the end: a search would find them in the place of passages that are known.
    """
    embedded, begun = set[str](), set[str]()
    by_length = {scope: sorted(by_id, key=lambda id: -len(by_id[id])) for scope, by_id in texts.items()}
    vectors: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for scope, ids in by_length.items():
        for start in range(0, len(ids), EMBEDDED_AT_ONCE):
            some = ids[start : start + EMBEDDED_AT_ONCE]
            begun.update(some)
            tell(embedded, begun)
            vectors[scope].append(library.encoder.encode([texts[scope][id] for id in some], "passage"))
            embedded.update(some)
    for scope, parts in vectors.items():
        library.store.upsert(scope, by_length[scope], np.concatenate(parts))
