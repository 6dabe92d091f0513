"""Every way of asking, through Discord."""

import re
import time

import pytest

from knowledge.errors import ChatModelFault
from knowledge.types import Answer

from ..conftest import LIT, NONSENSE, at_rest

LIT_ANSWER = "The lighthouse of Corvo was lit on 3 May 1891. [1]"


def text_of(message):
    return message.embeds[0].description


def labels(message):
    return [button.label for row in message.components for button in row.children]


def fields(message):
    return {field.name: field.value for field in message.embeds[0].fields}


class Remembering:
    """An answerer that notes what it is asked."""

    chat_model = None

    def __init__(self, seconds=0.0, error=None):
        self.seconds, self.error = seconds, error
        self.asked = []

    def answer(self, question, history=(), guild=None, progress=None):
        time.sleep(self.seconds)
        self.asked.append((question, [turn.question for turn in history], guild))
        if self.error:
            raise self.error
        return Answer(question, "My sources hold nothing on that.", (), 0.1, None)


async def test_a_question_is_answered_with_its_sources(bot, channel, ada):
    asked = await ada.slash(channel, "ask", question=LIT)
    message = await asked.message()

    assert text_of(message).startswith(LIT_ANSWER)
    assert fields(message)["[1] Quoted from “The lighthouse of Corvo”"] == (
        "Harbour Office · 1999-04\n<https://example.org/harbour>"
    )
    assert message.embeds[0].footer.text.startswith("Confidence: ")
    assert labels(message) == ["Show passage", "Helpful", "Not helpful"]


async def test_a_question_is_acknowledged_before_it_is_answered(discord, make_bot, channel, ada):
    async with discord.running(make_bot(Remembering(seconds=1.0))):
        asked = await ada.slash(channel, "ask", question=LIT)
        await asked.acknowledged()

        assert asked.deferred
        assert asked.acknowledged_after < 0.9
        await asked.message()


async def test_an_answer_is_public_unless_private_is_wished(bot, channel, ada):
    public = await ada.slash(channel, "ask", question=LIT)
    await public.message()
    private = await ada.slash(channel, "ask", question=LIT, private=True)
    await private.message()

    assert not public.ephemeral
    assert private.ephemeral
    assert len(channel.messages) == 1


async def test_a_message_can_be_asked_about_from_its_menu(bot, channel, ada, guild):
    question = await guild.member("ben").send(channel, LIT)
    asked = await ada.context_menu(channel, "Ask about this", question)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)


async def test_a_message_without_text_cannot_be_asked_about(bot, channel, ada):
    picture = await ada.send(channel, attachments=[("lamp.png", b"\x89PNG")])
    asked = await ada.context_menu(channel, "Ask about this", picture)

    assert "no text to ask about" in (await asked.message()).content


async def test_a_mention_is_answered_with_a_reply(discord, bot, channel, ada):
    question = await ada.send(channel, f"{discord.mention} {LIT}")
    answer = await channel.next_message()

    assert text_of(answer).startswith(LIT_ANSWER)
    assert answer.reference.message_id == question.id
    assert discord.pinged(answer) == set()


async def test_a_mention_without_a_question_is_told_how_to_ask(discord, bot, channel, ada):
    await ada.send(channel, discord.mention)

    assert "/ask" in text_of(await channel.next_message())


async def test_a_mention_in_a_thread_is_answered_there(discord, bot, channel, ada):
    thread = channel.thread("lamps")
    await ada.send(thread, f"{discord.mention} {LIT}")

    assert text_of(await thread.next_message()).startswith(LIT_ANSWER)


async def test_what_people_say_to_one_another_is_not_answered(discord, bot, channel, ada, guild):
    await ada.send(channel, LIT)
    other = await guild.member("ben").send(channel, "No idea.")
    await ada.send(channel, LIT, reply_to=other)
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert (await channel.next_message()).reference.message_id == channel.messages[-2].id
    assert len(channel.messages) == 5


