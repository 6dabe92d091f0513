"""What the reader and each other signal add to the choice of sentences.

    python benchmarks/sentences.py QUESTIONS.jsonl...

For each variant, the share of the answerable questions for which the best 1, 2 and 3 sentences hold every
key point. What the questions ask about: see `benchmarks/asked.py`.
"""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from asked import Asked, ask_all, varied, weighed

from bot.evaluation import holds
from knowledge import evidence
from knowledge.build import build_library
from knowledge.library import Library
from knowledge.reader import Reader, Reading
from knowledge.retrieve import READ
from knowledge.settings import Settings

VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without the reader": {"READING": 0.0, "OWN_READING": 0.0},
    "reader weighs as other signs do": {"READING": 0.25, "OWN_READING": 0.8},
    "reader on passages only": {"OWN_READING": 0.0},
    "reader on sentences only": {"READING": 0.0},
    "reader however sure": {"SURE": float("inf")},
    "without coverage": {"COVERAGE": 0.0},
    "without centrality": {"CENTRAL": 0.0},
    "without what stands before": {"CONTEXT": 0.0},
    "without kind in text": {"KIND_IN_TEXT": 0.0},
    "headings are as good": {"HEADING": 0.0},
}


class Remembering(Reader):
    """Reads each passage once for all variants."""

    def __init__(self) -> None:
        super().__init__()
        self.read_once = cache(super().read)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read what has not been read yet."""
        return self.read_once(question, tuple(passages))


def shares(questions: Sequence[Asked], library: Library, reader: Reader) -> str:
    """Measure the choice as it is now set."""
    rows = []
    for asked in questions:
        best = [one.text for one in weighed(asked, library, reader).sentences]
        points = asked.question["answers"]
        rows.append([all(holds(" ".join(best[:k]), point) for point in points) for k in (1, 2, 3)])
    return "  ".join(f"{sum(column) / len(rows):.3f}" for column in zip(*rows, strict=True))


def main() -> None:
    """Print a row a variant."""
    questions = [asked for asked in ask_all(sys.argv[1:], READ) if asked.question["answers"]]
    library, reader = build_library(Settings()), Remembering()
    print(f"{len(questions)} questions".ljust(32) + "   @1     @2     @3")
    for name in varied(evidence, VARIANTS):
        print(f"{name:32}{shares(questions, library, reader)}", flush=True)


if __name__ == "__main__":
    main()
