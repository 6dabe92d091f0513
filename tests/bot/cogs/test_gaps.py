"""What members ask in vain, for moderators."""

import asyncio

import pytest
from loopback import SOON

from ..conftest import LIT, NONSENSE
from .test_ask import fields, labels, text_of
from .test_corrections import NEW, typed
from .test_knowledge import at_the_door, carrying_out, once, press, said

PICNIC = "When is the summer picnic of the local?"


@pytest.fixture
def moderator(guild):
    return guild.member("mia", "manage_messages")


async def ask(channel, person, question):
    return await (await person.slash(channel, "ask", question=question)).message()


async def gaps(channel, moderator):
    asked = await moderator.slash(channel, "knowledge gaps")
    return asked, await asked.message()


async def test_what_was_asked_in_vain_is_listed_for_moderators_alone_without_names(
    bot, channel, ada, guild, moderator
):
    for person in (ada, guild.member("ben")):
        await ask(channel, person, PICNIC)
    message = await ask(channel, ada, NONSENSE)
    await (await ada.click(message, "Tell the moderators")).message()
    asked, listed = await gaps(channel, moderator)

    told = fields(listed)
    assert asked.ephemeral
    assert list(told) == [f"1. {PICNIC}", f"2. {NONSENSE}"]
    assert told[f"1. {PICNIC}"].startswith("Asked 2 times, last <t:")
    assert told[f"2. {NONSENSE}"].endswith("I had no answer, you were to be told.")
    assert str(ada.id) not in str(listed.embeds[0].to_dict())


async def test_an_answer_that_did_not_help_is_listed(bot, channel, ada, moderator):
    modal = await (await ada.click(await ask(channel, ada, LIT), "Not helpful")).modal()
    await (await ada.submit(modal, {"What is wrong, or missing?": "The year."})).message()

    assert fields((await gaps(channel, moderator))[1])[f"1. {LIT}"].endswith("my answer did not help.")


async def test_a_server_sees_only_its_own_questions(discord, bot, channel, ada, moderator):
    other = discord.guild("Another")
    elsewhere, boss = other.channel(), other.member("bo", "manage_messages")
    await ask(channel, ada, PICNIC)

    assert "No question" in text_of((await gaps(elsewhere, boss))[1])


async def test_a_gap_is_filled_with_a_fact_and_is_no_gap_any_more(bot, channel, ada, moderator):
    await ask(channel, ada, PICNIC)
    _, listed = await gaps(channel, moderator)
    modal = await (await moderator.click(listed, "1: Add a fact")).modal()
    await (await moderator.submit(modal, typed(modal, **NEW))).message()

    assert typed(modal)["Title"] == PICNIC
    assert "14 June 2026" in text_of(await ask(channel, ada, PICNIC))
    async with asyncio.timeout(SOON):
        while (await gaps(channel, moderator))[1].components:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)


async def test_a_document_that_fills_a_gap_is_written_in_a_form_and_waits_at_the_door(
    bot, channel, ada, moderator
):
    await ask(channel, ada, PICNIC)
    _, listed = await gaps(channel, moderator)
    modal = await (await moderator.click(listed, "1: Add a document")).modal()
    text = typed(modal, Text="The summer picnic of the local is held on 14 June 2026.")
    door = await once(await moderator.submit(modal, text), at_the_door)
    before = await ask(channel, ada, PICNIC)
    async with carrying_out(bot):
        await press(moderator, door, "Accept")

    assert typed(modal)["Title"] == PICNIC
    assert door.embeds[0].title == f"At the door: {PICNIC}"
    assert "14 June 2026" not in said(before)
    assert "14 June 2026" in text_of(await ask(channel, ada, PICNIC))
    async with asyncio.timeout(SOON):
        while (await gaps(channel, moderator))[1].components:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)


async def test_the_list_says_how_a_page_or_a_file_is_added(bot, channel, ada, moderator):
    await ask(channel, ada, PICNIC)
    _, listed = await gaps(channel, moderator)

    assert "/knowledge add-url" in text_of(listed)
    assert "/knowledge add-file" in text_of(listed)