async def test_a_reply_that_notifies_the_bot_goes_on_from_its_answer(discord, make_bot, channel, ada):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)) as bot:
        await ada.send(channel, f"{discord.mention} one")
        first = await channel.next_message()
        await at_rest(bot)
        _let_count(bot, first)
        await ada.send(channel, "and two", reply_to=first)
        await channel.next_message()

    assert answerer.asked[1][:2] == ("and two", ["one"])


def _let_count(bot, message):
    """An abstention is no turn; let this one be an answer."""
    with bot.memory._writing.begin() as connection:
        connection.exec_driver_sql("UPDATE answers SET abstained = 0")


async def test_a_reply_chain_is_followed_across_people(discord, make_bot, channel, ada, guild):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)) as bot:
        await ada.send(channel, f"{discord.mention} one")
        first = await channel.next_message()
        await at_rest(bot)
        _let_count(bot, first)
        await guild.member("ben").send(channel, "two", reply_to=first)
        await channel.next_message()

    assert answerer.asked[1][:2] == ("two", ["one"])


async def test_a_follow_up_is_understood_with_the_same_persons_last_question(bot, channel, ada, guild):
    await (await ada.slash(channel, "ask", question="Who was the first keeper of the lighthouse?")).message()
    ours = await ada.slash(channel, "ask", question="and when was that?")
    theirs = await guild.member("ben").slash(channel, "ask", question="and when was that?")

    assert "1891" in text_of(await ours.message())
    assert text_of(await theirs.message()) != text_of(await ours.message())


async def test_a_public_follow_up_tells_nothing_of_private_questions(discord, make_bot, channel, ada):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)) as bot:
        await (await ada.slash(channel, "ask", question="one", private=True)).message()
        await at_rest(bot)
        _let_count(bot, None)
        await (await ada.slash(channel, "ask", question="two")).message()
        await (await ada.slash(channel, "ask", question="three", private=True)).message()

    assert [history for _, history, _ in answerer.asked] == [[], [], ["one"]]


async def test_a_direct_message_is_answered_from_what_is_for_all(discord, make_bot, ada):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)):
        await ada.dm("one")
        await ada.dms.next_message()

    assert answerer.asked == [("one", [], None)]


async def test_a_question_in_a_guild_is_answered_from_its_own_documents_too(
    discord, make_bot, channel, ada, guild
):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)):
        await (await ada.slash(channel, "ask", question="one")).message()

    assert answerer.asked == [("one", [], str(guild.id))]


async def test_where_the_sources_hold_no_answer_it_says_what_it_looked_for(bot, channel, ada):
    message = await (await ada.slash(channel, "ask", question=NONSENSE)).message()

    assert text_of(message).startswith("My sources")
    assert "tungsten" in fields(message)["Looked for"]
    assert labels(message) == ["Tell the moderators", "Tell me when you know"]


async def test_in_a_direct_message_there_are_no_moderators_to_tell(bot, ada):
    await ada.dm(NONSENSE)

    assert labels(await ada.dms.next_message()) == ["Tell me when you know"]


async def test_a_question_in_another_language_is_told_which_one_the_sources_are_in(bot, channel, ada):
    message = await (await ada.slash(channel, "ask", question="¿Cuándo se encendió el faro?")).message()

    assert fields(message)["Language"].startswith("Mis fuentes están en inglés")


@pytest.mark.parametrize("said", ["@everyone", "<@&1> hello", "**[free](https://evil.example)**"])
async def test_nothing_that_is_asked_pings_or_makes_a_link(discord, bot, channel, ada, said):
    message = await (await ada.slash(channel, "ask", question=f"{said} {NONSENSE}")).message()

    assert discord.pinged(message) == set()
    assert "](" not in str([embed.to_dict() for embed in message.embeds])


