"""The bot as a process of its own: killed, stopped, and answering again."""

import asyncio
import signal

import pytest
from loopback import bot_process

from ingest.submit import see_through

from .cogs.test_ask import LIT_ANSWER, text_of
from .conftest import LIT


@pytest.fixture
def environment(harbour, model_dir):
    return {"data_dir": harbour.data_dir, "model_dir": model_dir, "starter_corpus": False}


async def test_buttons_and_follow_ups_outlive_a_kill(discord, channel, ada, environment):
    async with bot_process(discord, **environment) as process:
        await ada.send(channel, f"{discord.mention} {LIT}")
        answered = await channel.next_message()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with bot_process(discord, **environment):
        shown = await (await ada.click(answered, "Show passage")).message()
        await (await ada.click(answered, "Helpful")).message()
        modal = await (await ada.click(answered, "Not helpful")).modal()
        await (await ada.submit(modal, {"What is wrong, or missing?": "All."})).message()
        await ada.send(channel, "and who was its first keeper?", reply_to=answered)

        assert "Amalia Brandt" in text_of(await channel.next_message())
    assert "**3 May 1891**" in shown.embeds[0].description


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_a_stopped_bot_answers_what_it_was_asked_and_ends_well(
    discord, channel, ada, environment, signum
):
    async with bot_process(discord, **environment) as process:
        asked = await ada.slash(channel, "ask", question=LIT)
        await asked.acknowledged()
        process.send_signal(signum)

        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert text_of(await asked.message()).startswith(LIT_ANSWER)


async def test_a_kill_neither_loses_nor_doubles_a_document(discord, channel, environment, harbour, document):
    added = [
        document(f"The number of boat {n} is {n * 7}.", f"Boat {n}", name=f"boat{n}") for n in range(200)
    ]
    async with bot_process(discord, **environment) as process:
        jobs = harbour.catalogue.ask(add=added)
        while not await asyncio.to_thread(harbour.catalogue.outcomes, jobs):  # noqa: ASYNC110 - its own process
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with bot_process(discord, **environment):
        outcomes = await asyncio.to_thread(see_through, harbour, jobs)

    assert set(outcomes) == {"added"}
    assert len(harbour.catalogue.entries()) == 203
    assert harbour.differences(thoroughly=True) == []
