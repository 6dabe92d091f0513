"""The starter corpus on its way into the catalogue: what was edited, added or taken out since."""

import logging
from importlib.resources.abc import Traversable

from knowledge import facts
from knowledge.library import Library
from knowledge.types import STARTER

log = logging.getLogger(__name__)


def ask_for_starter_corpus(
    library: Library, *, wanted: bool = True, folder: Traversable = facts.CORPUS
) -> None:
    """Queue what brings the catalogue in line with the shipped facts; without an edit, nothing.

    Args:
        library: where to.
        wanted: False takes all facts out.
        folder: where the facts' files are.
    """
    catalogue = library.catalogue
    edition = facts.fingerprint(folder) if wanted else None
    if catalogue.note("corpus") == edition:
        return
    corpus = facts.load(folder) if wanted else facts.Corpus((), ())
    for fault in corpus.faults:
        log.error("a fact is left out: %s", fault)
    documents = {fact.id: fact.to_document() for fact in corpus.facts}
    known = catalogue.digests("fact", STARTER)
    catalogue.ask(
        add=[document for id, document in documents.items() if known.get(id) != document.digest],
        remove=[id for id in known if id not in documents],
        corpus=edition,
    )