async def test_what_breaks_is_one_sentence_to_the_person_and_a_traceback_in_the_log(
    discord, make_bot, channel, ada, caplog
):
    async with discord.running(make_bot(Remembering(error=RuntimeError("the disk is gone")))):
        asked = await ada.slash(channel, "ask", question=LIT)
        said = await asked.message()

    assert said.content == "Something broke; the log has the details."
    (entry,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert f"user={ada.id}" in entry.getMessage()
    assert "the disk is gone" in caplog.text
    assert "Traceback" in caplog.text


async def test_what_breaks_behind_a_mention_is_one_sentence_in_reply(discord, make_bot, channel, ada):
    async with discord.running(make_bot(Remembering(error=RuntimeError("the disk is gone")))):
        await ada.send(channel, f"{discord.mention} {LIT}")

        assert text_of(await channel.next_message()) == "Something broke; the log has the details."


KEY = "sk0123456789abcdef"


@pytest.mark.parametrize("fault", [ChatModelFault, RuntimeError])
@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "DISCORD_TOKEN"])
async def test_no_secret_that_an_error_holds_is_told_in_a_message(
    discord, make_bot, channel, ada, monkeypatch, fault, name
):
    monkeypatch.setenv(name, KEY)
    error = fault(f"the provider refuses {KEY}; look at the key")
    async with discord.running(make_bot(Remembering(error=error))):
        slash = await (await ada.slash(channel, "ask", question=LIT)).message()
        await ada.send(channel, f"{discord.mention} {LIT}")
        mention = await channel.next_message()
        while not mention.embeds:  # the slash command's comes first
            mention = await channel.next_message()
        await ada.dm(LIT)
        direct = await ada.dms.next_message()

    told = [slash.content, text_of(mention), text_of(direct)]
    assert [words for words in told if KEY in words] == []
    assert {name in words.replace("\\", "") for words in told} == {fault is ChatModelFault}


async def test_at_info_the_log_names_no_word_of_a_question(bot, channel, ada, caplog):
    caplog.set_level("INFO")
    await (await ada.slash(channel, "ask", question=LIT)).message()

    assert "answered" in caplog.text
    assert "Corvo" not in caplog.text


AGAIN = r"You may ask 1 questions within a minute; ask again <t:\d+:R>\."


@pytest.mark.parametrize("way", ["slash", "mention", "reply", "direct message", "menu"])
async def test_who_asks_too_fast_is_told_when_to_ask_again_on_every_way(
    discord, make_bot, channel, ada, guild, way
):
    async with discord.running(make_bot(Remembering(), questions_a_minute=1)):
        first = await (await ada.slash(channel, "ask", question="one")).message()
        await channel.next_message()
        if way == "slash":
            said = (await (await ada.slash(channel, "ask", question="two")).message()).content
        elif way == "menu":
            message = await ada.send(channel, "two")
            said = (await (await ada.context_menu(channel, "Ask about this", message)).message()).content
        elif way == "direct message":
            await ada.dm("two")
            said = text_of(await ada.dms.next_message())
        else:
            reply_to = first if way == "reply" else None
            await ada.send(channel, f"{discord.mention} two", reply_to=reply_to)
            said = text_of(await channel.next_message())

    assert re.fullmatch(AGAIN, said)


async def test_others_may_ask_meanwhile_and_the_same_person_after_a_minute(
    discord, make_bot, channel, ada, guild, monkeypatch
):
    answerer = Remembering()
    async with discord.running(make_bot(answerer, questions_a_minute=2)):
        for question in ("one", "two", "three"):
            await (await ada.slash(channel, "ask", question=question)).message()
        await (await guild.member("ben").slash(channel, "ask", question="four")).message()
        later = time.time() + 61
        monkeypatch.setattr(time, "time", lambda: later)  # by which discord.py counts
        await (await ada.slash(channel, "ask", question="five")).message()

    assert [question for question, *_ in answerer.asked] == ["one", "two", "four", "five"]
