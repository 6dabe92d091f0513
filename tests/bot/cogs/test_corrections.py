"""Moderators correct facts for their server: what counts, for whom, and who did it."""

import asyncio
import sys

import pytest

from bot.client import _take_in
from ingest.index import writing
from ingest.submit import catch_up
from knowledge.facts import Corpus

from .test_ask import text_of
from .test_facts import offered, show

FACT = "wga-2023-duration"
QUESTION = "How long did the 2023 WGA strike last?"
OURS = {
    "Short answer": "146 days",
    "Statement": "The 2023 Writers Guild of America strike lasted 146 days by our count.",
}
NEW = {
    "Title": "The picnic of the local",
    "Short answer": "14 June 2026",
    "Statement": "The summer picnic of the local was held on 14 June 2026 in Griffith Park.",
    "Date": "2026-06-14",
    "Sources": "The local | Newsletter of July | https://example.org/july | 2026-07-01",
}


@pytest.fixture
def moderator(guild):
    return guild.member("mia", "manage_messages")


@pytest.fixture
def elsewhere(discord):
    """Another guild: its channel, and somebody there."""
    other = discord.guild("Another")
    return other.channel(), other.member("bo", "manage_messages")


@pytest.fixture
def shipped_is_known(harbour, shipped, take_in):
    """The shipped fact is among what is answered from."""
    (fact,) = [fact for fact in shipped.facts if fact.id == FACT]
    take_in(harbour, fact.to_document())


def typed(modal, **changes):
    """Fill a form in, by the labels of its fields: what it shows, but for the changes."""
    shown = {part["label"]: part["component"].get("value", "") for part in modal.parts}
    return shown | changes


async def edit(channel, moderator, changes=OURS, topic=FACT):
    modal = await (await moderator.slash(channel, "fact-edit", topic=topic)).modal()
    sent = await moderator.submit(modal, typed(modal, **changes))
    return sent, await sent.message()


async def add(channel, moderator, changes=NEW):
    modal = await (await moderator.slash(channel, "fact-add", topic="background", kind="event")).modal()
    sent = await moderator.submit(modal, typed(modal, **changes))
    return await sent.message()


async def test_the_form_shows_what_the_fact_says(bot, channel, moderator):
    modal = await (await moderator.slash(channel, "fact-edit", topic=FACT)).modal()
    shown = typed(modal)

    assert shown["Short answer"] == "148 days"
    assert shown["Sources"].splitlines()[0].count(" | https://") == 1


async def test_a_correction_is_shown_with_who_made_it_and_in_no_other_server(
    bot, channel, ada, moderator, elsewhere
):
    sent, told = await edit(channel, moderator)
    here = await show(channel, ada, "fact", topic=FACT)
    there = await show(*elsewhere, "fact", topic=FACT)

    assert sent.ephemeral
    assert "This counts in this server from now on." in text_of(told)
    assert here.embeds[0].title == "146 days"
    assert f"This server's own, by <@{moderator.id}> on <t:" in text_of(here)
    assert there.embeds[0].title == "148 days"
    assert "own" not in text_of(there)


async def test_the_next_question_is_answered_from_the_correction_in_that_server_alone(
    shipped_is_known, bot, channel, ada, moderator, elsewhere
):
    assert "148 days" in text_of(await show(channel, ada, "ask", question=QUESTION))

    await edit(channel, moderator)
    here = await show(channel, ada, "ask", question=QUESTION)
    there = await show(*elsewhere, "ask", question=QUESTION)

    assert "146 days" in text_of(here)
    assert "148 days" not in str(here.embeds[0].to_dict())
    assert here.embeds[0].fields[0].name.startswith("[1] This server's summary of")
    assert "148 days" in text_of(there)
    assert "by our count" in text_of(here)
    assert "by our count" not in text_of(there)


