"""How soon what a moderator has added is answered from.

    python benchmarks/live.py

A moderator adds files one after another, through the loopback Discord of the tests, to a bot that is a
process of its own with the starter corpus in a temporary folder. As soon as the message says that one is
known, a member asks for what it says; measured until an answer cites it.
"""

import asyncio
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingest.starter import ask_for_starter_corpus
from ingest.submit import catch_up
from knowledge.build import build_library
from knowledge.settings import Settings

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from loopback import Discord, bot_process

PATIENCE = 300.0
"""Seconds after which something will not come any more."""
PLACES = ("Herm", "Jethou", "Lihou", "Brecqhou", "Burhou", "Crevichon", "Ecrehous", "Minquiers", "Casquets")
AIM = 5.0
"""Seconds."""


async def _shown(exchange: Any, what: str) -> Any:
    """Wait until a message shows something."""
    message = await exchange.message(PATIENCE)
    while what not in str([*message.components, *(embed.to_dict() for embed in message.embeds)]):
        message = await exchange.edited(PATIENCE)
    return message


async def until_cited(channel: Any, moderator: Any, member: Any, place: str) -> float:
    """Add a document about a place: the seconds from when it is said to be known to an answer from it."""
    text = f"# The harbour of {place}\n\nThe harbour of {place} is dredged by {place} Marine.\n"
    file = (f"{place}.md", text.encode())
    door = await _shown(await moderator.slash(channel, "knowledge add-file", first=file), "Accept")
    await _shown(await moderator.click(door, "Accept"), "Undo")
    known = time.monotonic()
    while True:
        asked = await member.slash(channel, "ask", question=f"Who dredges the harbour of {place}?")
        answer = await asked.message(PATIENCE)
        if any(f"The harbour of {place}" in field.name for field in answer.embeds[0].fields):
            return time.monotonic() - known


async def measure(settings: Settings) -> list[float]:
    """Let the bot be taught, a document after another: the seconds that each took."""
    async with Discord() as discord:
        guild = discord.guild()
        channel, moderator = guild.channel(), guild.member("mia", "manage_messages")
        member = guild.member("ada")
        async with bot_process(discord, data_dir=settings.data_dir, model_dir=settings.model_dir):
            return [await until_cited(channel, moderator, member, place) for place in PLACES]


def main() -> None:
    """Index the starter corpus, then measure."""
    settings = Settings()
    model_dir = settings.model_dir or settings.data_dir / "models"
    with TemporaryDirectory() as folder:
        fresh = settings.model_copy(update={"data_dir": Path(folder), "model_dir": model_dir})
        with closing(build_library(fresh)) as library:
            ask_for_starter_corpus(library)
            catch_up(library)
        took = asyncio.run(measure(fresh))
    print(f"from known to cited, {len(took)} documents: median {statistics.median(took):.2f} s,", end=" ")
    print(f"largest {max(took):.2f} s (aim: under {AIM:g} s)")


if __name__ == "__main__":
    main()
