"""What each part of the retrieval policy adds.

    python benchmarks/retrieval.py QUESTIONS.jsonl...

For each variant, the share of the answerable questions for which the best 1, 3, 10 and 24 passages hold
every key point, before they are read. What the questions ask about: see `benchmarks/asked.py`.
"""

import sys
from collections.abc import Sequence
from typing import Any

from asked import ask_all, varied

from bot.evaluation import holds
from knowledge import retrieve

DEPTHS = (1, 3, 10, retrieve.READ)
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "meaning only": {"DENSE_SHARE": 1.0},
    "words only": {"DENSE_SHARE": 0.0},
    "dense share 0.3": {"DENSE_SHARE": 0.3},
    "dense share 0.5": {"DENSE_SHARE": 0.5},
    "without kind in text": {"KIND_IN_TEXT": 0.0},
    "without kind of fact": {"KIND_OF_FACT": 0.0},
    "without year": {"YEAR": 0.0},
    "without rival": {"RIVAL": 0.0},
    "without superseded": {"SUPERSEDED": 0.0},
    "without a guild's own first": {"OWN": 0.0},
    "without recent": {"RECENT": 0.0, "RECENT_WHEN_NOW_IS_MEANT": 0.0},
    "fusion alone": {
        "KIND_IN_TEXT": 0.0,
        "KIND_OF_FACT": 0.0,
        "YEAR": 0.0,
        "RIVAL": 0.0,
        "SUPERSEDED": 0.0,
        "OWN": 0.0,
        "RECENT": 0.0,
        "RECENT_WHEN_NOW_IS_MEANT": 0.0,
    },
}


def shares(files: Sequence[str]) -> tuple[int, str]:
    """Measure the retriever as it is now set: the questions that can be answered, and the shares."""
    found = []
    for asked in ask_all(files, DEPTHS[-1]):
        texts = [one.passage.text for one in asked.found]
        points = asked.question["answers"]
        if points:
            found.append([all(holds(" ".join(texts[:k]), point) for point in points) for k in DEPTHS])
    return len(found), "  ".join(f"{sum(column) / len(found):.3f}" for column in zip(*found, strict=True))


def main() -> None:
    """Print a row a variant."""
    print(f"{'':30}" + "  ".join(f"{f'@{k}':>5}" for k in DEPTHS))
    for name in varied(retrieve, VARIANTS):
        count, row = shares(sys.argv[1:])
        print(f"{name:30}{row}  of {count}", flush=True)


if __name__ == "__main__":
    main()
