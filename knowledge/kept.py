"""What was read of the catalogue, kept for as long as nothing changes there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
Read = Callable[[Sequence[K]], Mapping[K, V]]
MOST = 16_384
"""Values kept; with one more, all are let go."""


class Kept(Generic[K, V]):
    """Values by key, of one revision of the catalogue. Safe to use from several threads.

    What is read while the revision moves on may be of the later one, never of an earlier one.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._revision: int | None = None
        self._held: dict[K, V] = {}
        self._changing = Lock()

    def of(self, revision: int, keys: Collection[K], read: Read[K, V]) -> dict[K, V]:
        """Look values up.

        Args:
            revision: the catalogue's, read before anything else.
            keys: of the values wanted.
            read: reads the values that are not kept; keys without one it leaves out.
        """
        held = self._held_at(revision)
        found = {key: held[key] for key in keys if key in held}
        if missing := [key for key in keys if key not in found]:
            news = read(missing)
            held.update(news)
            found.update(news)
        return found

    def _held_at(self, revision: int) -> dict[K, V]:
        with self._changing:
            if revision != self._revision or len(self._held) > MOST:
                self._revision, self._held = revision, {}
            return self._held