async def test_a_fact_can_be_added_and_answers_know_it(bot, channel, ada, moderator, elsewhere):
    await add(channel, moderator)
    fact = next(iter(await offered(channel, ada, "fact", "topic", "picnic")))
    shown = await show(channel, ada, "fact", topic=fact)
    asked = await show(channel, ada, "ask", question="When was the summer picnic of the local?")

    assert shown.embeds[0].title == "14 June 2026"
    assert "<https://example.org/july>" in shown.embeds[0].fields[0].value
    assert "14 June 2026" in text_of(asked)
    assert fact not in await offered(*elsewhere, "fact", "topic", "picnic")


async def test_the_same_title_is_not_added_twice(bot, channel, moderator):
    await add(channel, moderator)

    assert "correct it with /fact-edit" in (await add(channel, moderator)).content


async def test_a_correction_is_taken_back_in_answers_too(shipped_is_known, bot, channel, ada, moderator):
    await edit(channel, moderator)
    choices = await offered(channel, moderator, "fact-revert", "topic", "strike: len")
    told = await show(channel, moderator, "fact-revert", topic=next(iter(choices)))

    assert list(choices) == [FACT]
    assert "the shipped fact again" in text_of(told)
    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "148 days"
    assert "148 days" in text_of(await show(channel, ada, "ask", question=QUESTION))


async def test_an_earlier_version_can_count_again(bot, channel, ada, moderator):
    await edit(channel, moderator)
    await edit(channel, moderator, OURS | {"Short answer": "147 days"})
    versions = await offered(channel, moderator, "fact-revert", "version", "", topic=FACT)
    (first,) = [number for number, name in versions.items() if "146" in name]
    told = await show(channel, moderator, "fact-revert", topic=FACT, version=int(first))

    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "146 days"
    assert text_of(told).count(f"<@{moderator.id}>") == 3


@pytest.mark.parametrize("options", [{"topic": FACT}, {"topic": "nothing"}, {"topic": FACT, "version": 99}])
async def test_what_was_not_changed_cannot_be_reverted(bot, channel, moderator, options):
    asked = await moderator.slash(channel, "fact-revert", **options)

    assert "has not changed that fact" in (await asked.message()).content


async def test_a_fact_added_can_be_taken_out(bot, channel, ada, moderator):
    await add(channel, moderator)
    (fact,) = await offered(channel, moderator, "fact-revert", "topic", "picnic")
    await show(channel, moderator, "fact-revert", topic=fact)

    assert fact not in await offered(channel, ada, "fact", "topic", "picnic")
    assert "picnic" not in text_of(await show(channel, ada, "ask", question="When was the summer picnic?"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Date": "in June"}, "The date is wrong"),
        ({"Sources": "The local"}, "publisher | title | address | date"),
        ({"Sources": "The local | Newsletter | not an address"}, "The sources is wrong"),
        ({"Sources": " "}, "The sources is wrong"),
    ],
)
async def test_what_breaks_the_format_is_refused_with_the_reason_and_given_back(
    discord, bot, channel, ada, moderator, changes, said
):
    sent, told = await edit(channel, moderator, OURS | changes)

    assert said in told.content.replace("\\", "")
    assert OURS["Statement"] in discord.file(await sent.followup())
    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "148 days"


@pytest.mark.parametrize("command", ["fact-edit", "fact-add", "fact-revert"])
async def test_who_is_no_moderator_is_refused(bot, channel, ada, guild, command):
    (registered,) = [one for one in await bot.tree.fetch_commands() if one.name == command]
    guild.handle.set_command_permissions(registered.id, {ada.members[guild.id]: True})  # as a server may
    options = {"topic": "background", "kind": "event"} if command == "fact-add" else {"topic": FACT}
    asked = await ada.slash(channel, command, **options)

    assert "Manage Messages" in (await asked.message()).content


