"""What many documents in many guilds cost: a question's time, memory, taking in.

    python benchmarks/growth.py [PASSAGES:GUILDS...]

Each guild has its share of the passages, beside the starter corpus. Their texts are sentences of the starter
corpus, four or five at random; their vectors are not computed but drawn near the mean of these sentences'
vectors, so that 100,000 do not take an hour. All else is as ever: the queue, the cutting, the word index,
Chroma, and for the questions (those of the tests) the encoder. All passages speak of one subject, so
a question's words are in most of them: this is the worst case for the word index.

One process fills, another asks: each guild in turn, one question at a time.
"""

import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from parts import Watched, table, watching
from pipelines import library_in, memory

from bot.evaluation import read
from ingest.load import load_bytes
from ingest.starter import ask_for_starter_corpus
from ingest.submit import Told, catch_up, document_of
from knowledge import facts, retrieve
from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder
from knowledge.library import Library
from knowledge.retrieve import HybridRetriever
from knowledge.sentences import sentences
from knowledge.store import Store
from knowledge.types import STARTER, Document, scope_of
from knowledge.words import Rarity

SIZES = ("1000:1", "10000:1", "10000:10", "100000:10", "100000:100")
DOCUMENT = 50
"""Passages of a document, about."""
SENTENCES = 3.75
"""Of the starter corpus in a passage, about, beside the one that it repeats."""
NEAR = 0.9
"""The cosine of a drawn vector and the mean that it is drawn near."""
QUESTIONS = 300
TUNE = sorted((Path(__file__).parents[1] / "tests" / "questions" / "tune").glob("*.jsonl"))
PARTS: Watched = {
    "read the question": (retrieve, "understand"),
    "encode the question": (Encoder, "embed_query"),
    "Chroma: nearest vectors": (Store, "search"),
    "FTS5: passages with its words": (Catalogue, "search_words"),
    "catalogue: passages by id": (Catalogue, "passages"),
    "catalogue: facts replaced": (Catalogue, "replaced"),
    "catalogue: how rare its words are": (Catalogue, "rarity"),
    "BM25 over the candidates": (Rarity, "bm25"),
    "fusion": (retrieve, "fuse"),
    "fit to the question": (retrieve, "fit"),
    "outdated passages marked": (retrieve, "outdated"),
}


