"""`picket doctor`: is everything as it must be, and if not, what to do."""

import shutil
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bot.settings import BotSettings
from ingest.index import repair as repair_caches
from knowledge.build import build_library, open_chat_model
from knowledge.embed import BUNDLED_MODEL, check_bundled_weights
from knowledge.errors import PicketError
from knowledge.library import Difference, Library

LIBRARIES = ("chromadb", "langchain-core", "sentence-transformers", "onnxruntime", "sqlalchemy")
LEAST_FREE = 1 << 30
"""Bytes; a full disk makes SQLite and Chroma fail halfway."""
NAMED = 3
"""Documents named in a line, at most."""
REPAIR = "run `picket doctor --repair`"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: fine, or what to do."""

    fine: bool
    what: str


def check(settings: BotSettings, *, repair: bool = False) -> Iterator[Check]:
    """Look at everything, one thing after the other; what fails does not stop the rest.

    Args:
        settings: of the installation.
        repair: make what is lost or damaged of the caches anew before they are looked at.
    """
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
        if repair:
            yield _repaired(library)
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


def _repaired(library: Library) -> Check:
    try:
        with library.lock():
            library.check_encoder()
            differences = repair_caches(library, thoroughly=True)
    except PicketError as error:
        return Check(False, f"repair: {error}")
    return Check(True, f"repair: {'; '.join(map(_said, differences)) or 'nothing was to be done'}")


def _caches(library: Library) -> Iterator[Check]:
    """Compare every vector and all words with the catalogue."""
    entries = library.catalogue.entries()
    passages = sum(entry.passages for entry in entries)
    yield Check(True, f"catalogue: readable, {len(entries)} documents, {passages} passages")
    try:
        library.ready_to_read()
    except PicketError as error:
        yield Check(False, f"index: {error}")
    try:
        differences = library.differences(thoroughly=True)
    except PicketError:
        yield Check(False, f"vectors and words: they cannot be compared with the catalogue; {REPAIR}")
        return
    for found in differences:
        yield Check(False, f"{_said(found)}; {REPAIR}")
    if not differences:
        yield Check(
            True, f"vectors and words: each of {passages} passages has its own, and there are no others"
        )


def _said(found: Difference) -> str:
    """Say what is missing and what is stray, and of which documents."""
    of = {"missing": found.missing, "stray": found.stray}
    counts = [f"{len(ids)} {what} ({_documents(ids)})" for what, ids in of.items() if ids]
    return f"{found.cache} of {found.scope}: {', '.join(counts)}"


def _documents(passages: Collection[str]) -> str:
    names = sorted({id.partition(":")[0] for id in passages})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


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
