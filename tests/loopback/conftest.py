"""A small bot in a guild with two people."""

import pytest

from loopback.small_bot import SmallBot


@pytest.fixture
def guild(discord):
    return discord.guild()


@pytest.fixture
def channel(guild):
    return guild.channel()


@pytest.fixture
def ada(guild):
    return guild.member("ada")


@pytest.fixture
async def bot(discord, channel):
    async with discord.running(SmallBot(discord.connector)) as bot:
        yield bot
