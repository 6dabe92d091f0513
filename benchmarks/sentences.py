"""What the reader and each other signal add to the choice of sentences.

    python benchmarks/sentences.py QUESTIONS.jsonl...

For each variant, the share of the answerable questions for which the best 1, 2 and 3 sentences hold every
key point. What the questions ask about: see `benchmarks/asked.py`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from asked import Asked, ask_all, varied, weighed

from bot.evaluation import holds
from knowledge import evidence
from knowledge.build import build_library
from knowledge.library import Library
from knowledge.reader import Reader, Reading
from knowledge.retrieve import READ
from knowledge.settings import Settings

LEAST = 1e-6
"""A share that counts for nothing: with none at all, what cannot be an answer had no score."""
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "without the reader": {"SKIMMED": 0.0, "READING": 0.0, "OWN_READING": 0.0},
    "skimming only": {"CLOSE_SHARE": LEAST},
    "reading closely only": {"CLOSE_SHARE": 1 - LEAST},
    "both readings weigh alike": {"CLOSE_SHARE": 0.5},
    "four read closely": {"CLOSELY": 4},
    "ten read closely": {"CLOSELY": 10},
    "reader weighs half as much": {"OWN_READING": 2.0},
    "reader on passages only": {"OWN_READING": 0.0},
    "skimming does not order passages": {"SKIMMED": 0.0},
    "reading does not order passages": {"READING": 0.0},
    "without coverage": {"COVERAGE": 0.0},
    "without what stands before": {"CONTEXT": 0.0},
    "without kind in text": {"KIND_IN_TEXT": 0.0},
    "headings are as good": {"HEADING": 0.0},
}


class Remembering(Reader):
    """Reads each passage once for all variants."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[object, ...], Reading] = {}

    def skim(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Skim what has not been skimmed yet."""
        return self._once(super().skim, "skimmed", question, passages)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Read what has not been read yet."""
        return self._once(super().read, "read", question, passages)

    def _once(
        self,
        read: Callable[[str, Sequence[tuple[str, str]]], list[Reading]],
        how: str,
        question: str,
        passages: Sequence[tuple[str, str]],
    ) -> list[Reading]:
        new = [passage for passage in passages if (how, question, passage) not in self._known]
        for passage, reading in zip(new, read(question, new), strict=True):
            self._known[how, question, passage] = reading
        return [self._known[how, question, passage] for passage in passages]


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
