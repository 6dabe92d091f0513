"""How fast documents are taken in, as a share of what the encoder alone could do.

    python benchmarks/throughput.py [ROUNDS]

The files of all communities (`tests/questions/papers`) and one with 100 facts go from disk through the
queue, as `picket ingest` does it, into passages, vectors and words. The encoder alone gets the same strings,
in one call, and as many at once as there. They take turns in one process, with the model loaded. A share says
how much of that rate taking in reaches. The child process that reads files counts by the clock only.
"""

import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from parts import Watched, table, watching
from pipelines import library_in

import ingest.index
import ingest.submit
from ingest.index import EMBEDDED_AT_ONCE
from ingest.submit import Told, catch_up, places_in, read
from knowledge import facts
from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder
from knowledge.library import Library
from knowledge.sentences import with_title
from knowledge.store import Store
from knowledge.types import STARTER

PAPERS = Path(__file__).parents[1] / "tests" / "questions" / "papers"
FACTS = 100
"""Of the starter corpus, in one file."""
Times = tuple[float, float]
WAYS = ("from files to answerable", "encoder, all at once", f"encoder, {EMBEDDED_AT_ONCE} at once")
PARTS: Watched = {
    "read: files, in a child process": (ingest.submit, "load_apart"),
    "queue": (Catalogue, "ask"),
    "cut into passages": (ingest.index, "chunk"),
    "encode": (Encoder, "encode"),
    "vectors into Chroma": (Store, "upsert"),
    "catalogue and words": (Catalogue, "commit"),
}


def lay_out(folder: Path) -> None:
    """Write the files that are taken in."""
    shutil.copytree(PAPERS, folder, dirs_exist_ok=True)
    told = [f"{fact.title}\n{fact.statement}" for fact in facts.load().facts[:FACTS]]
    (folder / "facts.txt").write_text("\n\n".join(told))


def timed(work: Callable[[], object]) -> Times:
    """Do some work; tell the seconds that it took by the clock, and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def take_in(library: Library, folder: Path) -> None:
    """Do as `picket ingest` does."""
    library.catalogue.ask(add=[read(place, STARTER, Told()) for place in places_in(str(folder))])
    catch_up(library)


def wordings(library: Library) -> list[str]:
    """List what the encoder was given for the passages that are there now."""
    known = library.catalogue.passages(library.catalogue.passage_ids(STARTER)).values()
    return [with_title(source.provenance.title, passage.text) for passage, source in known]


def encode(encoder: Encoder, texts: list[str], at_once: int) -> None:
    """Have the encoder alone read texts."""
    for start in range(0, len(texts), at_once):
        encoder.encode(texts[start : start + at_once], "passage")


def one_round() -> tuple[list[Times], dict[str, float], int]:
    """Give the times of taking in, and of the encoder alone; what taking in spent; how many passages."""
    with TemporaryDirectory() as place:
        files = Path(place) / "files"
        lay_out(files)
        library = library_in(Path(place) / "data")
        library.encoder.embed_query("the first call allocates")
        with watching(PARTS) as spent:
            whole = timed(partial(take_in, library, files))
        texts = wordings(library)
        sizes = len(texts), EMBEDDED_AT_ONCE
        alone = [timed(partial(encode, library.encoder, texts, at_once)) for at_once in sizes]
        library.close()
        return [whole, *alone], spent, len(texts)


def main() -> None:
    """Take turns, and print the medians."""
    rounds = [one_round() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)]
    _, spent, passages = rounds[-1]
    medians = np.median([times for times, _, _ in rounds], axis=0)
    print(f"{passages} passages; medians of {len(rounds)}")
    print(f"{'':32}{'a second':>10}{'share':>8}{'a processor second':>20}{'share':>8}")
    for name, (clock, processor) in zip(WAYS, medians, strict=True):
        shares = f"{clock / medians[0, 0]:8.3f}", f"{processor / medians[0, 1]:8.3f}"
        print(f"{name:32}{passages / clock:10.1f}{shares[0]}{passages / processor:20.1f}{shares[1]}")
    print("what taking in spent, in the last round:")
    table(spent, rounds[-1][0][0][1])


if __name__ == "__main__":
    main()
