"""The vectors, in Chroma on disk: a cache of the catalogue. The only importer of chromadb.

Chroma is given ids and vectors only, never text, so that what is removed from the catalogue is gone.
Its embedded client is not safe across processes (a reader stays stale, several writers lose
vectors), so every hit is checked against the catalogue, and only the lock's holder writes.
"""

import ctypes
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import IndexFault

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

M_PERTURB = -6
FROM_UNIT = 1e-3
"""How far from 1 the length of a vector may be."""
LARGEST_BATCH = 5_000  # Chroma refuses more than 5,461 rows at once


class Store:
    """One collection of unit vectors a scope, compared by cosine. Safe to call from several threads."""

    def __init__(self, directory: Path) -> None:
        """Name the folder; it is opened, or made, at the first use."""
        self._directory = directory
        self._session: _Session | None = None
        self._changing_session = Lock()

    def upsert(self, scope: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors of shape (ids, dimensions), or replace those of the same ids."""
        with self._client() as client:
            collection = client.get_or_create_collection(
                scope, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            for start in range(0, len(ids), LARGEST_BATCH):
                rows = slice(start, start + LARGEST_BATCH)
                collection.upsert(ids=list(ids[rows]), embeddings=vectors[rows])

    def copy(self, scope: str, sources: Mapping[str, str]) -> set[str]:
        """Give new ids the vectors of others; tell for which new ids there was one.

        Args:
            scope: where they are and where they go.
            sources: by new id, the id whose vector it gets.
        """
        wanted = sorted(set(sources.values()))
        vectors: dict[str, Any] = {}
        with self._collection(scope) as collection:
            if collection is None:
                return set()
            for start in range(0, len(wanted), LARGEST_BATCH):
                found = collection.get(wanted[start : start + LARGEST_BATCH], include=["embeddings"])
                if (embeddings := found["embeddings"]) is not None:
                    vectors |= zip(found["ids"], embeddings, strict=True)
        copied = [id for id, source in sources.items() if source in vectors]
        if copied:
            self.upsert(scope, copied, np.array([vectors[sources[id]] for id in copied], np.float32))
        return set(copied)

    def delete(self, scope: str, ids: Sequence[str]) -> None:
        """Take vectors out; ids that are not there are passed over."""
        with self._collection(scope) as collection:
            if collection is None:
                return
            for start in range(0, len(ids), LARGEST_BATCH):
                collection.delete(ids=list(ids[start : start + LARGEST_BATCH]))

    def search(self, scope: str, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        """Find the nearest: (id, cosine), best first. A scope without a collection holds nothing."""
        with self._collection(scope) as collection:
            if collection is None:
                return []
            result = collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        distances = (result["distances"] or [[]])[0]
        # float32 can put identical texts at 1.0000001
        return [(id, min(1.0, 1.0 - far)) for id, far in zip(result["ids"][0], distances, strict=True)]

    def count(self, scope: str) -> int:
        """How many vectors a scope has."""
        with self._collection(scope) as collection:
            return collection.count() if collection else 0

    def ids(self, scope: str) -> set[str]:
        """All ids of a scope that have a vector which can be read."""
        with self._collection(scope) as collection:
            return set(collection.get(include=[])["ids"]) if collection else set()

    def intact(self, scope: str) -> set[str]:
        """The ids whose vectors can be read, and are of length 1; reads every vector.

        Raises:
            IndexFault: the file that holds a collection's vectors is lost or damaged.
        """
        ids, found = sorted(self.ids(scope)), set[str]()
        with self._collection(scope) as collection:
            if collection is None:
                return found
            for start in range(0, len(ids), LARGEST_BATCH):
                part = collection.get(ids[start : start + LARGEST_BATCH], include=["embeddings"])
                lengths = np.linalg.norm(np.array(part["embeddings"]), axis=1)
                found |= {
                    id for id, length in zip(part["ids"], lengths, strict=True) if abs(length - 1) < FROM_UNIT
                }
        return found

    def scopes(self) -> list[str]:
        """The scopes that have a collection."""
        with self._client() as client:
            return [collection.name for collection in client.list_collections()]

    def drop(self, scope: str) -> None:
        """Delete a scope's collection, if it has one."""
        from chromadb.errors import NotFoundError

        with self._client() as client, suppress(NotFoundError):
            client.delete_collection(scope)

    def wipe(self) -> None:
        """Delete everything, readable or not."""
        self.reopen()
        shutil.rmtree(self._directory, ignore_errors=True)

    def reopen(self) -> None:
        """Forget what was read: for a reader, when another process has written."""
        with self._changing_session:
            if self._session is not None:
                self._session.leave()
                self._session = None

    @contextmanager
    def _collection(self, scope: str) -> "Iterator[Collection | None]":
        from chromadb.errors import NotFoundError

        with self._client() as client:
            try:
                collection = client.get_collection(scope, embedding_function=None)
            except NotFoundError:
                collection = None
            yield collection

    @contextmanager
    def _client(self) -> "Iterator[ClientAPI]":
        """Give Chroma's client, which stays open for as long as the context lasts.

        Raises:
            IndexFault: whatever goes wrong in the context.
        """
        try:
            session = self._entered()
            try:
                yield session.client
            finally:
                with self._changing_session:
                    session.leave()
        except Exception as error:  # Chroma's faults have no common class
            raise IndexFault(
                f"the index in {self._directory} cannot be used ({error}); run `picket reindex`"
            ) from error

    def _entered(self) -> "_Session":
        with self._changing_session:
            if self._session is None:
                self._session = _Session(self._directory)
            self._session.users += 1
            return self._session


class _Session:
    """Chroma from its opening until the store and the last thread that uses it have left."""

    def __init__(self, directory: Path) -> None:
        from chromadb.api.client import Client
        from chromadb.config import Settings, System

        _clear_memory_given_out()
        settings = Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=str(directory))
        # `PersistentClient` would share the system of an earlier client, however stale.
        self._system = System(settings)
        self._system.start()
        self.client: ClientAPI = Client.from_system(self._system)
        self.users = 1  # the store itself

    def leave(self) -> None:
        """Close Chroma's files and end its threads, if nobody is left."""
        self.users -= 1
        if not self.users:
            self._system.stop()


def _clear_memory_given_out() -> None:
    """Have the C library overwrite memory when it gives it out, from now on.

    Chroma writes the part of an index that is not in use yet as it was allocated, with whatever was
    there before: texts that this process had read. Only glibc can be told to: see mallopt(3).
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_PERTURB, 0xFF)  # its complement is what memory is filled with
