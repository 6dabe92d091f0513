"""What a person sees in Discord while a chat model writes."""

from itertools import pairwise
from threading import Event

import pytest
from loopback import SOON

from bot import client, delivery, progress
from knowledge.build import build_answerer
from knowledge.types import Answer

from .cogs.test_ask import LIT_ANSWER, labels, text_of
from .conftest import LIT, at_rest
from .provider import breaks_off, says, says_when_let

EDIT = "PATCH /webhooks/{}/{}/messages/@original"
SEND = "POST /channels/{}/messages"
FIRST = "It was lit on 3 May 1891 [1]."
SECOND = "Its first keeper was Amalia Brandt [1]."
LIE = "Its first keeper was Tobias Lund [1]."


def footer(message):
    return message.embeds[0].footer.text


@pytest.fixture
def gate():
    """Opened at the end at the latest, lest the provider wait for it."""
    gate = Event()
    yield gate
    gate.set()


@pytest.fixture
def chat_settings(settings, provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.address)
    return settings.model_copy(update={"chat_model": "openai:test"})


@pytest.fixture
async def writing(discord, channel, make_bot, harbour, chat_settings):
    """The bot with a chat model, in Discord."""
    async with discord.running(make_bot(build_answerer(chat_settings, harbour))) as bot:
        yield bot


async def test_a_sentence_is_shown_once_it_is_checked_and_the_answer_when_it_is_whole(
    writing, provider, channel, ada, gate
):
    provider.reply = says_when_let(gate, f"{FIRST} Its first", " keeper was Amalia Brandt [1].")
    asked = await ada.slash(channel, "ask", question=LIT)
    begun = await asked.message()

    assert text_of(begun) == FIRST
    assert footer(begun) == "Still writing …"
    assert labels(begun) == []

    gate.set()
    whole = await asked.edited()
    assert text_of(whole) == f"{FIRST} {SECOND}"
    assert "2 of 2 sentences checked." in footer(whole)
    assert "Show passage" in labels(whole)


async def test_a_mention_gets_one_reply_that_grows(discord, writing, provider, channel, ada, gate):
    provider.reply = says_when_let(gate, f"{FIRST} Its first", " keeper was Amalia Brandt [1].")
    await ada.send(channel, f"{discord.mention} {LIT}")
    begun = await channel.next_message()
    assert text_of(begun) == FIRST

    gate.set()
    await at_rest(writing)
    _, reply = channel.messages
    assert reply.id == begun.id
    assert text_of(reply) == f"{FIRST} {SECOND}"
    assert "2 of 2 sentences checked." in footer(reply)
    assert "Show passage" in labels(reply)


async def test_a_lie_is_never_shown(discord, writing, provider, channel, ada, gate):
    provider.reply = says_when_let(gate, f"{LIE} {FIRST} Its", " first keeper was Amalia Brandt [1].")
    asked = await ada.slash(channel, "ask", question=LIT)
    assert text_of(await asked.message()) == FIRST

    gate.set()
    assert "2 of 3 sentences checked; the rest is left out." in footer(await asked.edited())
    assert all("Tobias" not in str(request.body) for request in discord.requests(EDIT))


@pytest.mark.parametrize("way", ["slash", "mention"])
async def test_a_stream_that_breaks_midway_ends_in_the_quotation(
    discord, writing, provider, channel, ada, gate, way
):
    provider.reply = breaks_off(f"{FIRST} Its first", gate=gate)
    if way == "slash":
        await (await ada.slash(channel, "ask", question=LIT)).message()
    else:
        await ada.send(channel, f"{discord.mention} {LIT}")
        await channel.next_message()
    assert text_of(channel.messages[-1]) == FIRST

    gate.set()
    await at_rest(writing)
    assert text_of(channel.messages[-1]).startswith(LIT_ANSWER)
    assert "checked" not in footer(channel.messages[-1])
    assert len([message for message in channel.messages if message.author.bot]) == 1


async def test_edits_come_at_most_once_a_second(discord, writing, provider, channel, ada):
    provider.reply = says(*[f"{sentence} " for sentence in [FIRST, SECOND] * 4], pause=0.3)
    asked = await ada.slash(channel, "ask", question=LIT)
    while "Still" in footer(await asked.message()):
        await asked.edited()

    at = [request.at for request in discord.requests(EDIT)]
    assert 2 < len(at) < 8
    assert all(later - earlier > 0.99 * progress.PACE for earlier, later in pairwise(at))


