"""How the bot bears a crowd, by itself and with a large document coming in.

    python benchmarks/load.py [SECONDS]

Twenty people ask at once, each again as soon as answered: for a minute, and then until a document of
about 1,000 passages, handed in as `picket ingest` does, is answerable. The bot is a process of its own,
its index in a temporary folder. Discord is the loopback of the tests, in this process: its work counts
in every figure, and it takes its share of the machine.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import memory

from ingest.starter import ask_for_starter_corpus
from ingest.submit import Told, catch_up, read, see_through
from knowledge import facts
from knowledge.build import build_library
from knowledge.library import Library
from knowledge.settings import Settings
from knowledge.types import STARTER, Document

TESTS = Path(__file__).parents[1] / "tests"
sys.path.append(str(TESTS))
from loopback import Discord, bot_process  # noqa: E402 - not on the path before

PEOPLE = 20
SECONDS = 60.0
HEARTBEAT = 0.5
"""Seconds between two heartbeats; Discord itself wants one in 41."""
PATIENCE = 300.0
"""Seconds after which an answer will not come any more."""
TELLINGS = 4
"""How often the document tells all facts: about 1,000 passages."""


@dataclass
class Crowd:
    """People who ask, and for how many seconds each waited."""

    people: list[Any]
    channel: Any
    questions: Iterator[str]
    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    took: float = 0.0
    """In all; 0 while they ask."""

    async def ask_until(self, done: Awaitable[object]) -> None:
        """Have everybody ask, until something is done; what is answered later is not counted."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as asking:
            for person in self.people:
                asking.create_task(self._ask_on(person))
            await done
            self.took = time.monotonic() - began

    async def _ask_on(self, person: Any) -> None:
        while not self.took:
            began = time.monotonic()
            asked = await person.slash(self.channel, "ask", question=next(self.questions))
            await asked.message(PATIENCE)
            if not self.took:
                self.answered.append(time.monotonic() - began)
                self.acknowledged.append(asked.acknowledged_after)

    def figures(self) -> dict[str, float]:
        """Rate and waits, by what they are called."""
        waits = {"acknowledgement": self.acknowledged, "answer": self.answered}
        return {"answers per second": len(self.answered) / self.took} | {
            f"{name}: {measure} (s)": take(seconds)
            for name, seconds in waits.items()
            for measure, take in (("median", statistics.median), ("95 % within", _most), ("largest", max))
        }


def _most(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def questions() -> Iterator[str]:
    """Those of the tests that stand alone, in an order that is always the same, over and over."""
    lines = [line for file in sorted(TESTS.glob("questions/tune/*.jsonl")) for line in file.open()]
    alone = [asked["question"] for asked in map(json.loads, lines) if not asked["history"]]
    random.Random(0).shuffle(alone)  # noqa: S311 - not for secrets
    return cycle(alone)


def large_document(folder: Path) -> Document:
    """Read a file that tells all facts several times, each time in another order."""
    told = [fact.statement for fact in facts.load().facts]
    shuffled = random.Random(0)  # noqa: S311 - not for secrets
    file = folder / "large.txt"
    file.write_text("\n".join(line for _ in range(TELLINGS) for line in shuffled.sample(told, len(told))))
    return read(str(file), STARTER, Told())


async def measure(library: Library, document: Document, model_dir: Path, seconds: float) -> None:
    """Let the bot be asked, and print a table."""
    async with Discord(HEARTBEAT) as discord:
        guild = discord.guild()
        people = [guild.member(f"person-{n}") for n in range(PEOPLE)]
        crowd = partial(Crowd, people, guild.channel(), questions())
        ways = {"data_dir": library.data_dir, "model_dir": model_dir, "questions_a_minute": 1_000_000}
        async with bot_process(discord, **ways) as bot:
            alone, beside = crowd(), crowd()
            at_rest = memory("VmRSS", bot.pid)
            await alone.ask_until(asyncio.sleep(seconds))
            after_questions = memory("VmRSS", bot.pid)
            jobs = library.catalogue.ask(add=[document])
            await beside.ask_until(asyncio.to_thread(see_through, library, jobs))
            gap, at_most = discord.gateway.longest_gap, memory("VmHWM", bot.pid)
    print(f"{'':32}{'alone':>8}{'beside':>8}{'ratio':>8}")
    for name, before in alone.figures().items():
        after = beside.figures()[name]
        print(f"{name:32}{before:8.2f}{after:8.2f}{after / before:8.2f}")
    passages = {entry.source.id: entry.passages for entry in library.catalogue.entries()}[document.source.id]
    print(f"the document's {passages} passages: answerable after {beside.took:.0f} s")
    print(f"longest time between two heartbeats, {HEARTBEAT} s apart: {gap:.2f} s")
    print(f"memory (MB): at rest {at_rest:.0f}, after the crowd {after_questions:.0f}, at most {at_most:.0f}")


def main() -> None:
    """Index the starter corpus, then measure."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    settings = Settings()
    model_dir = settings.model_dir or settings.data_dir / "models"
    with TemporaryDirectory() as folder:
        fresh = settings.model_copy(update={"data_dir": Path(folder), "model_dir": model_dir})
        with closing(build_library(fresh)) as library:
            ask_for_starter_corpus(library)
            catch_up(library)
            asyncio.run(measure(library, large_document(Path(folder)), model_dir, seconds))


if __name__ == "__main__":
    main()
