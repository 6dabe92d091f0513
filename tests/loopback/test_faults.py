"""Routes that fail, drop and limit; time that passes; things that vanish."""

import time

import aiohttp
import discord as discord_py
import pytest
from discord import app_commands

SEND = "POST /channels/{}/messages"
CALLBACK = "POST /interactions/{}/{}/callback"
EDIT = "PATCH /webhooks/{}/{}/messages/@original"


@pytest.fixture
def place(bot, channel):
    """The channel as the bot knows it."""
    return bot.get_channel(channel.id)


async def test_a_limit_out_of_the_blue_is_waited_out(bot, discord, ada, channel):
    discord.limit(EDIT, retry_after=0.3)
    began = time.monotonic()
    asked = await ada.slash(channel, "ask", question="When?")

    assert (await asked.message()).content == "done"
    assert time.monotonic() - began >= 0.3
    assert [request.status for request in discord.requests(EDIT)] == [429, 200]


async def test_a_limit_that_is_told_in_time_is_never_met(bot, discord, place):
    discord.bucket(SEND, calls=2, seconds=0.3)
    for n in range(5):
        await place.send(str(n))

    assert [request.status for request in discord.requests(SEND)] == [200] * 5


async def test_a_limit_that_is_overstepped_is_429(bot, discord, place):
    discord.bucket(SEND, calls=1, seconds=0.3)
    url = f"https://discord.com/api/v10/channels/{place.id}/messages"
    async with aiohttp.ClientSession(connector=discord.connector) as session:
        for _ in range(2):
            await session.post(url, json={"content": "!"}, headers={"Authorization": f"Bot {discord.token}"})

    assert [request.status for request in discord.requests(SEND)] == [200, 429]


async def test_502_is_tried_again_and_503_is_not(bot, discord, place):
    discord.fail(SEND, status=502)
    await place.send("again")
    discord.fail(SEND, status=503)
    with pytest.raises(discord_py.DiscordServerError):
        await place.send("not again")

    assert [request.status for request in discord.requests(SEND)] == [502, 200, 503]


async def test_a_failure_after_the_effect_leaves_the_effect(bot, discord, ada, channel):
    discord.fail(CALLBACK, status=502, after_effect=True)
    discord.expect(40060)
    asked = await ada.slash(channel, "ask", question="When?")

    assert (await bot.errors.get()).code == 40060
    assert asked.deferred


@pytest.mark.parametrize(("after_effect", "there"), [(False, []), (True, ["hello"])])
async def test_a_connection_is_cut_before_or_after_the_effect(after_effect, there, discord, place, channel):
    discord.drop(SEND, after_effect=after_effect)
    with pytest.raises(aiohttp.ClientError):
        await place.send("hello")

    assert [message.content for message in channel.messages] == there


async def test_a_nonce_keeps_a_message_that_is_sent_again_from_being_there_twice(discord, place, channel):
    discord.drop(SEND, after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await place.send("hello", nonce=7)
    again = await place.send("hello", nonce=7)

    assert [message.id for message in channel.messages] == [again.id]


async def test_a_late_answer_is_late(bot, discord, ada, channel):
    discord.delay(EDIT, 0.2)
    asked = await ada.slash(channel, "ask", question="When?")
    await asked.acknowledged()

    with pytest.raises(AssertionError, match=r"waited 0.1 s for an answer to /ask"):
        await asked.message(within=0.1)
    assert (await asked.message()).content == "done"


async def test_after_three_seconds_an_interaction_is_unknown(bot, discord, ada, channel):
    discord.before(CALLBACK, lambda: discord.skip(3))
    discord.expect(10062)
    await ada.slash(channel, "ask", question="When?")

    assert (await bot.errors.get()).code == 10062


async def test_after_fifteen_minutes_an_interaction_is_over(bot, discord, ada, channel):
    discord.expect(50027)
    asked = await ada.slash(channel, "ask", question="When?", slowly=True)
    await asked.acknowledged()
    discord.skip(15 * 60)
    bot.thinking.set()

    assert (await bot.errors.get()).status == 401


@pytest.mark.parametrize(
    "vanish", [lambda asked, _channel: asked.delete(), lambda _asked, channel: channel.delete()]
)
async def test_an_answer_or_its_channel_can_vanish_while_the_bot_thinks(vanish, bot, discord, ada, channel):
    discord.expect(404)
    asked = await ada.slash(channel, "ask", question="When?", slowly=True)
    await asked.acknowledged()
    vanish(asked, channel)
    bot.thinking.set()

    assert (await bot.errors.get()).status == 404


@pytest.mark.parametrize(
    ("permission", "message", "code"),
    [
        ("send_messages", {"content": "hello"}, 50013),
        ("embed_links", {"embed": discord_py.Embed(title="hello")}, 50013),
        ("attach_files", {"content": "hello", "file": discord_py.File(__file__)}, 50013),
        ("read_message_history", {"content": "hello", "reference": discord_py.Object(1)}, 160002),
    ],
)
async def test_what_the_bot_may_not_do_is_refused(permission, message, code, discord, place, channel, ada):
    if "reference" in message:
        said = await ada.send(channel, "hello?")
        message = message | {"reference": place.get_partial_message(said.id)}
    channel.deny_bot(permission)
    discord.expect(code)
    with pytest.raises(discord_py.Forbidden) as refused:
        await place.send(**message)

    assert refused.value.code == code


async def test_a_file_is_not_what_it_is_declared_to_be(bot, discord, ada, channel):
    discord.declare("deal.txt", size=3, content_type="image/png")
    message = await ada.send(channel, discord.mention, attachments=[("deal.txt", b"x" * 70_000)])
    await channel.next_message()
    seen = next(kept for kept in bot.cached_messages if kept.id == message.id).attachments[0]

    assert (seen.size, seen.content_type) == (3, "image/png")
    assert len(await seen.read()) == 70_000


async def test_a_file_cannot_be_fetched(bot, discord, ada, channel):
    discord.fail("GET /attachments/{}/{}/{}", status=404)
    await ada.slash(channel, "notes keep", file=("deal.txt", b"x"))

    assert (await bot.errors.get()).status == 404


async def test_a_command_that_is_gone_can_still_be_used_for_a_while(bot, ada, channel):
    bot.tree.remove_command("ask")
    await bot.tree.sync()
    await ada.slash(channel, "ask", question="Still there?")

    assert isinstance(await bot.errors.get(), app_commands.CommandNotFound)
