"""How the bot comes into Discord, and out of it."""

import asyncio
import logging
import sqlite3

import pytest
from sqlalchemy import event

from bot import client
from bot.client import BotFault, Rules, run
from bot.settings import BotSettings
from bot.tidying import tidy
from ingest.submit import see_through
from knowledge.errors import InvalidDocument
from knowledge.ledger import UNDO
from knowledge.library import CATALOGUE
from knowledge.schema import now
from knowledge.types import STARTER

from .cogs.test_ask import Remembering, text_of
from .conftest import LIT


async def test_its_commands_are_made_known(discord, bot):
    assert {"ask", "Ask about this", "fact", "about", "help", "setup"} <= set(discord.commands)


async def test_commands_are_made_known_again_only_where_they_changed(discord, make_bot, harbour):
    for _ in range(2):
        async with discord.running(make_bot()):
            pass
    assert discord.syncs == 1

    harbour.catalogue.set_notes(commands="of another release")
    async with discord.running(make_bot()):
        pass
    assert discord.syncs == 2


async def test_no_privileged_intent_is_asked_for(bot):
    assert not {name for name, on in bot.intents if on} & {"members", "presences", "message_content"}


async def test_a_wrong_token_ends_in_one_sentence_that_does_not_tell_it(discord, make_bot, caplog):
    caplog.set_level(logging.INFO)
    discord.expect(401)
    with pytest.raises(BotFault, match="Discord refuses the token; copy it anew"):
        await run(make_bot(), "a.wrong.token")

    assert "a.wrong.token" not in caplog.text


@pytest.mark.parametrize(
    ("code", "words"), [(4004, "refuses the token"), (4014, "refuses the bot's intents")]
)
async def test_a_refusal_at_the_gateway_ends_in_one_sentence(discord, make_bot, code, words):
    running = asyncio.create_task(run(make_bot(), discord.token))
    await discord.ready()
    await discord.gateway.close(code)

    with pytest.raises(BotFault, match=words):
        await running


async def test_a_stop_waits_for_the_answer_under_way(discord, make_bot, channel, ada):
    async with discord.running(make_bot(Remembering(seconds=1.0))):
        asked = await ada.slash(channel, "ask", question=LIT)
        await asked.acknowledged()

    assert text_of(await asked.message()).startswith("My sources")


async def test_who_asks_during_a_stop_is_told_to_ask_again(discord, make_bot, channel, ada):
    async with discord.running(make_bot(Remembering(seconds=1.0))) as bot:
        first = await ada.slash(channel, "ask", question="one")
        await first.acknowledged()
        closing = asyncio.create_task(bot.close())
        await asyncio.sleep(0)
        second = await ada.slash(channel, "ask", question="two")

        assert "ask again in a minute" in (await second.message()).content
        await closing


async def test_who_mentions_or_presses_during_a_stop_is_told_as_well(discord, make_bot, channel, ada):
    async with discord.running(make_bot(Remembering(seconds=1.0))) as bot:
        first = await ada.slash(channel, "ask", question="one")
        await first.acknowledged()
        closing = asyncio.create_task(bot.close())
        await asyncio.sleep(0)
        await ada.send(channel, f"{discord.mention} two")

        assert "ask again in a minute" in text_of(await channel.next_message())
        await closing


async def test_an_answer_that_takes_too_long_for_a_stop_is_called_off_in_words(
    discord, make_bot, channel, ada, monkeypatch
):
    monkeypatch.setattr(client, "DRAIN", 0.2)
    async with discord.running(make_bot(Remembering(seconds=2.0))):
        asked = await ada.slash(channel, "ask", question="one")
        await asked.acknowledged()
        await ada.send(channel, f"{discord.mention} two")
        await discord.ready()

    assert "ask again in a minute" in text_of(await asked.message())
    assert "ask again in a minute" in text_of(channel.messages[-1])


async def test_a_catalogue_that_is_locked_does_not_stop_the_bot(
    discord, make_bot, channel, ada, harbour, caplog
):
    lock = sqlite3.connect(harbour.data_dir / CATALOGUE, isolation_level=None)
    bot = make_bot()
    event.listen(bot.memory._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout = 50"))
    async with discord.running(bot):
        lock.execute("BEGIN IMMEDIATE")
        forgetting = asyncio.create_task(tidy(bot))
        asked = await ada.slash(channel, "ask", question=LIT)
        message = await asked.message()
        await asyncio.sleep(0.2)

        assert "1891" in text_of(message)
        assert message.components == []
        assert not forgetting.done()
        forgetting.cancel()
    lock.close()
    assert "cannot be remembered" in caplog.text
    assert LIT not in caplog.text


async def test_what_was_removed_long_ago_is_erased_while_the_bot_runs(
    harbour, make_bot, document, take_in, monkeypatch
):
    take_in(harbour, document("The zyzzyva of Vaduz.", name="z"))
    take_in(harbour, remove=["starter-z"])
    later = now() + UNDO
    monkeypatch.setattr("ingest.index.now", lambda: later)

    tidying = asyncio.create_task(tidy(make_bot()))
    while b"zyzzyva" in (harbour.data_dir / CATALOGUE).read_bytes():  # noqa: ASYNC110 - it is a file
        await asyncio.sleep(0.05)

    tidying.cancel()


async def test_what_is_ingested_beside_the_bot_is_answered_from(
    discord, make_bot, channel, ada, harbour, document
):
    running = asyncio.create_task(run(make_bot(), discord.token))
    await discord.ready()
    job = harbour.catalogue.ask(
        add=[document("The zeppelin of Vaduz was sold in 1932.", "Zeppelin", name="z")]
    )
    await asyncio.to_thread(see_through, harbour, job)

    asked = await ada.slash(channel, "ask", question="When was the zeppelin of Vaduz sold?")
    assert "1932" in text_of(await asked.message())
    running.cancel()
    await asyncio.wait([running])
    assert harbour.catalogue.counts(STARTER) == {"document": 4}


async def test_pages_are_fetched_at_the_ports_that_the_operator_names_and_from_the_open_internet_alone():
    rules = Rules.of(BotSettings(_env_file=None, fetch_ports="8443"))

    with pytest.raises(InvalidDocument, match="a port other than 8443"):
        await rules.fetch("http://127.0.0.1/")
    with pytest.raises(InvalidDocument, match="not on the open internet"):
        await rules.fetch("http://127.0.0.1:8443/")
