"""Picket against the pipelines that tutorials teach, on the same texts with the same weights.

    make rivals
    python benchmarks/rivals.py [ARTICLES]

LangChain (1,000 characters a passage, Chroma) and LlamaIndex (its defaults), on squad2: 16 articles, 1,000
questions. Each pipeline has two processes of its own, one that indexes and one that opens the index and
answers. ARTICLES keeps so many of the articles, and what is asked of them.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sets import HEAD, PublicSet, read, score, share_within

HERE = Path(__file__).parent
RIVALS = HERE.parent / ".venv-rivals" / "bin" / "python"
BUDGETS = (1_000, 2_000, 4_000)
"""Characters of what was found, within which the evidence is looked for."""


def run(pipeline: str, step: str, folder: Path) -> dict[str, Any]:
    """Do one step of one pipeline, in a process and an environment of its own."""
    python = sys.executable if pipeline == "picket" else str(RIVALS)
    began = time.time()
    child = subprocess.run(  # noqa: S603 - our own program
        [python, str(HERE / "pipelines.py"), pipeline, step, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(HERE.parent), "HF_HUB_OFFLINE": "1"},
    )
    figures: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return figures | {"began": began}


def lay_out(tested: PublicSet, k: int, folder: Path) -> None:
    """Write what the processes read."""
    texts = [asdict(text) for text in tested.texts]
    given = {"texts": texts, "questions": [asked.question for asked in tested.asked], "k": k}
    (folder / "set.json").write_text(json.dumps(given))


def rows(tested: PublicSet, pipelines: Sequence[str]) -> None:
    """Print what each is worth, and what it costs."""
    costs = []
    print(f"{'':12}{HEAD}" + "".join(f"{f'in {n:,}':>10}" for n in BUDGETS))
    for pipeline in pipelines:
        with TemporaryDirectory() as place:
            folder = Path(place)
            lay_out(tested, 10, folder)
            indexed, asked = run(pipeline, "ingest", folder), run(pipeline, "ask", folder)
        within = (share_within(tested, asked["found"], budget) for budget in BUDGETS)
        print(
            f"{pipeline:12}{score(tested, asked['found'])}" + "".join(f"{s:10.3f}" for s in within),
            flush=True,
        )
        costs.append(_costs(indexed, asked))
    for name in costs[0]:
        print(f"{name:44}" + "".join(f"{cost[name]:12.1f}" for cost in costs))


def _costs(indexed: dict[str, Any], asked: dict[str, Any]) -> dict[str, float]:
    milliseconds = sorted(1000 * seconds for seconds in asked["seconds"])
    return {
        "passages": indexed["passages"],
        "characters of ten passages, mean": statistics.mean(
            sum(len(text) for _, text in pieces) for pieces in asked["found"]
        ),
        "ingest, with the model's loading (s)": indexed["seconds"],
        "ingest, memory at most (MB)": indexed["peak"],
        "from the start to the first passages (s)": asked["first_found_at"] - asked["began"],
        "a question, median (ms)": statistics.median(milliseconds),
        "a question, 95 % within (ms)": statistics.quantiles(milliseconds, n=20)[-1],
        "asking, memory (MB)": asked["resident"],
    }


def main() -> None:
    """Compare."""
    tested = read("squad2")
    if tested is None or not RIVALS.exists():
        sys.exit("needs shared/bench/squad2 beside this repository, and the environment of `make rivals`")
    tested = tested.part(int(sys.argv[1])) if len(sys.argv) > 1 else tested
    print(f"squad2: {len(tested.texts)} articles, {len(tested.asked)} questions")
    rows(tested, ("picket", "langchain", "llamaindex"))


if __name__ == "__main__":
    main()