async def test_who_loses_the_right_with_the_form_of_a_gap_open_adds_nothing(
    bot, channel, ada, guild, moderator
):
    await ask(channel, ada, PICNIC)
    _, listed = await gaps(channel, moderator)
    modal = await (await moderator.click(listed, "1: Add a document")).modal()
    guild.permit(moderator)
    sent = await moderator.submit(modal, typed(modal, Text="It is held in June."))

    assert "Manage Messages" in (await sent.message()).content
    assert bot.library.catalogue.waiting_count() == 0
    assert len(bot.gaps.open(str(guild.id))) == 1


async def test_a_dismissed_gap_is_gone_and_the_list_stays_in_place(bot, channel, ada, moderator):
    await ask(channel, ada, PICNIC)
    await ask(channel, ada, NONSENSE)
    _, listed = await gaps(channel, moderator)
    left = await (await moderator.click(listed, "1: Dismiss")).message()

    assert left.id == listed.id
    assert list(fields(left)) == [f"1. {PICNIC}"]


async def test_a_long_list_has_pages_with_a_row_of_buttons_for_each_gap(bot, channel, ada, moderator):
    for word in ("picnic", "zeppelin", "opera", "glacier", "sourdough"):
        await ask(channel, ada, f"Who pays for the {word} of Ulan Bator?")
    _, first = await gaps(channel, moderator)
    second = await (await moderator.click(first, "Next")).message()

    assert [len(row.children) for row in first.components] == [3, 3, 3, 3, 1]
    assert first.embeds[0].footer.text == "Page 1 of 2"
    assert list(fields(second)) == ["5. Who pays for the picnic of Ulan Bator?"]
    assert labels(second) == ["5: Add a fact", "5: Add a document", "5: Dismiss", "Back"]


async def test_the_buttons_work_after_a_restart(discord, make_bot, channel, ada, moderator):
    async with discord.running(make_bot()):
        await ask(channel, ada, PICNIC)
        _, listed = await gaps(channel, moderator)
    async with discord.running(make_bot()):
        modal = await (await moderator.click(listed, "1: Add a fact")).modal()
        left = await (await moderator.click(listed, "1: Dismiss")).message()

    assert typed(modal)["Title"] == PICNIC
    assert "No question" in text_of(left)


@pytest.mark.parametrize("button", ["1: Add a fact", "1: Add a document", "1: Dismiss", "Next"])
async def test_who_is_no_moderator_any_more_may_press_nothing(bot, channel, ada, guild, moderator, button):
    for word in ("picnic", "zeppelin", "opera", "glacier", "sourdough"):
        await ask(channel, ada, f"Who pays for the {word} of Ulan Bator?")
    _, listed = await gaps(channel, moderator)
    guild.permit(moderator)
    pressed = await moderator.click(listed, button)

    assert "Manage Messages" in (await pressed.message()).content
    assert len(bot.gaps.open(str(guild.id))) == 5


async def test_who_is_no_moderator_is_refused_until_they_have_the_role(bot, channel, ada, guild):
    role = guild.handle.create_role("Fact keepers")
    await bot.wishes.change(guild.id, moderators=role.id)
    (command,) = [one for one in await bot.tree.fetch_commands() if one.name == "knowledge"]
    guild.handle.set_command_permissions(command.id, {ada.members[guild.id]: True})  # as a server may
    _, refused = await gaps(channel, ada)
    guild.give(ada, role)
    _, listed = await gaps(channel, ada)

    assert "Manage Messages" in refused.content
    assert "No question" in text_of(listed)


async def test_a_gap_that_another_moderator_dismissed_is_said_to_be_gone(bot, channel, ada, guild, moderator):
    await ask(channel, ada, PICNIC)
    other = guild.member("mo", "manage_messages")
    _, ours = await gaps(channel, moderator)
    _, theirs = await gaps(channel, other)
    await (await moderator.click(ours, "1: Dismiss")).message()
    pressed = await other.click(theirs, "1: Add a fact")

    assert "not open any more" in (await pressed.message()).content
