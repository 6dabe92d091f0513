"""What each rule adds to how a quoting answer is put together.

    python benchmarks/composition.py QUESTIONS.jsonl...

For each variant, of the answerable questions the share whose answer holds every key point, the answer's
characters, and how many sentences of it hold one of the points. Nothing is refused here. What the questions
ask about: see `benchmarks/asked.py`.
"""

import re
import sys
from collections.abc import Sequence
from typing import Any

from asked import ask_all, varied, weighed

from bot.evaluation import MARK, holds
from knowledge import write
from knowledge.build import build_library
from knowledge.reader import Reader
from knowledge.retrieve import READ
from knowledge.settings import Settings
from knowledge.types import Evidence

NOTHING, ANYTHING = re.compile(r"(?!)"), re.compile(r"")
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "one sentence": {"MOST_SENTENCES": 1},
    "two at most": {"MOST_SENTENCES": 2},
    "however far behind": {"MARGIN": 0.0},
    "those further behind (0.7)": {"MARGIN": 0.7},
    "only close ones (0.85)": {"MARGIN": 0.85},
    "none left out as enough": {"CLEAR": float("inf")},
    "enough if a little ahead": {"CLEAR": 0.3},
    "however unlikely": {"UNLIKELY": float("-inf")},
    "enough if several are asked": {"SEVERAL": NOTHING},
    "all that is close enough": {"SEVERAL": ANYTHING},
    "short answers more often": {"LEAD": 0.0},
    "no short answers": {"LEAD": float("inf")},
    "sentences taken alone": {"LEANS": NOTHING},
    "without headings": {"LONGEST_HEADING": -1},
}


def row(told: Sequence[tuple[Evidence, Sequence[Sequence[str]]]]) -> str:
    """Measure composition as it is now set, over evidence and key points."""
    writer = write.quoting_writer()
    right, lengths, fitting, sentences = 0, 0, 0, 0
    for evidence, points in told:
        text = writer.invoke(evidence)
        right += all(holds(text, point) for point in points)
        lengths += len(text)
        each = [part for part in MARK.split(text)[::2] if part.strip()]
        sentences += len(each)
        fitting += sum(any(holds(part, point) for point in points) for part in each)
    return f"{right / len(told):10.3f}{lengths / len(told):10.0f}{fitting / sentences:14.3f}"


def main() -> None:
    """Print a row a variant."""
    library, reader = build_library(Settings()), Reader()
    asked = [one for one in ask_all(sys.argv[1:], READ) if one.question["answers"]]
    told = [(weighed(one, library, reader), one.question["answers"]) for one in asked]
    told = [(evidence, points) for evidence, points in told if evidence.sentences]
    print(f"{len(told)} questions".ljust(30) + f"{'right':>10}{'length':>10}{'of sentences':>14}")
    for name in varied(write, VARIANTS):
        print(f"{name:30}{row(told)}", flush=True)


if __name__ == "__main__":
    main()
