"""Questions whose key points are known, and what the retriever finds for each; for the other programs here.

Where the folder above a file `NAME.jsonl` holds a folder `papers/NAME`, the file asks about the documents in
it, which are taken in as those of a guild of that name; any other file asks the starter corpus. Needs the
index (`make run`).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from bot.evaluation import DASHES, QUOTES, normal, read
from ingest.submit import Told, places_in, see_through
from ingest.submit import read as read_document
from knowledge.build import build_library
from knowledge.evidence import weigh
from knowledge.followup import own_part, standalone
from knowledge.library import Library
from knowledge.question import understand
from knowledge.reader import Reader
from knowledge.retrieve import HybridRetriever
from knowledge.settings import Settings
from knowledge.types import STARTER, Evidence, Found, Turn, scope_of

CANDIDATES = 32
"""Passages found for a question."""
PAPERS = "papers"
"""The folder of the documents that are asked about, beside those of questions."""
TELLING = 4
"""Letters of a key point that hardly stand in a passage by chance."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the passages found for it, best first."""

    question: dict[str, Any]
    """As it stands in its file."""
    text: str
    """Standing alone: a follow-up bears what it refers to."""
    scopes: tuple[str, ...]
    found: tuple[Found, ...]


def ask_all(files: Sequence[str], k: int = CANDIDATES) -> Iterator[Asked]:
    """Find the best `k` passages for all questions in the files."""
    library = build_library(Settings())
    library.ready_to_read()
    retriever = HybridRetriever(
        catalogue=library.catalogue, store=library.store, encoder=library.encoder, k=k
    )
    for file in files:
        scopes = (STARTER, *_guild_of(Path(file).resolve(), library))
        for question in read(file):
            history = [Turn(turn["question"], turn["answer"]) for turn in question["history"]]
            text = standalone(question["question"], history)
            yield Asked(question, text, scopes, tuple(retriever.find(text, scopes)))


def weighed(asked: Asked, library: Library, reader: Reader) -> Evidence:
    """Read what was found for a question, as an answer rests on it."""
    rarity = partial(library.catalogue.rarity, asked.scopes)
    return weigh(
        understand(asked.text),
        asked.found,
        rarity,
        reader,
        understand(own_part(asked.question["question"], asked.text)),
    )


def varied(module: ModuleType, variants: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Name variant by variant; until the next one, the module's knobs are set as it says."""
    for name, knobs in variants.items():
        with patch.multiple(module, **knobs) if knobs else nullcontext():
            yield name


def _guild_of(file: Path, library: Library) -> list[str]:
    """Take in the documents that a file asks about; give the scope they are in."""
    folder = file.parents[1] / PAPERS / file.stem
    if not folder.is_dir():
        return []
    scope = scope_of(re.sub(r"[^0-9a-z]", "", folder.name))
    documents = [read_document(place, scope, Told()) for place in places_in(str(folder))]
    see_through(library, library.catalogue.ask(add=documents))
    library.ready_to_read()
    return [scope]


def places(found: Found, asked: Asked) -> list[tuple[int, int]] | None:
    """Where a passage says key points, in characters.

    Returns:
        None where it says some, and yet nobody knows whether it answers: it is not the passage that the
        question was written from, and the points may stand in it by chance.
    """
    points = asked.question["answers"]
    at = [_places(found.passage.text, point) for point in points]
    if not any(at):
        return []
    telling = any(len(alternative) >= TELLING for point in points for alternative in point)
    if _written_from(found, asked) or (all(at) and telling):
        return sorted({place for some in at for place in some})
    return None


def _written_from(found: Found, asked: Asked) -> bool:
    names = (Path(name).stem.lower() for name in asked.question.get("fact_ids", ()))
    id = found.source.id
    return any(id == name or (found.source.kind == "document" and id.startswith(name)) for name in names)


def _places(text: str, alternatives: Sequence[str]) -> list[tuple[int, int]]:
    plain, origins = _normal_with_origins(text)
    return [
        (origins[match.start()], origins[match.end() - 1] + 1)
        for alternative in alternatives
        for match in re.finditer(re.escape(normal(alternative)), plain)
        if match[0]
    ]


def _normal_with_origins(text: str) -> tuple[str, list[int]]:
    """Do as `bot.evaluation.normal`, and tell for each letter where in the text it comes from."""
    letters: list[tuple[str, int]] = []
    for place, letter in enumerate(text):
        in_number = letter == "," and re.match(r"\d,\d{3}", text[max(place - 1, 0) : place + 4])
        if letter not in "*_`" and not in_number:
            folded = unicodedata.normalize("NFKC", letter).casefold().translate(DASHES | QUOTES)
            letters += [(one, place) for one in folded]
    return "".join(one for one, _ in letters), [place for _, place in letters]
