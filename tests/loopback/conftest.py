"""A small bot that is in."""

import pytest

from loopback.small_bot import SmallBot


@pytest.fixture
async def bot(discord, channel):
    async with discord.running(SmallBot(discord.connector)) as bot:
        yield bot
