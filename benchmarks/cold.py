"""Where a cold `picket ask` spends its time.

    python benchmarks/cold.py [RUNS]

Each run is a process of its own; the medians are printed, in milliseconds and as shares of the
whole. Needs the index (`make run`).
"""

import json
import statistics
import subprocess
import sys

CHILD = """
import json, sys, time
start = time.perf_counter()
spent = {}
def lap(name):
    global start
    now = time.perf_counter()
    spent[name] = now - start
    start = now
import bot.cli, bot.settings
lap("imports: command line and settings")
import knowledge.build
lap("imports: LangChain, SQLAlchemy")
import chromadb
lap("imports: Chroma")
settings = bot.settings.BotSettings()
library = knowledge.build.build_library(settings)
lap("catalogue: open")
library.encoder
lap("model: ONNX Runtime and tokenizer")
library.ready_to_read()
library.store.ids("starter")
lap("store: open")
answerer = knowledge.build.build_answerer(settings, library)
answerer.answer("How long did the 2023 actors' strike last?")
lap("question: first, with the imports of the chain")
answerer.answer("When did the 2023 writers' strike end?")
lap("question: second, warm")
print(json.dumps(spent))
"""


def run() -> dict[str, float]:
    """Time one process: seconds by step."""
    child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)  # noqa: S603
    spent: dict[str, float] = json.loads(child.stdout)
    return spent


def main() -> None:
    """Print the medians."""
    runs = [run() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5)]
    medians = {step: statistics.median(spent[step] for spent in runs) for step in runs[0]}
    whole = sum(medians.values())
    for step, seconds in medians.items():
        print(f"{step:48}{seconds * 1000:7.0f} ms {seconds / whole:6.0%}")
    print(f"{'all':48}{whole * 1000:7.0f} ms")


if __name__ == "__main__":
    main()
