"""Picket's retriever on public sets of questions, against plain search by meaning as tutorials teach it.

    make rivals
    python benchmarks/public.py [SET...] [--limit N]

Our passages and our retriever as they are and with each knob turned, and, in the same run, LangChain's
pipeline of `benchmarks/rivals.py`. A passage gains 1 where it holds evidence that none above it does. Where
the evidence is whole documents, each counts at its best passage's rank among the best 100. N draws so many
of each set's questions.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from pipelines import Picket
from retrieval import VARIANTS
from rivals import RIVALS, lay_out, run
from sets import HEAD, READERS, Piece, PublicSet, read, score

from knowledge import retrieve
from knowledge.embed import Encoder

OF_FACTS = ("without kind of fact", "without superseded", "without recent")
"""Knobs that move nothing here: these texts are no facts, and bear no dates."""
KNOBS = {name: VARIANTS[name] for name in VARIANTS if name not in OF_FACTS} | {
    "fusion alone, 0.5": VARIANTS["fusion alone"] | VARIANTS["dense share 0.5"]
}


def measure(tested: PublicSet) -> None:
    """Print a row for the tutorial's pipeline, and one for each variant of ours."""
    k = 100 if tested.by_document else 10
    print(f"{'':22}{HEAD}")
    with TemporaryDirectory() as place:
        folder = Path(place)
        lay_out(tested, k, folder)
        for name, found in _found(tested, k, folder):
            print(f"{name:22}{score(tested, found)}", flush=True)


def _found(tested: PublicSet, k: int, folder: Path) -> Iterator[tuple[str, Sequence[Sequence[Piece]]]]:
    ours = run("picket", "ingest", folder)
    find = Picket.open(folder)
    once_each = patch.object(Encoder, "embed_query", cache(Encoder.embed_query))
    for name, knobs in KNOBS.items():
        with patch.multiple(retrieve, **knobs) if knobs else nullcontext(), _no_marks(), once_each:
            yield name, [find(asked.question, k) for asked in tested.asked]
    if RIVALS.exists():
        theirs = run("langchain", "ingest", folder)
        yield "the tutorial's", run("langchain", "ask", folder)["found"]
        print(f"passages: {ours['passages']}, the tutorial's {theirs['passages']}")


@contextmanager
def _no_marks() -> Iterator[None]:
    """Do without the marks on outdated passages: they change no rank, and among 100 they cost a second."""
    with patch.object(retrieve, "outdated", lambda _sources: set()):
        yield


def main() -> None:
    """Measure each set that is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sets", nargs="*", default=list(READERS), metavar="SET")
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    for name in options.sets:
        tested = read(name)
        if tested is None:
            print(f"{name}: not in shared/bench beside this repository")
            continue
        tested = tested.some(options.limit or len(tested.asked))
        print(f"\n{name}: {len(tested.texts)} texts, {len(tested.asked)} questions", flush=True)
        measure(tested)


if __name__ == "__main__":
    main()
