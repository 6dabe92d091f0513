"""The gateway throws the bot out in each way it has, and the bot misses nothing that it need not miss."""

import asyncio
import math

import discord as discord_py
import pytest

from loopback.small_bot import SmallBot

WAYS_OUT = {
    "op 7": lambda gateway: gateway.reconnect(),
    "op 9, resumable": lambda gateway: gateway.invalidate(resumable=True),
    "going away": lambda gateway: gateway.close(1001),
    "unknown error": lambda gateway: gateway.close(4000),
    "cut": lambda gateway: gateway.drop(),
}


@pytest.mark.parametrize("way_out", WAYS_OUT)
async def test_what_is_said_while_the_bot_is_away_is_heard_after_it_resumes(
    way_out, bot, discord, ada, channel
):
    with discord.gateway.shut():
        await WAYS_OUT[way_out](discord.gateway)
        await ada.send(channel, f"{discord.mention} while away")
    await channel.next_message()

    assert len(bot.heard) == 1
    assert (discord.gateway.identified, discord.gateway.resumed) == (1, 1)


async def test_an_interaction_is_answered_after_a_resume(bot, discord, ada, channel):
    with discord.gateway.shut():
        await discord.gateway.reconnect()
        asked = await ada.slash(channel, "ask", question="Still there?")

    assert (await asked.message()).content == "done"


async def test_what_is_said_after_a_session_is_over_is_lost(bot, discord, ada, channel):
    with discord.gateway.shut():
        await discord.gateway.invalidate(resumable=False)
        await ada.send(channel, f"{discord.mention} lost")
    await discord.ready()
    await ada.send(channel, f"{discord.mention} found")
    await channel.next_message()

    assert [said.rpartition(" ")[2] for said in bot.heard] == ["found"]
    assert (discord.gateway.identified, discord.gateway.resumed) == (2, 0)


async def test_nobody_comes_in_while_the_door_is_shut(bot, discord):
    with discord.gateway.shut():
        await discord.gateway.drop()
        with pytest.raises(AssertionError, match=r"waited 0.1 s for the bot to come in"):
            await discord.ready(within=0.1)
    await discord.ready()


async def test_a_session_that_expires_while_the_bot_is_away_is_begun_anew(bot, discord, ada, channel):
    with discord.gateway.shut():
        await discord.gateway.close(4000)
        discord.gateway.expire()
    await discord.ready()
    asked = await ada.slash(channel, "ask", question="When?")

    assert (await asked.message()).content == "done"
    assert (discord.gateway.identified, discord.gateway.resumed) == (2, 0)


async def test_events_can_come_twice(bot, discord, ada, channel):
    await ada.send(channel, f"{discord.mention} hello")
    await channel.next_message()
    discord.gateway.repeat_last(2)  # with the MESSAGE_CREATE of the answer
    await channel.next_message()

    assert len(bot.heard) == 2


async def test_an_interaction_that_comes_twice_cannot_be_acknowledged_twice(bot, discord, ada, channel):
    discord.expect(40060)
    asked = await ada.slash(channel, "ask", question="When?", private=True)
    await asked.followup()
    discord.gateway.repeat_last()

    assert (await bot.errors.get()).code == 40060


async def test_a_bot_that_leaves_at_once_leaves_nothing_behind(discord, channel):
    before = asyncio.all_tasks()
    async with discord.running(SmallBot(discord.connector)):
        pass

    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}
    assert "ConnectionState._delay_ready" not in left


async def test_heartbeats_are_answered_and_the_longest_gap_is_known(discord, channel):
    discord.gateway.heartbeat = 0.05
    async with discord.running(SmallBot(discord.connector)) as bot:
        await discord.pulse.until(lambda: discord.gateway.beats > 3, "heartbeats")

        assert math.isfinite(bot.latency)
        assert discord.gateway.longest_gap >= 0.05


async def test_a_wrong_token_is_refused(discord):
    discord.expect(401)
    async with SmallBot(discord.connector) as bot:
        with pytest.raises(discord_py.LoginFailure):
            await bot.start("a.wrong.token")


async def test_a_token_that_the_gateway_refuses_closes_it_with_4004(discord, monkeypatch):
    monkeypatch.setattr(discord.gateway, "token", "another")
    with pytest.raises(discord_py.ConnectionClosed) as closed:
        async with discord.running(SmallBot(discord.connector)):
            pass

    assert closed.value.code == 4004


async def test_an_intent_that_is_not_granted_closes_it_with_4014(discord):
    with pytest.raises(discord_py.PrivilegedIntentsRequired):
        async with discord.running(SmallBot(discord.connector, intents=discord_py.Intents.all())):
            pass


async def test_with_the_intent_granted_every_message_has_words(discord, ada, channel):
    discord.gateway.approve("message_content")
    intents = discord_py.Intents(guilds=True, messages=True, message_content=True)
    async with discord.running(SmallBot(discord.connector, intents=intents)) as bot:
        await ada.send(channel, "idle talk")
        await ada.send(channel, discord.mention)
        await channel.next_message()

    assert bot.heard[0] == "idle talk"


async def test_fifty_guilds_are_answered_at_once(discord, bot):
    guilds = [discord.guild(f"guild {n}") for n in range(50)]
    asked = [await guild.member("ada").slash(guild.channel(), "ask", question="When?") for guild in guilds]

    assert {(await each.message()).content for each in asked} == {"done"}
