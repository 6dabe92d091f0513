"""A guild's own facts on their way into the catalogue, so that answers know them too."""

from knowledge.library import Library
from knowledge.own_facts import OwnFacts
from knowledge.types import scope_of


def ask_for_own_facts(library: Library, own: OwnFacts, guild: str) -> list[int]:
    """Queue what brings the catalogue in line with a guild's own facts; give the jobs' numbers."""
    documents = {document.source.id: document for document in own.documents(guild)}
    known = library.catalogue.digests("fact", scope_of(guild))
    return library.catalogue.ask(
        add=[document for id, document in documents.items() if known.get(id) != document.digest],
        remove=[id for id in known if id not in documents],
    )
