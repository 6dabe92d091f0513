"""The unmodified Discord client, against a Discord on loopback."""

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress

import pytest

from bot.client import BotFault, build_bot, run
from knowledge.types import Answer, Citation, Provenance, Source

from .loopback import GUILD, TOKEN, discord_on_loopback

DEFERRED, EPHEMERAL = 5, 1 << 6
SOON = 10
"""Seconds after which something will not come any more."""


class SlowAnswerer:
    """Answers as a slow machine does, and remembers for whom."""

    def __init__(self, seconds=0.0, error=None):
        self.seconds, self.error = seconds, error
        self.asked = []

    def answer(self, question, history=(), guild=None):
        time.sleep(self.seconds)
        self.asked.append((question, guild))
        if self.error:
            raise self.error
        source = Source(
            "corvo",
            "starter",
            "document",
            Provenance("The lighthouse", "Harbour Office", "https://example.org/l"),
        )
        citation = Citation(1, source, "It was lit in 1872.")
        return Answer(question, "It was lit in 1872. [1]", (citation,), 0.9, "quoting")


@asynccontextmanager
async def in_discord(answerer):
    async with discord_on_loopback() as (server, connector), build_bot(answerer, connector=connector) as bot:
        staying = asyncio.create_task(bot.start(TOKEN))
        await asyncio.wait_for(server.ready.wait(), SOON)
        yield server
        staying.cancel()
        with suppress(asyncio.CancelledError):
            await staying


async def test_the_command_is_made_known_to_discord():
    async with in_discord(SlowAnswerer()) as server:
        assert [command["name"] for command in server.commands] == ["ask"]


async def test_a_question_is_acknowledged_at_once_and_answered_when_the_answer_is_there():
    answerer = SlowAnswerer(seconds=1.5)
    async with in_discord(answerer) as server:
        await server.use("ask", question="When was it lit?")
        acknowledged = await asyncio.wait_for(server.callbacks.get(), 1.0)
        followup = await asyncio.wait_for(server.followups.get(), SOON)

    assert acknowledged["type"] == DEFERRED
    assert answerer.asked == [("When was it lit?", GUILD)]
    assert followup["embeds"][0]["description"] == "It was lit in 1872. [1]"
    assert "https://example.org/l" in followup["embeds"][0]["fields"][0]["value"]


async def test_a_private_question_is_seen_by_whoever_asks_alone():
    async with in_discord(SlowAnswerer()) as server:
        await server.use("ask", question="When was it lit?", private=True)
        acknowledged = await asyncio.wait_for(server.callbacks.get(), SOON)

    assert acknowledged["data"]["flags"] & EPHEMERAL


async def test_an_answer_pings_nobody():
    async with in_discord(SlowAnswerer()) as server:
        await server.use("ask", question="@everyone?")
        followup = await asyncio.wait_for(server.followups.get(), SOON)

    assert followup["allowed_mentions"] == {"parse": []}


async def test_what_breaks_is_one_sentence_to_the_person_and_a_traceback_in_the_log(caplog):
    async with in_discord(SlowAnswerer(error=RuntimeError("the disk is gone"))) as server:
        await server.use("ask", question="When was it lit?")
        followup = await asyncio.wait_for(server.followups.get(), SOON)

    assert followup["content"] == "Something broke; the log has the details."
    assert "the disk is gone" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_wrong_token_ends_in_one_sentence_that_does_not_tell_it(library, caplog):
    caplog.set_level(logging.INFO)
    async with discord_on_loopback() as (_server, connector):
        with pytest.raises(BotFault, match="Discord refuses the token; copy it anew"):
            await run(library, SlowAnswerer(), "a.wrong.token", connector=connector)

    assert "a.wrong.token" not in caplog.text
