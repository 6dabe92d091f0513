"""What each part of the retrieval policy adds.

    python benchmarks/retrieval.py QUESTIONS.jsonl...

For each variant, the share of the answerable questions for which the best 1, 3 and 10 passages of
the starter corpus hold every key point. Needs the index (`make run`).
"""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from bot.evaluation import holds, read
from knowledge import retrieve
from knowledge.answer import standalone
from knowledge.build import build_library
from knowledge.settings import Settings
from knowledge.types import STARTER, Turn

VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "meaning only": {"DENSE_SHARE": 1.0},
    "words only": {"DENSE_SHARE": 0.0},
    "dense share 0.4": {"DENSE_SHARE": 0.4},
    "dense share 0.6": {"DENSE_SHARE": 0.6},
    "without kind in text": {"KIND_IN_TEXT": 0.0},
    "without kind of fact": {"KIND_OF_FACT": 0.0},
    "without year": {"YEAR": 0.0},
    "without superseded": {"SUPERSEDED": 0.0},
    "without recent": {"RECENT": 0.0, "RECENT_WHEN_NOW_IS_MEANT": 0.0},
    "fusion alone": {
        "KIND_IN_TEXT": 0.0,
        "KIND_OF_FACT": 0.0,
        "YEAR": 0.0,
        "SUPERSEDED": 0.0,
        "RECENT": 0.0,
        "RECENT_WHEN_NOW_IS_MEANT": 0.0,
    },
}


def shares(retriever: retrieve.HybridRetriever, questions: Sequence[dict[str, Any]]) -> str:
    """Measure the retriever as it is now set."""
    found = []
    for question in questions:
        history = [Turn(turn["question"], turn["answer"]) for turn in question["history"]]
        passages = retriever.find(standalone(question["question"], history), [STARTER])
        texts = [one.passage.text for one in passages]
        found.append([all(holds(" ".join(texts[:k]), p) for p in question["answers"]) for k in (1, 3, 10)])
    return "  ".join(f"{sum(column) / len(found):.3f}" for column in zip(*found, strict=True))


def main() -> None:
    """Print a row a variant."""
    questions = [q for path in sys.argv[1:] for q in read(path) if q["answers"]]
    library = build_library(Settings())
    library.ready_to_read()
    retriever = retrieve.HybridRetriever(
        catalogue=library.catalogue, store=library.store, encoder=library.encoder
    )
    print(f"{len(questions)} questions          @1     @3    @10")
    for name, knobs in VARIANTS.items():
        with patch.multiple(retrieve, **knobs) if knobs else nullcontext():
            print(f"{name:22}{shares(retriever, questions)}", flush=True)


if __name__ == "__main__":
    main()