async def test_who_has_the_moderators_role_may_correct_facts(bot, channel, ada, guild):
    role = guild.handle.create_role("Fact keepers")
    await bot.wishes.change(guild.id, moderators=role.id)
    for command in await bot.tree.fetch_commands():
        guild.handle.set_command_permissions(command.id, {ada.members[guild.id]: True})
    refused = await (await ada.slash(channel, "fact-edit", topic=FACT)).message()
    guild.give(ada, role)
    _, told = await edit(channel, ada)

    assert "Manage Messages" in refused.content
    assert "from now on" in text_of(told)


async def test_who_loses_the_role_before_sending_the_form_is_refused(bot, channel, ada, moderator, guild):
    modal = await (await moderator.slash(channel, "fact-edit", topic=FACT)).modal()
    guild.permit(moderator)
    sent = await moderator.submit(modal, typed(modal, **OURS))

    assert "Manage Messages" in (await sent.message()).content
    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "148 days"


async def test_a_form_and_a_correction_outlive_a_restart(discord, make_bot, channel, ada, moderator):
    async with discord.running(make_bot()):
        modal = await (await moderator.slash(channel, "fact-edit", topic=FACT)).modal()
    async with discord.running(make_bot()):
        await (await moderator.submit(modal, typed(modal, **OURS))).message()
    async with discord.running(make_bot()):
        assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "146 days"


async def test_an_upgrade_keeps_the_correction_and_says_that_the_shipped_fact_has_changed(
    discord, make_bot, channel, ada, moderator, shipped
):
    changed = [
        fact.model_copy(update={"short_answer": "149 days"}) if fact.id == FACT else fact
        for fact in shipped.facts
    ]
    async with discord.running(make_bot()):
        await edit(channel, moderator)
        before = await show(channel, ada, "fact", topic=FACT)
    async with discord.running(make_bot(shipped=Corpus(tuple(changed), (), shipped.subjects))):
        after = await show(channel, ada, "fact", topic=FACT)

    assert after.embeds[0].title == "146 days"
    assert "The shipped fact has changed since" in text_of(after)
    assert "The shipped fact has changed since" not in text_of(before)


async def test_beside_the_writer_answers_know_a_correction_once_its_queue_is_done(
    shipped_is_known, bot, harbour, channel, ada, moderator
):
    with writing(harbour):
        taking_in = asyncio.create_task(_take_in(bot, asyncio.Event()))
        _, told = await edit(channel, moderator)
        asked = await show(channel, ada, "ask", question=QUESTION)
        taking_in.cancel()

    assert text_of(told).startswith("This counts in this server from now on.\n")
    assert "146 days" in text_of(asked)


async def test_where_the_queue_is_long_the_moderator_is_told_that_answers_follow(
    bot, harbour, channel, ada, moderator, monkeypatch
):
    loaded = sys.modules["bot.cogs.corrections"]  # discord.py imports a cog anew for each bot
    monkeypatch.setattr(loaded, "PATIENCE", 0.1)
    with writing(harbour):
        _, told = await edit(channel, moderator)

    assert "Answers follow once what is being indexed is done." in text_of(told)
    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "146 days"


async def test_what_a_crash_kept_from_answers_is_made_known_at_the_next_start(
    discord, make_bot, harbour, channel, ada, moderator, guild, take_in
):
    async with discord.running(make_bot()) as bot:
        await edit(channel, moderator)
        (known,) = bot.facts.documents(str(guild.id))
    take_in(harbour, remove=[known.source.id])
    async with discord.running(make_bot()):
        catch_up(harbour)

    assert harbour.catalogue.document(known.source.id).text.splitlines()[0] == OURS["Statement"]


async def test_what_moderators_write_pings_nobody(discord, bot, channel, ada, moderator):
    await edit(channel, moderator, OURS | {"Statement": "@everyone <@1> [free](https://evil.example)"})
    message = await show(channel, ada, "fact", topic=FACT)

    assert discord.pinged(message) == set()
    assert "](" not in text_of(message)
