"""The library: catalogue, ledger, vectors and encoder of one data folder, and the lock of its one writer."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder, open_encoder
from knowledge.errors import IndexFault, IndexMismatch, IndexMissing, StoreBusy
from knowledge.ledger import Ledger
from knowledge.reader import Reader
from knowledge.store import Store

log = logging.getLogger(__name__)

CATALOGUE = "catalogue.db"
"""The file in the data folder that holds all that is not a cache."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a cache does not agree with the catalogue."""

    cache: Literal["vectors", "words"]
    scope: str
    missing: Collection[str]
    """The ids of passages that it lacks, or has otherwise."""
    stray: Collection[str]
    """The ids of vectors, and the rows of words, that no passage has."""


class Library:
    """What is known and the means to find it. Any process may read; one at a time writes."""

    def __init__(self, data_dir: Path, model_dir: Path, embedding_model: str, threads: int) -> None:
        """Open the catalogue in `data_dir`; the encoder and the vectors wait until they are needed.

        Raises:
            IndexFault: the catalogue is damaged, or a newer release has written it.
        """
        self.data_dir = data_dir
        self.catalogue = Catalogue(data_dir / CATALOGUE)
        self.ledger = Ledger(data_dir / CATALOGUE)
        self.store = Store(data_dir / "index")
        self._encoder_settings = embedding_model, model_dir, threads
        self._lock = FileLock(data_dir / "writer.lock")
        self._writing = False
        self._seen_revision = 0
        self._sound: dict[str, int] = {}
        """The revision of the catalogue at which each scope was found to have all its vectors."""

    @cached_property
    def encoder(self) -> Encoder:
        """The embedding model, loaded at the first use.

        Raises:
            EncoderFault: it cannot be loaded.
        """
        return open_encoder(*self._encoder_settings)

    @cached_property
    def reader(self) -> Reader:
        """The model that looks for answers in passages, loaded at the first use."""
        return Reader(self._encoder_settings[2])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the writer for as long as the context lasts. The lock goes with the process, however it ends.

        Raises:
            StoreBusy: another process is, or another thread of this one.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreBusy from error
        before, self._writing = self._writing, True
        try:
            yield
        finally:
            self._writing = before
            self._lock.release()

    @property
    def locked(self) -> bool:
        """Whether somebody else is the writer."""
        try:
            with self.lock():
                return False
        except StoreBusy:
            return True

    def ready_to_read(self, scopes: Collection[str] | None = None) -> None:
        """See that questions can be answered, with what other processes have written since.

        Args:
            scopes: those that will be searched; by default, all.

        Raises:
            IndexMissing: nothing has been ingested yet.
            IndexMismatch: the index was built with another embedding model.
            IndexFault: the index is being rebuilt, or vectors are lost.
        """
        revision = self._readable_revision()
        self.check_encoder()
        if revision != self._seen_revision and not self._writing:
            self.store.reopen()
        scopes = self.catalogue.scopes() if scopes is None else scopes
        changed = [scope for scope in scopes if self._sound.get(scope) != revision]
        lost = self._with_lost_vectors(changed)
        # Where a writer came between, passages and vectors were counted at different moments.
        if lost and revision == self._readable_revision():
            log.error("the index has lost passages of %s", ", ".join(lost))
            raise IndexFault("the index has lost passages; run `picket reindex`")
        self._sound.update(dict.fromkeys(changed, revision))
        self._seen_revision = revision

    def _readable_revision(self) -> int:
        revision = self.catalogue.revision
        if not revision:
            raise IndexMissing
        if self.catalogue.note("rebuilding"):
            raise IndexFault("the index is being rebuilt; try again in a minute, or run `picket reindex`")
        return revision

    def _with_lost_vectors(self, scopes: Collection[str]) -> list[str]:
        held = self.catalogue.passage_counts(scopes) if scopes else {}
        return [scope for scope, passages in held.items() if self.store.count(scope) < passages]

    def differences(self, *, thoroughly: bool = False) -> list[Difference]:
        """Tell where vectors and words do not agree with the catalogue.

        Args:
            thoroughly: every vector is read, and every word; otherwise ids and numbers are compared.

        Raises:
            IndexFault: the vectors cannot be read.
        """
        known = {scope: self.catalogue.passage_ids(scope) for scope in self.catalogue.scopes()}
        found = []
        for scope in sorted({*known, *self.store.scopes()}):
            passages, held = known.get(scope, set()), self.store.ids(scope)
            sound = self.store.intact(scope) if thoroughly else held
            found.append(Difference("vectors", scope, passages - sound, held - passages))
        for scope in sorted({*known, *self.catalogue.word_scopes()}):
            compared = self.catalogue.compare_words(scope, thoroughly=thoroughly)
            found.append(Difference("words", scope, *compared))
        return [difference for difference in found if difference.missing or difference.stray]

    def check_encoder(self) -> None:
        """See that the index was built with this very encoder, or with none yet.

        Raises:
            IndexMismatch: it was built with another.
        """
        built_with = self.catalogue.note("encoder")
        if built_with is None:
            self.catalogue.set_notes(encoder=self.encoder.fingerprint)
        elif built_with != self.encoder.fingerprint:
            raise IndexMismatch(built_with, self.encoder.fingerprint)

    def close(self) -> None:
        """Let go of the files."""
        self.catalogue.close()
        self.ledger.close()
        self.store.reopen()
