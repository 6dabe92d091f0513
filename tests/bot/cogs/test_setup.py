import asyncio

import pytest

from ..conftest import LIT
from .test_ask import LIT_ANSWER, fields, text_of


@pytest.fixture
def manager(guild):
    return guild.member("mia", "manage_guild")


async def test_a_manager_sees_what_is_set(bot, channel, manager):
    asked = await manager.slash(channel, "setup show")
    told = fields(await asked.message())

    assert asked.ephemeral
    assert told["For all to see in"] == "all channels"
    assert told["Unless they say otherwise, answers go"] == "to all in the channel"


async def test_answers_can_be_private_unless_said_otherwise(bot, channel, manager, ada):
    await (await manager.slash(channel, "setup answers", private=True)).message()
    asked = await ada.slash(channel, "ask", question=LIT)
    await asked.message()
    public = await ada.slash(channel, "ask", question=LIT, private=False)
    await public.message()

    assert asked.ephemeral
    assert not public.ephemeral


async def test_where_answers_are_private_a_mention_is_not_answered_for_all_to_see(
    discord, bot, channel, manager, ada
):
    await (await manager.slash(channel, "setup answers", private=True)).message()
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert text_of(await channel.next_message()) == (
        "In this server I answer in private: `/ask` answers you alone."
    )


async def test_two_changes_at_once_are_both_kept(bot, guild):
    await asyncio.gather(bot.wishes.change(guild.id, private=True), bot.wishes.change(guild.id, moderators=7))

    assert (bot.wishes[guild.id].private, bot.wishes[guild.id].moderators) == (True, 7)


async def test_elsewhere_than_in_the_chosen_channels_it_answers_in_private(
    discord, bot, channel, guild, manager, ada
):
    questions = guild.channel("questions")
    await discord.ready()
    await (await manager.slash(channel, "setup channels", first=questions.handle)).message()

    here = await ada.slash(questions, "ask", question=LIT)
    await here.message()
    elsewhere = await ada.slash(channel, "ask", question=LIT, private=False)
    await elsewhere.message()
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert not here.ephemeral
    assert elsewhere.ephemeral
    assert f"<#{questions.id}>" in text_of(await channel.next_message())


async def test_in_a_thread_of_a_chosen_channel_it_answers(discord, bot, channel, manager, ada):
    await (await manager.slash(channel, "setup channels", first=channel.handle)).message()
    thread = channel.thread("lamps")
    await ada.send(thread, f"{discord.mention} {LIT}")

    assert text_of(await thread.next_message()).startswith(LIT_ANSWER)


async def test_what_is_set_outlives_a_restart_and_is_that_guilds_alone(discord, make_bot, channel, manager):
    other = discord.guild("Another")
    elsewhere, boss = other.channel(), other.member("bo", "manage_guild")
    async with discord.running(make_bot()):
        await (await manager.slash(channel, "setup answers", private=True)).message()
    async with discord.running(make_bot()):
        ours = fields(await (await manager.slash(channel, "setup show")).message())
        theirs = fields(await (await boss.slash(elsewhere, "setup show")).message())

    name = "Unless they say otherwise, answers go"
    assert ours[name] == "to whoever asks alone"
    assert theirs[name] == "to all in the channel"


async def test_who_may_not_manage_the_server_may_not_set_it_up(discord, bot, channel, ada, guild):
    (command,) = [command for command in await bot.tree.fetch_commands() if command.name == "setup"]
    guild.handle.set_command_permissions(command.id, {ada.members[guild.id]: True})  # as a server may
    asked = await ada.slash(channel, "setup answers", private=True)

    assert "Manage Server" in (await asked.message()).content
    assert not bot.wishes[guild.id].private
