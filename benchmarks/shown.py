"""How often the sentence that holds the answer is among those shown, at most three, on squad2.

    python benchmarks/shown.py [QUESTIONS]

All 16 articles are taken in; asked are so many (300) of the questions that can be answered, of the four
articles that the reader has not seen (`benchmarks/reader.py`). Nothing is refused here.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines import Picket, library_in
from sets import PublicSet, read, share_within

from knowledge.answer import Answerer
from knowledge.retrieve import HybridRetriever
from knowledge.write import quoting_writer

QUESTIONS = 300
UNSEEN = slice(3, None, 4)


def unseen(tested: PublicSet) -> PublicSet:
    """Keep the questions whose evidence lies in an article that the reader has not seen; the texts stay."""
    texts = "\n".join(text.text for text in tested.texts[UNSEEN])
    asked = tuple(one for one in tested.asked if all(evidence in texts for evidence in one.evidence))
    return replace(tested, asked=asked)


def main() -> None:
    """Ask, and count."""
    tested = read("squad2")
    if tested is None:
        sys.exit("squad2: not in shared/bench beside this repository")
    asked = unseen(tested).some(int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS)
    with TemporaryDirectory() as place:
        Picket.ingest([asdict(text) for text in tested.texts], Path(place))
        library = library_in(Path(place) / "data")
        library.ready_to_read()
        retriever = HybridRetriever(catalogue=library.catalogue, store=library.store, encoder=library.encoder)
        answerer = Answerer(library, retriever, quoting_writer(), threshold=0.0)
        shown = [[("", answerer.answer(one.question).text)] for one in asked.asked]
    print(f"{len(shown)} questions: the sentence is shown for {share_within(asked, shown, sys.maxsize):.3f}")


if __name__ == "__main__":
    main()
