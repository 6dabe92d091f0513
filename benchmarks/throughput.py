"""How fast documents are taken in, as a share of what the encoder alone could do.

    python benchmarks/throughput.py [ROUNDS]

The ferry guild's files (`tests/questions`) and one with all facts go from disk through the queue, as
`picket ingest` does it, into passages, vectors and words. The encoder alone gets the same strings, in one
call. Both take turns in one process, with the model loaded; medians are printed, and where a document's
time goes.
"""

import shutil
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from parts import Watched, table, watching
from pipelines import library_in

import ingest.index
import ingest.submit
from ingest.submit import Told, catch_up, places_in, read
from knowledge import facts
from knowledge.catalogue import Catalogue
from knowledge.embed import Encoder
from knowledge.library import Library
from knowledge.sentences import with_title
from knowledge.store import Store
from knowledge.types import STARTER

FERRY_GUILD = Path(__file__).parents[1] / "tests" / "questions" / "ferry-guild"
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
    shutil.copytree(FERRY_GUILD, folder)
    told = [f"{fact.title}\n{fact.statement}" for fact in facts.load().facts]
    (folder / "facts.txt").write_text("\n\n".join(told))


def taken_in(library: Library, folder: Path) -> tuple[float, dict[str, float]]:
    """Take the files in; tell the seconds, and those of each part."""
    with watching(PARTS) as spent:
        began = time.perf_counter()
        library.catalogue.ask(add=[read(place, STARTER, Told()) for place in places_in(str(folder))])
        catch_up(library)
        return time.perf_counter() - began, spent


def wordings(library: Library) -> list[str]:
    """List what the encoder was given for the passages that are there now."""
    known = library.catalogue.passages(library.catalogue.passage_ids(STARTER)).values()
    return [with_title(source.provenance.title, passage.text) for passage, source in known]


def alone(encoder: Encoder, texts: list[str], at_once: int) -> float:
    """Have the encoder read texts; tell the seconds."""
    began = time.perf_counter()
    for start in range(0, len(texts), at_once):
        encoder.encode(texts[start : start + at_once], "passage")
    return time.perf_counter() - began


def main() -> None:
    """Take turns, and print the medians."""
    whole, parts, bare, bare_as_fed = [], [], [], []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        with TemporaryDirectory() as place:
            lay_out(Path(place) / "files")
            library = library_in(Path(place) / "data")
            library.encoder.embed_query("the first call allocates")
            seconds, spent = taken_in(library, Path(place) / "files")
            texts = wordings(library)
            whole.append(seconds)
            parts.append(spent)
            bare.append(alone(library.encoder, texts, len(texts)))
            bare_as_fed.append(alone(library.encoder, texts, ingest.index.EMBEDDED_AT_ONCE))
            library.close()
    print(f"{len(texts)} passages; a second, medians of {len(whole)}:")
    ways = {
        "from files to answerable": whole,
        "the encoder, all at once": bare,
        f"the encoder, {ingest.index.EMBEDDED_AT_ONCE} at once": bare_as_fed,
    }
    for name, each in ways.items():
        took = statistics.median(each)
        print(f"    {name:28}{len(texts) / took:8.1f}   of it, we {took / statistics.median(whole):6.3f}")
    print("where the time goes, in a median run:")
    middle = sorted(range(len(whole)), key=whole.__getitem__)[len(whole) // 2]
    table(parts[middle], whole[middle])


if __name__ == "__main__":
    main()
