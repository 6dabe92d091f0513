"""The bot as it is started in production, in a process of its own."""

import asyncio
import signal

import pytest

from loopback import bot_process


@pytest.fixture
def settings(tmp_path, model_dir):
    return {"data_dir": tmp_path, "model_dir": model_dir, "starter_corpus": False}


async def test_a_killed_bot_leaves_and_comes_back_and_a_terminated_one_ends_well(
    discord, ada, channel, settings
):
    for how, status in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        async with bot_process(discord, **settings) as process:
            asked = await ada.slash(channel, "ask", question="When was it lit?")
            await asked.message()
            process.send_signal(how)

            assert asked.acknowledged_after < 3
            assert await asyncio.wait_for(process.wait(), 10) == status
