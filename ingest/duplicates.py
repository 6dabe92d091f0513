"""Which documents a new one resembles, before it is taken in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.library import Library

_ALIKE = 0.95
"""Cosine of two passages without their titles: the same with a word or a figure changed."""
_NEAR = 0.7
"""Cosine with a vector of the index, which has the title in it, from which on it is worth a closer look."""
_NEIGHBOURS = 3
_SHOWN = 5
_SAMPLED = 50
"""Passages that are compared of a long document, evenly spread: a few seconds of encoding."""


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document that holds much of what a new one does."""

    document_id: str
    title: str
    share: float
    """Of the new one's passages, 0 to 1, those that it has word for word or nearly so."""


def near_duplicates(library: Library, scope: str, texts: Sequence[str]) -> tuple[NearDuplicate, ...]:
    """Find the documents of a scope that passages are taken from, or that were taken from the same text.

    Args:
        library: what is known.
        scope: where to look.
        texts: the passages of a document, as `ingest.index.passages_of` cuts them.

    Returns:
        Those that have any of them, most first, at most 5.

    Raises:
        IndexFault: the vectors cannot be read.
    """
    sample = texts[:: -(-len(texts) // _SAMPLED) or 1]
    if not sample:
        return ()
    vectors = library.encoder.encode(sample, "passage")
    neighbours = [_near(library, scope, vector) for vector in vectors]
    passages = library.catalogue.passages({id for ids in neighbours for id in ids})
    theirs = _encoded(library, {passage.text for passage, _ in passages.values()})
    shared: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for vector, ids in zip(vectors, neighbours, strict=True):
        known = [passages[id] for id in ids if id in passages]
        alike = {source.id: source for passage, source in known if theirs[passage.text] @ vector >= _ALIKE}
        shared.update(alike.keys())
        titles |= {id: source.title_cited for id, source in alike.items()}
    return tuple(NearDuplicate(id, titles[id], n / len(sample)) for id, n in shared.most_common(_SHOWN))


def _near(library: Library, scope: str, vector: NDArray[np.float32]) -> list[str]:
    found = library.store.search(scope, vector.tolist(), _NEIGHBOURS)
    return [id for id, cosine in found if cosine >= _NEAR]


def _encoded(library: Library, texts: set[str]) -> Mapping[str, NDArray[np.float32]]:
    wordings = sorted(texts)
    return dict(zip(wordings, library.encoder.encode(wordings, "passage"), strict=True)) if wordings else {}
