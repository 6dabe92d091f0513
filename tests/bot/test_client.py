"""The unmodified Discord client, against a Discord on loopback."""

import logging
import time

import pytest

from bot.client import BotFault, build_bot, run
from knowledge.types import Answer, Citation, Provenance, Source


class SlowAnswerer:
    """Answers as a slow machine does, and remembers for whom."""

    def __init__(self, seconds=0.0, error=None):
        self.seconds, self.error = seconds, error
        self.asked = []

    def answer(self, question, history=(), guild=None):
        time.sleep(self.seconds)
        self.asked.append((question, guild))
        if self.error:
            raise self.error
        source = Source(
            "corvo",
            "starter",
            "document",
            Provenance("The lighthouse", "Harbour Office", "https://example.org/l"),
        )
        citation = Citation(1, source, "It was lit in 1872.")
        return Answer(question, "It was lit in 1872. [1]", (citation,), 0.9, "quoting")


@pytest.fixture
def answerer():
    return SlowAnswerer()


@pytest.fixture
async def _bot(discord, answerer, channel):
    async with discord.running(build_bot(answerer, connector=discord.connector)):
        yield


@pytest.mark.usefixtures("_bot")
async def test_the_command_is_made_known_to_discord(discord):
    assert list(discord.commands) == ["ask"]


@pytest.mark.usefixtures("_bot")
async def test_a_question_is_acknowledged_at_once_and_answered_when_the_answer_is_there(
    answerer, guild, ada, channel
):
    answerer.seconds = 1.5
    asked = await ada.slash(channel, "ask", question="When was it lit?")
    answer = (await asked.message()).embeds[0]

    assert asked.deferred
    assert asked.acknowledged_after < 1
    assert answerer.asked == [("When was it lit?", str(guild.id))]
    assert answer.description == "It was lit in 1872. [1]"
    assert "https://example.org/l" in answer.fields[0].value


@pytest.mark.usefixtures("_bot")
async def test_a_private_question_is_seen_by_whoever_asks_alone(ada, channel):
    asked = await ada.slash(channel, "ask", question="When was it lit?", private=True)

    assert (await asked.message()).flags.ephemeral
    assert channel.messages == []


@pytest.mark.usefixtures("_bot")
async def test_an_answer_pings_nobody(discord, ada, channel):
    await (await ada.slash(channel, "ask", question="@everyone?")).message()

    assert discord.requests("POST /webhooks/{}/{}")[0].body["allowed_mentions"] == {"parse": []}


@pytest.mark.usefixtures("_bot")
async def test_what_breaks_is_one_sentence_to_the_person_and_a_traceback_in_the_log(
    answerer, ada, channel, caplog
):
    answerer.error = RuntimeError("the disk is gone")
    asked = await ada.slash(channel, "ask", question="When was it lit?")

    assert (await asked.message()).content == "Something broke; the log has the details."
    assert "the disk is gone" in caplog.text
    assert "Traceback" in caplog.text


async def test_a_wrong_token_ends_in_one_sentence_that_does_not_tell_it(discord, library, answerer, caplog):
    caplog.set_level(logging.INFO)
    discord.expect(401)
    with pytest.raises(BotFault, match="Discord refuses the token; copy it anew"):
        await run(library, answerer, "a.wrong.token", connector=discord.connector)

    assert "a.wrong.token" not in caplog.text