class Drawn(Encoder):
    """An encoder that draws the vectors of passages; questions it reads."""

    @cached_property
    def sentences(self) -> dict[str, NDArray[np.float32]]:
        """The vectors of the starter corpus's sentences."""
        told = starter_sentences()
        return dict(zip(told, super().encode(told, "passage"), strict=True))

    def encode(self, texts: Sequence[str], role: str) -> NDArray[np.float32]:
        """Embed questions; for passages, draw unit vectors of shape (texts, dimensions)."""
        if role == "question":
            return super().encode(texts, role)
        means = np.array([self._mean(text) for text in texts], np.float32)
        noise = np.random.default_rng(len(texts[0])).standard_normal(means.shape).astype(np.float32)
        vectors = NEAR * _unit(means) + np.sqrt(1 - NEAR**2) * _unit(noise)
        return np.asarray(_unit(vectors), np.float32)

    def _mean(self, text: str) -> NDArray[np.float32]:
        lines = text.partition(". ")[2].splitlines()
        known = [self.sentences[line] for line in lines if line in self.sentences]
        return np.asarray(np.mean(known or [np.ones(self.dimensions, np.float32)], axis=0), np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def starter_sentences() -> list[str]:
    """The first sentence of each fact."""
    return sorted({sentences(fact.statement)[0] for fact in facts.load().facts})


def documents(passages: int, guilds: int) -> list[Document]:
    """Write the guilds' documents."""
    told, drawn = starter_sentences(), random.Random(0)  # noqa: S311 - not for secrets
    written = []
    for number in range(passages // DOCUMENT):
        lines = [drawn.choice(told) for _ in range(int(DOCUMENT * SENTENCES))]
        loaded = load_bytes("\n".join(lines).encode(), f"papers {number}.txt")
        written.append(document_of(loaded, f"papers {number}", scope_of(str(number % guilds)), Told()))
    return written


def fill(folder: Path, passages: int, guilds: int) -> dict[str, Any]:
    """Take the guilds' documents in, and time it."""
    library = library_in(folder)
    library.encoder.__class__ = Drawn
    starter = sum(library.catalogue.passage_counts().values())
    wanted = documents(passages, guilds)
    assert isinstance(library.encoder, Drawn)
    library.encoder.sentences  # noqa: B018 - encoded once, outside of what is timed
    began = time.perf_counter()
    library.catalogue.ask(add=wanted)
    catch_up(library)
    seconds = time.perf_counter() - began
    held = sum(library.catalogue.passage_counts().values()) - starter
    return {"passages": held, "rate": held / seconds, "peak": memory("VmHWM")}


def ask(folder: Path, _passages: int, guilds: int) -> dict[str, Any]:
    """Put questions to each guild in turn."""
    library = library_in(folder)
    retriever = HybridRetriever(catalogue=library.catalogue, store=library.store, encoder=library.encoder)
    alone = [q["question"] for path in TUNE for q in read(str(path)) if not q["history"]]
    questions = cycle(random.Random(0).sample(alone, QUESTIONS))  # noqa: S311 - not for secrets
    scopes = cycle([[STARTER, scope_of(str(guild))] for guild in range(guilds)])

    def once() -> float:
        question, asked = next(questions), next(scopes)
        began = time.perf_counter()
        library.ready_to_read(asked)
        retriever.find(question, asked)
        return time.perf_counter() - began

    first = [once() for _ in range(guilds)]
    warm = [once() for _ in range(QUESTIONS)]
    with watching(PARTS, time.perf_counter) as spent:
        began = time.perf_counter()
        for _ in range(QUESTIONS):
            once()
        watched = time.perf_counter() - began
    resident = memory("VmRSS")
    return {
        "first": first,
        "warm": warm,
        "spent": spent,
        "watched": watched,
        "resident": resident,
        "after a change": _after_a_change(library, once),
    }


def _after_a_change(library: Library, once: Callable[[], float]) -> float:
    library.catalogue.set_notes(revision=str(library.catalogue.revision + 1))
    return once()


def run(step: str, folder: Path, size: str) -> dict[str, Any]:
    """Do a step in a process of its own."""
    child = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, __file__, step, str(folder), size], stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(child.stdout)
    return figures


def measure(template: Path, size: str) -> None:
    """Print a block for one size."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "data"
        shutil.copytree(template, folder)
        filled, asked = run("fill", folder, size), run("ask", folder, size)
        disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
    warm = [1000 * seconds for seconds in asked["warm"]]
    print(f"\n{filled['passages']:,} passages, {size.partition(':')[2]} guilds")
    print(f"    a question, median (ms)                  {statistics.median(warm):10.1f}")
    print(f"    a question, 95 % within (ms)             {statistics.quantiles(warm, n=20)[-1]:10.1f}")
    print(f"    the first of a guild, median (ms)        {1000 * statistics.median(asked['first']):10.1f}")
    print(f"    the first after a change (ms)            {1000 * asked['after a change']:10.1f}")
    print(f"    memory, asking (MB)                      {asked['resident']:10.0f}")
    print(f"    memory, taking in, at most (MB)          {filled['peak']:10.0f}")
    print(f"    disk (MB)                                {disk:10.0f}")
    print(f"    taken in a second, but for the encoding  {filled['rate']:10.0f}")
    print("    time by the clock of a question's parts, some of which go on at once:")
    table(asked["spent"], asked["watched"], QUESTIONS)
    sys.stdout.flush()


def main() -> None:
    """Measure each size; called by itself, do one step of one."""
    if sys.argv[1:2] in (["fill"], ["ask"]):
        step, folder, size = sys.argv[1:]
        print(json.dumps({"fill": fill, "ask": ask}[step](Path(folder), *map(int, size.split(":")))))
        return
    with TemporaryDirectory() as place:
        library = library_in(Path(place))
        ask_for_starter_corpus(library)
        catch_up(library)
        library.close()
        for size in sys.argv[1:] or SIZES:
            measure(Path(place), size)


if __name__ == "__main__":
    main()