@pytest.mark.parametrize("patience", [SOON, 0.1])
async def test_under_a_rate_limit_progress_is_dropped_and_the_answer_is_not(
    discord, writing, provider, channel, ada, monkeypatch, patience
):
    monkeypatch.setattr(progress, "PATIENCE", patience)
    discord.bucket(EDIT, calls=1, seconds=2.5)
    provider.reply = says(*[f"{sentence} " for sentence in [FIRST, SECOND] * 4], pause=0.2)
    asked = await ada.slash(channel, "ask", question=LIT)
    while "Still" in footer(await asked.message()):
        await asked.edited()

    assert text_of(await asked.message()).startswith(f"{FIRST} {SECOND}")
    assert "8 of 8 sentences checked." in footer(await asked.message())
    assert len([request for request in discord.requests(EDIT) if request.status == 200]) == 2


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_fault_at_the_first_sentence_neither_loses_nor_doubles_the_answer(
    discord, writing, provider, channel, ada, gate, monkeypatch, after_effect
):
    monkeypatch.setattr(delivery, "PAUSE", 0.05)
    provider.reply = says_when_let(gate, f"{FIRST} Its first", " keeper was Amalia Brandt [1].")
    for route in (EDIT, SEND):
        discord.drop(route, after_effect=after_effect)
    await ada.slash(channel, "ask", question=LIT)
    await ada.send(channel, f"{discord.mention} {LIT}")
    await discord.ready()
    gate.set()
    await at_rest(writing)

    ours = [message for message in channel.messages if message.author.bot]
    assert [text_of(message) for message in ours] == [f"{FIRST} {SECOND}"] * 2


async def test_a_stop_while_a_chat_model_writes_leaves_no_half_an_answer(
    discord, make_bot, harbour, chat_settings, provider, channel, ada, gate, monkeypatch
):
    monkeypatch.setattr(client, "DRAIN", 0.2)
    provider.reply = says_when_let(gate, f"{FIRST} Its", " first keeper was Amalia Brandt [1].")
    async with discord.running(make_bot(build_answerer(chat_settings, harbour))):
        asked = await ada.slash(channel, "ask", question=LIT)
        await asked.message()
        await ada.send(channel, f"{discord.mention} {LIT}")
        assert text_of(await channel.next_message()) == FIRST

    ours = [message for message in channel.messages if message.author.bot]
    assert len(ours) == 2
    assert all("ask again in a minute" in text_of(message) for message in ours)


class Breaking:
    """An answerer that breaks once it has shown something."""

    chat_model = "openai:test"

    def __init__(self, gate):
        self._gate = gate

    def answer(self, question, history=(), guild=None, progress=None):
        progress(Answer(question, FIRST, (), 0.9, self.chat_model, checked=(1, 1)))
        self._gate.wait(SOON)
        raise RuntimeError("the disk is gone")


async def test_what_breaks_after_a_sentence_leaves_no_half_an_answer(discord, make_bot, channel, ada, gate):
    async with discord.running(make_bot(Breaking(gate))) as bot:
        asked = await ada.slash(channel, "ask", question=LIT)
        assert text_of(await asked.message()) == FIRST
        await ada.send(channel, f"{discord.mention} {LIT}")
        await channel.next_message()
        gate.set()
        await at_rest(bot)

        assert text_of(await asked.message()) == "This answer was not finished."
        assert (await asked.followup()).content == "Something broke; the log has the details."
        assert text_of(channel.messages[-1]) == "Something broke; the log has the details."


async def test_past_the_budget_the_reader_is_told_in_a_line(
    discord, make_bot, harbour, chat_settings, provider, channel, ada
):
    provider.reply = says(FIRST)
    tight = chat_settings.model_copy(update={"chat_calls_per_guild": 1})
    async with discord.running(make_bot(build_answerer(tight, harbour))):
        within = await (await ada.slash(channel, "ask", question=LIT)).message()
        past = await (await ada.slash(channel, "ask", question=LIT)).message()

    assert text_of(within) == FIRST
    assert text_of(past).startswith(LIT_ANSWER)
    assert "This server's share of the chat model's budget for today is spent" in footer(past)
