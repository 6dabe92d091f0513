"""`picket doctor`: is everything as it must be, and if not, what to do."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from bot.settings import BotSettings
from knowledge.build import build_library, open_chat_model
from knowledge.embed import BUNDLED_MODEL, check_bundled_weights
from knowledge.errors import PicketError
from knowledge.library import Library

LIBRARIES = ("chromadb", "langchain-core", "sentence-transformers", "onnxruntime", "sqlalchemy")
LEAST_FREE = 1 << 30
"""Bytes; a full disk makes SQLite and Chroma fail halfway."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: fine, or what to do."""

    fine: bool
    what: str


def check(settings: BotSettings) -> Iterator[Check]:
    """Look at everything, one thing after the other; what fails does not stop the rest."""
    installed = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield Check(
        sys.version_info >= (3, 11),
        f"versions: picket {version('picket')}, Python {sys.version.split()[0]}, {installed}",
    )
    try:
        library = build_library(settings)
    except PicketError as error:
        yield Check(False, f"catalogue: {error}")
        return
    yield from _models(settings, library)
    yield from _caches(library)
    yield _queue(library)
    yield _disk(library)
    library.close()


def _models(settings: BotSettings, library: Library) -> Iterator[Check]:
    try:
        if settings.embedding_model == BUNDLED_MODEL:
            check_bundled_weights()
        yield Check(True, f"embedding model: {library.encoder.fingerprint}, checksum right")
    except PicketError as error:
        yield Check(False, f"embedding model: {error}")
    if settings.chat_model is None:
        yield Check(True, "chat model: none, answers are quotations")
        return
    try:
        open_chat_model(settings.chat_model)
        yield Check(True, f"chat model: {settings.chat_model}")
    except PicketError as error:
        yield Check(False, f"chat model: {error}")


def _caches(library: Library) -> Iterator[Check]:
    """Compare the vectors and the word index with the catalogue."""
    catalogue = library.catalogue
    entries = catalogue.entries()
    passages = sum(entry.passages for entry in entries)
    yield Check(True, f"catalogue: readable, {len(entries)} documents, {passages} passages")
    try:
        library.ready_to_read()
        scopes = catalogue.scopes()
        lost = sum(len(catalogue.titled_passages(s).keys() - library.store.ids(s)) for s in scopes)
    except PicketError as error:
        yield Check(False, f"vectors: {error}")
    else:
        repair = "; run `picket reindex`" if lost else ", they agree with the catalogue"
        yield Check(not lost, f"vectors: {lost} of {passages} passages without{repair}")
    agree = catalogue.words_agree()
    yield Check(agree, f"word index: {'agrees' if agree else 'differs; run `picket reindex`'}")


def _queue(library: Library) -> Check:
    waiting, locked = library.catalogue.waiting_count(), library.locked
    holder = "held by a running Picket" if locked else "free"
    if waiting and not locked:
        return Check(False, f"lock: {holder}; {waiting} documents wait: run `picket` to take them in")
    return Check(True, f"lock: {holder}; {waiting} documents wait")


def _disk(library: Library) -> Check:
    free = shutil.disk_usage(library.data_dir).free
    if free < LEAST_FREE:
        return Check(False, f"disk: only {free >> 20} MiB free in {library.data_dir}; make room")
    return Check(True, f"disk: {free >> 30} GiB free in {library.data_dir}")
