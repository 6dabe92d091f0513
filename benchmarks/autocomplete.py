"""How long autocompletion takes while questions are being answered.

    python benchmarks/autocomplete.py QUESTIONS.jsonl...

One process, as the bot is: questions are answered on its threads without a pause, while on the event loop
titles of facts are typed, a letter every KEY seconds. Measured from the moment at which a key is due until
its choices are there, so that waiting for the event loop counts. Needs the index (`make run`).
"""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
from score import read

from bot.client import ANSWERING
from bot.cogs.facts import offered
from knowledge.answer import Answerer
from knowledge.build import build_answerer, build_facts, build_library
from knowledge.quick import QuickFacts
from knowledge.settings import Settings

KEY = 0.05
TITLES = 20
"""So many titles are typed, spread over all facts."""


def typed(quick: QuickFacts) -> list[str]:
    """Give what stands in the box after each key."""
    titles = [fact.title for fact in quick.facts[:: len(quick.facts) // TITLES]]
    return [title[:n] for title in titles for n in range(len(title) + 1)]


async def measure(quick: QuickFacts) -> list[float]:
    """Type on the event loop: the milliseconds until each key's choices are there."""
    took: list[float] = []
    for text in typed(quick):
        due = time.perf_counter() + KEY
        await asyncio.sleep(KEY)
        offered(quick.choices(text))
        took.append((time.perf_counter() - due) * 1000)
    return took


async def beside(quick: QuickFacts, answerer: Answerer, questions: list[str]) -> tuple[list[float], int]:
    """Type while questions are answered: the milliseconds, and how many were answered meanwhile."""
    done = 0
    stopped = False
    left = cycle(questions)

    def answer() -> None:
        nonlocal done
        while not stopped:
            answerer.answer(next(left))
            done += 1

    with ThreadPoolExecutor(ANSWERING) as threads:
        for _ in range(ANSWERING):
            threads.submit(answer)
        took = await measure(quick)
        stopped = True
    return took, done


def show(what: str, took: list[float]) -> None:
    """Print a line of the table."""
    print(
        f"| {what} | {len(took)} | {np.median(took):.0f} | {np.quantile(took, 0.95):.0f} | {max(took):.0f} |"
    )


def main() -> None:
    """Print the figures, alone and beside answering."""
    settings = Settings()
    library = build_library(settings)
    library.ready_to_read()
    answerer, quick = build_answerer(settings, library), build_facts(settings).quick(None)
    questions = [question["question"] for path in sys.argv[1:] for question in read(path)]
    answerer.answer(questions[0])  # with the imports
    show("nothing else", asyncio.run(measure(quick)))
    start = time.perf_counter()
    took, done = asyncio.run(beside(quick, answerer, questions))
    show(f"{ANSWERING} threads answering", took)
    print(f"\n{done / (time.perf_counter() - start):.1f} questions a second answered meanwhile")


if __name__ == "__main__":
    main()
