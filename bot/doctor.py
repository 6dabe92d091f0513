"""`picket doctor`: is everything as it must be, and if not, what to do."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

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
    yield _disk(settings.data_dir)
    yield _chat_model(settings.chat_model, settings.chat_timeout)
    try:
        library = build_library(settings)
    except (PicketError, OSError) as error:
        yield Check(False, f"catalogue: {error}")
        return
    try:
        yield _embedding_model(settings.embedding_model, library)
        yield from _caches(library)
        yield _queue(library)
    finally:
        library.close()


def _embedding_model(name: str, library: Library) -> Check:
    try:
        if name == BUNDLED_MODEL:
            check_bundled_weights()
        checked = ", checksum right" if name == BUNDLED_MODEL else ""
        return Check(True, f"embedding model: {library.encoder.fingerprint}{checked}")
    except PicketError as error:
        return Check(False, f"embedding model: {error}")


def _chat_model(name: str | None, timeout: float) -> Check:
    if name is None:
        return Check(True, "chat model: none, answers are quotations")
    try:
        open_chat_model(name, timeout)
    except PicketError as error:
        return Check(False, f"chat model: {error}")
    return Check(True, f"chat model: {name} is set up (it is not asked anything here)")


def _caches(library: Library) -> Iterator[Check]:
    """Compare the vectors and the word index with the catalogue."""
    catalogue = library.catalogue
    entries = catalogue.entries()
    passages = sum(entry.passages for entry in entries)
    yield Check(True, f"catalogue: readable, {len(entries)} documents, {passages} passages")
    try:
        library.ready_to_read()
        scopes = catalogue.scopes()
        lost = sum(len(catalogue.passage_ids(s) - library.store.ids(s)) for s in scopes)
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


def _disk(data_dir: Path) -> Check:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        return Check(False, f"disk: {data_dir} cannot be used ({error.strerror}); change DATA_DIR")
    if free < LEAST_FREE:
        return Check(False, f"disk: only {free >> 20} MiB free in {data_dir}; make room")
    return Check(True, f"disk: {free >> 30} GiB free in {data_dir}")
