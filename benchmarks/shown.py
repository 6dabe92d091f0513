"""How often the sentence that holds the answer is among those shown, at most three, on squad2.

    python benchmarks/shown.py [QUESTIONS]

All 16 articles are taken in; asked are so many (300) of the questions that can be answered, of the four
articles that the reader has not seen (`benchmarks/reader.py`). Nothing is refused here.
"""

import random
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines import Picket, library_in
from sets import Asked, PublicSet, read

from knowledge.answer import Answerer
from knowledge.retrieve import HybridRetriever
from knowledge.write import quoting_writer

QUESTIONS = 300
UNSEEN = slice(3, None, 4)


def unseen(tested: PublicSet) -> list[Asked]:
    """The questions whose evidence lies in an article that the reader has not seen."""
    texts = "\n".join(text.text for text in tested.texts[UNSEEN])
    return [asked for asked in tested.asked if all(evidence in texts for evidence in asked.evidence)]


def main() -> None:
    """Ask, and count."""
    tested = read("squad2")
    assert tested is not None, "squad2 is not in shared/bench beside this repository"
    questions = unseen(tested)
    wanted = min(int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS, len(questions))
    with TemporaryDirectory() as place:
        folder = Path(place)
        Picket.ingest([asdict(text) for text in tested.texts], folder)
        library = library_in(folder / "data")
        library.ready_to_read()
        retriever = HybridRetriever(catalogue=library.catalogue, store=library.store, encoder=library.encoder)
        answerer = Answerer(library, retriever, quoting_writer(), threshold=0.0)
        drawn = random.Random(0).sample(questions, wanted)  # noqa: S311 - not for secrets
        shown = [answerer.answer(asked.question).text for asked in drawn]
    held = [
        all(_bare(e) in _bare(text) for e in asked.evidence) for asked, text in zip(drawn, shown, strict=True)
    ]
    print(f"{wanted} of {len(questions)} questions: the sentence is shown for {sum(held) / wanted:.3f}")


def _bare(text: str) -> str:
    return "".join(text.split())


if __name__ == "__main__":
    main()
