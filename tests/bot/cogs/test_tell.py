"""Whoever wishes to hear is told, once, where they asked."""

import asyncio

import pytest

from bot.cogs import tell
from knowledge.types import STARTER, scope_of

from .test_ask import text_of

PICNIC = "When is the summer picnic of the local?"
HELD = "The summer picnic of the local is held on 14 June 2026 in Griffith Park."
WISH = "Tell me when you know"


@pytest.fixture
def learn(harbour, document, take_in, guild):
    """Have the guild's sources answer."""

    async def learn(text=HELD, scope=None, name="picnic"):
        scope = scope or scope_of(str(guild.id))
        known = document(text, "The summer picnic", name=name, scope=scope)
        await asyncio.to_thread(take_in, harbour, known)

    return learn


async def wish(channel, person, question=PICNIC, **options):
    message = await (await person.slash(channel, "ask", question=question, **options)).message()
    pressed = await person.click(message, WISH)
    await pressed.message()
    return pressed


async def test_whoever_wishes_is_told_in_the_channel_and_they_alone_are_pinged(
    discord, bot, channel, ada, learn
):
    pressed = await wish(channel, ada)
    await channel.next_message()
    await learn()
    told = await channel.next_message()

    assert pressed.ephemeral
    assert told.content == f"<@{ada.id}> You wished to hear: {PICNIC}"
    assert "14 June 2026" in text_of(told)
    assert discord.pinged(told) == {"ada"}


async def test_the_answer_has_its_buttons(discord, bot, channel, ada, learn):
    await wish(channel, ada)
    await channel.next_message()
    await learn()
    shown = await (await ada.click(await channel.next_message(), "Show passage")).message()

    assert "14 June 2026" in text_of(shown)


async def test_nobody_is_told_twice_or_before_there_is_an_answer(bot, channel, ada, learn):
    await wish(channel, ada)
    await channel.next_message()
    await learn("The quay of Sark is closed on Sundays.", name="quay")
    await learn()
    first = await channel.next_message()
    await learn("The summer picnic of the local is held on 15 June 2026.")
    with pytest.raises(AssertionError):
        await channel.next_message(within=2.5)

    assert "14 June 2026" in text_of(first)


async def test_who_asked_in_private_is_told_in_a_direct_message(discord, bot, channel, ada, learn):
    await wish(channel, ada, private=True)
    await learn()
    told = await ada.dms.next_message()

    assert told.content == f"You wished to hear: {PICNIC}"
    assert "14 June 2026" in text_of(told)
    assert channel.messages == []


async def test_who_asked_in_a_direct_message_is_told_there_of_what_is_for_all(bot, ada, learn):
    await ada.dm(PICNIC)
    await (await ada.click(await ada.dms.next_message(), WISH)).message()
    await learn(scope=STARTER)

    assert "14 June 2026" in text_of(await ada.dms.next_message())


async def test_where_the_server_answers_in_private_by_now_it_tells_in_private(
    bot, channel, ada, guild, learn
):
    await wish(channel, ada)
    await bot.wishes.change(guild.id, private=True)
    await learn()

    assert "14 June 2026" in text_of(await ada.dms.next_message())


async def test_who_has_left_the_server_hears_nothing_of_it(discord, bot, channel, ada, guild, learn):
    ben = guild.member("ben")
    await wish(channel, ada, private=True)
    await wish(channel, ben, private=True)
    discord.world.backend.remove_member(guild.id, ada.id)
    discord.expect(10007)
    await learn()
    await ben.dms.next_message()

    assert ada.dms.messages == []


async def test_what_another_server_learns_tells_nobody_here(discord, bot, channel, ada, learn):
    other = discord.guild("Another")
    elsewhere, ben = other.channel(), other.member("ben")
    await wish(channel, ada)
    await wish(elsewhere, ben)
    await channel.next_message()
    await elsewhere.next_message()
    await learn(scope=scope_of(str(other.id)))
    await elsewhere.next_message()

    assert len(channel.messages) == 1


async def test_a_wish_outlives_a_restart_and_hears_of_what_came_meanwhile(
    discord, make_bot, channel, ada, learn
):
    async with discord.running(make_bot()):
        await wish(channel, ada)
        await channel.next_message()
    await learn()
    async with discord.running(make_bot()):
        told = await channel.next_message()

    assert "14 June 2026" in text_of(told)


async def test_who_cannot_be_told_where_they_asked_is_told_in_private_and_others_hear(
    discord, bot, channel, guild, ada, learn
):
    gone = guild.channel("gone")
    await discord.ready()
    await wish(gone, ada)
    await wish(channel, guild.member("ben"))
    await channel.next_message()
    gone.delete()
    discord.expect(10003)
    await learn()

    assert "14 June 2026" in text_of(await channel.next_message())
    assert "14 June 2026" in text_of(await ada.dms.next_message())


async def test_all_that_is_open_is_asked_again_however_much_that_is(bot, channel, ada, learn, monkeypatch):
    monkeypatch.setattr(tell, "MOST_AGAIN", 1)
    for question in ("Who pays the piper of Corvo?", "Where is the quay of Sark?", PICNIC):
        await wish(channel, ada, question)
        await channel.next_message()
    await learn()

    assert "14 June 2026" in text_of(await channel.next_message())
