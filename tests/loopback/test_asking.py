"""Each way to speak to a bot, and what the person sees of the answer."""

import pytest

from loopback import Impossible


async def test_a_question_is_acknowledged_then_answered_and_followed_up(bot, ada, channel):
    asked = await ada.slash(channel, "ask", question="When?")
    answer = await asked.message()

    assert asked.acknowledged_after < 3
    assert asked.deferred
    assert not asked.ephemeral
    assert (answer.content, answer.embeds[0].description) == ("done", "When?")
    assert (await asked.followup()).flags.ephemeral
    assert [message.id for message in channel.messages] == [answer.id]


async def test_a_private_answer_is_seen_by_whoever_asks_alone(bot, ada, channel):
    asked = await ada.slash(channel, "ask", question="When?", private=True)

    assert (await asked.message()).flags.ephemeral
    assert channel.messages == []


async def test_an_option_is_completed(bot, ada, channel):
    choices = await ada.autocomplete(channel, "ask", "topic", "sc", question="When?")
    assert choices == [{"name": "Scans", "value": "scans"}]


async def test_a_subcommand_takes_a_file_and_gives_one(bot, ada, channel):
    kept = await (await ada.slash(channel, "notes keep", file=("deal.txt", b"x" * 70_000))).message()

    assert kept.content == "70000 bytes"
    assert kept.attachments[0].filename == "back.txt"


async def test_a_message_is_read_from_its_menu(bot, ada, channel):
    message = await ada.send(channel, "It was lit in 1872.")
    read = await ada.context_menu(channel, "Read this", message)

    assert (await read.message()).content == "It says: It was lit in 1872."


async def test_a_button_shows_a_form_that_is_sent_off(bot, ada, channel):
    answer = await (await ada.slash(channel, "ask", question="When?")).message()
    form = await (await ada.click(answer, "Correct")).modal()
    thanks = await ada.submit(form, {"What is wrong?": "the year"})

    assert form.title == "Correct this"
    assert (await thanks.message()).content == "Noted: the year"
    assert thanks.ephemeral


async def test_a_button_by_its_id_changes_its_message(bot, ada, channel):
    answer = await (await ada.slash(channel, "ask", question="When?")).message()

    assert (await (await ada.click(answer, "small:shout")).message()).content == "DONE"


async def test_a_choice_in_a_menu_changes_its_message_after_a_moment(bot, ada, channel):
    answer = await (await ada.slash(channel, "ask", question="When?")).message()

    assert (await (await ada.select(answer, "b")).message()).content == "about b"


async def test_a_mention_is_answered_and_pings_nobody(bot, discord, ada, channel):
    await ada.send(channel, f"{discord.mention} hello @everyone")
    answer = await channel.next_message()

    assert answer.content.endswith("hello @\u200beveryone")
    assert discord.pinged(answer) == set()


async def test_a_direct_message_is_heard_and_a_command_used_there_is_answered(bot, ada):
    await ada.dm("between us")
    answer = await (await ada.slash(ada.dms, "ask", question="When?")).message()

    assert bot.heard == ["between us"]
    assert answer.content == "done"


async def test_without_the_intent_only_what_is_meant_for_the_bot_has_words(bot, discord, ada, channel):
    await ada.send(channel, f"{discord.mention} first")
    answer = await channel.next_message()
    await ada.send(channel, "idle talk")
    await ada.send(channel, "quiet", reply_to=answer, ping=False)
    await ada.send(channel, "and then?", reply_to=answer)
    await channel.next_message()

    assert [words.rpartition(" ")[2] for words in bot.heard] == ["first", "", "", "then?"]


async def test_a_command_for_moderators_is_not_offered_to_others(bot, guild, ada, channel):
    with pytest.raises(Impossible, match="not visible to this user"):
        await ada.slash(channel, "tidy")
    guild.permit(ada, "manage_guild")

    assert (await (await ada.slash(channel, "tidy")).message()).content == "tidied"


async def test_commands_are_known_as_they_were_last_synced(bot, discord):
    bot.tree.remove_command("tidy")
    await bot.tree.sync()

    assert set(discord.commands) == {"ask", "notes", "Read this"}
    assert discord.syncs == 2
