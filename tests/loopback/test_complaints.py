"""Who breaks Discord's contract fails the test, at its end at the latest."""

import logging

import discord as discord_py
import pytest

from loopback import Discord
from loopback.contract import contract
from loopback.small_bot import SmallBot

MESSAGES = "/channels/1/messages"
COMMANDS = "/applications/1/commands"
CALLBACK = "/interactions/1/token/callback"
LONG_MENTIONS = {"parse": ["users"], "users": ["1"]}
BUTTON = {"type": 2, "style": 1, "label": "A", "custom_id": "a"}


async def ended_with(do, expect=()):
    """Have a bot do something, and give what is complained of at the end."""
    async with Discord() as discord:
        for code in expect:
            discord.expect(code)
        channel = discord.guild().channel()
        async with discord.running(SmallBot(discord.connector)) as bot:
            await do(discord, bot.get_channel(channel.id))


async def test_a_body_against_the_contract_fails_the_test():
    async def send_too_much(_discord, channel):
        with pytest.raises(discord_py.HTTPException):
            await channel.send("x" * 2001)

    with pytest.raises(AssertionError, match="content over 2000"):
        await ended_with(send_too_much, expect=[50035])


async def test_a_refusal_that_nobody_expects_fails_the_test():
    async def fetch(_discord, channel):
        with pytest.raises(discord_py.NotFound):
            await channel.fetch_message(1)

    with pytest.raises(AssertionError, match="404 10008 Unknown Message"):
        await ended_with(fetch)
    await ended_with(fetch, expect=[10008])


async def test_two_answers_to_an_interaction_fail_the_test():
    async def answer_twice():
        async with Discord() as discord:
            guild = discord.guild()
            channel, ada = guild.channel(), guild.member("ada")
            async with discord.running(SmallBot(discord.connector)) as bot:
                await (await ada.slash(channel, "ask", question="When?", private=True)).followup()
                discord.gateway.repeat_last()
                await bot.errors.get()

    with pytest.raises(AssertionError, match="400 40060 Interaction has already been acknowledged"):
        await answer_twice()


async def test_a_route_that_the_loopback_lacks_fails_the_test():
    async def ask_for_regions(discord, channel):
        with pytest.raises(discord_py.HTTPException):
            await channel.guild.widget()

    with pytest.raises(AssertionError, match="does not implement"):
        await ended_with(ask_for_regions)


async def test_what_was_expected_and_never_came_fails_the_test():
    async def nothing(discord, _channel):
        discord.fail("POST /nowhere")

    with pytest.raises(AssertionError, match=r"nothing was refused with 50013\n.*POST /nowhere"):
        await ended_with(nothing, expect=[50013])


async def test_a_blocked_event_loop_fails_the_test():
    async def block(_discord, _channel):  # really it takes 10 s until discord.py says so
        log = logging.getLogger("discord.gateway")
        log.warning("Shard ID %s heartbeat blocked for more than %s seconds.", None, 10)

    with pytest.raises(AssertionError, match="heartbeat blocked for more than 10 seconds"):
        await ended_with(block)


async def test_a_loopback_that_breaks_fails_the_test():
    async def break_it(discord, channel):
        discord.before("POST /channels/{}/messages", lambda: 1 / 0)
        with pytest.raises(discord_py.HTTPException):
            await channel.send("hello")

    with pytest.raises(AssertionError, match="the loopback broke at /api/v10/channels"):
        await ended_with(break_it)


async def test_an_error_of_the_test_itself_bears_the_complaints_as_a_note():
    async def look_for_nothing(_discord, _channel):
        raise KeyError

    with pytest.raises(KeyError) as raised:
        await ended_with(look_for_nothing, expect=[50013])

    assert raised.value.__notes__ == ["nothing was refused with 50013"]


def command(**about):
    return [{"name": "ask", "description": "Ask.", "type": 1} | about]


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", MESSAGES, {"content": "🦊" * 1001}, "content over 2000"),
        ("POST", MESSAGES, {"content": ""}, "the message is empty"),
        ("POST", MESSAGES, {"embeds": [{"description": "x" * 4000}] * 2}, "embeds over 6000"),
        ("POST", MESSAGES, {"embeds": [{"url": "javascript:x"}]}, "leads to javascript:x"),
        ("POST", MESSAGES, {"content": "a", "allowed_mentions": LONG_MENTIONS}, "both parses users"),
        (
            "POST",
            MESSAGES,
            {"content": "a", "components": [{"type": 1, "components": [BUTTON]}] * 6},
            "5 rows",
        ),
        ("POST", MESSAGES, {"content": "a", "components": [{"type": 2, "style": 5}]}, "leads nowhere"),
        ("PATCH", f"{MESSAGES}/1", {"content": "x" * 2001}, "content over 2000"),
        ("POST", "/webhooks/1/token", {"content": "x" * 2001}, "content over 2000"),
        ("POST", CALLBACK, {"type": 4, "data": {"content": ""}}, "the message is empty"),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "x" * 101}]}}, "over 100"),
        ("POST", CALLBACK, {"type": 9, "data": {"components": [{}] * 6}}, "more than 5 parts"),
        ("PUT", COMMANDS, command(name="Ask"), "'Ask' is no name"),
        ("PUT", COMMANDS, command(description=""), "lacks a description"),
        ("PUT", COMMANDS, command() * 101, "more than 100"),
    ],
)
def test_a_limit_that_is_stated_in_prose_is_held(method, path, body, told):
    assert told in "\n".join(contract().breaches(method, path, body))


@pytest.mark.skipif(not contract().described, reason="Discord's OpenAPI description is not at hand")
@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", MESSAGES, {"embeds": [{"title": "x" * 257}]}, "$.embeds[0].title: "),
        ("PUT", COMMANDS, command(description="x" * 101), "$[0].description"),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}] * 26}}, "too long"),
        ("PUT", "/nowhere", {}, "Discord has no such route"),
        ("PUT", COMMANDS, None, "the body is missing"),
    ],
)
def test_a_body_unlike_the_description_is_told_where(method, path, body, told):
    assert told in "\n".join(contract().breaches(method, path, body))


def test_ids_as_discord_py_sends_them_are_accepted():
    reply = {
        "content": "a",
        "attachments": [{"id": 0}],
        "message_reference": {"message_id": 1, "channel_id": 1},
    }

    assert contract().breaches("POST", MESSAGES, reply) == []
