"""The vectors, in Chroma on disk: a cache of the catalogue. The only importer of chromadb.

Chroma holds ids and vectors only, never text, so that what is removed from the catalogue is gone.
Its embedded client is not safe across processes (a reader stays stale, several writers lose
vectors), so every hit is checked against the catalogue, and only the lock's holder writes.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import IndexFault

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

LARGEST_BATCH = 5_000  # Chroma refuses more than 5,461 rows at once


class Store:
    """One collection of unit vectors a scope, compared by cosine."""

    def __init__(self, directory: Path) -> None:
        """Name the folder; it is opened, or made, at the first use."""
        self._directory = directory
        self._client: ClientAPI | None = None
        self._opening = Lock()

    def upsert(self, scope: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add vectors of shape (ids, dimensions), or replace those of the same ids."""
        with self._fault_explained():
            collection = self._open().get_or_create_collection(
                scope, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            for start in range(0, len(ids), LARGEST_BATCH):
                rows = slice(start, start + LARGEST_BATCH)
                collection.upsert(ids=list(ids[rows]), embeddings=vectors[rows])

    def delete(self, scope: str, ids: Sequence[str]) -> None:
        """Take vectors out; ids that are not there are passed over."""
        with self._fault_explained():
            collection = self._collection(scope)
            if collection is None:
                return
            for start in range(0, len(ids), LARGEST_BATCH):
                collection.delete(ids=list(ids[start : start + LARGEST_BATCH]))

    def search(self, scope: str, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        """Find the nearest: (id, cosine), best first. A scope without a collection holds nothing."""
        with self._fault_explained():
            collection = self._collection(scope)
            if collection is None:
                return []
            result = collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
        distances = (result["distances"] or [[]])[0]
        # float32 can put identical texts at 1.0000001
        return [(id, min(1.0, 1.0 - far)) for id, far in zip(result["ids"][0], distances, strict=True)]

    def count(self, scope: str) -> int:
        """How many vectors a scope has."""
        with self._fault_explained():
            collection = self._collection(scope)
            return collection.count() if collection else 0

    def ids(self, scope: str) -> set[str]:
        """All ids of a scope that have a vector which can be read."""
        with self._fault_explained():
            collection = self._collection(scope)
            return set(collection.get(include=[])["ids"]) if collection else set()

    def scopes(self) -> list[str]:
        """The scopes that have a collection."""
        with self._fault_explained():
            return [collection.name for collection in self._open().list_collections()]

    def wipe(self) -> None:
        """Delete everything, readable or not."""
        self.reopen()
        shutil.rmtree(self._directory, ignore_errors=True)

    def reopen(self) -> None:
        """Forget what was read: for a reader, when another process has written."""
        with self._opening:
            if self._client is not None:
                from chromadb.api.shared_system_client import SharedSystemClient

                self._client = None
                SharedSystemClient.clear_system_cache()

    def _open(self) -> "ClientAPI":
        with self._opening:  # Chroma's own cache of clients is not safe across threads
            if self._client is None:
                import chromadb
                from chromadb.config import Settings

                settings = Settings(anonymized_telemetry=False)
                self._client = chromadb.PersistentClient(self._directory, settings)
            return self._client

    def _collection(self, scope: str) -> "Collection | None":
        from chromadb.errors import NotFoundError

        try:
            return self._open().get_collection(scope, embedding_function=None)
        except NotFoundError:
            return None

    @contextmanager
    def _fault_explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # Chroma's faults have no common class
            raise IndexFault(
                f"the index in {self._directory} cannot be used ({error}); run `picket reindex`"
            ) from error
