"""The buttons below an answer, through Discord."""

import pytest
from discord.ui import Button, View

from ..conftest import LIT, NONSENSE


@pytest.fixture
async def answered(bot, channel, ada):
    return await (await ada.slash(channel, "ask", question=LIT)).message()


def verdicts(memory, message):
    return memory.verdicts(memory.given_by(str(message.id)))


async def test_the_passage_behind_a_mark_is_shown_to_the_presser_alone(answered, guild):
    pressed = await guild.member("ben").click(answered, "Show passage")
    shown = await pressed.message()

    assert pressed.ephemeral
    assert shown.embeds[0].description == (
        "The lighthouse of Corvo was lit on **3 May 1891**. Its first keeper was Amalia Brandt."
    )
    assert shown.embeds[0].fields[0].name == "[1] Quoted from “The lighthouse of Corvo”"


async def test_helpful_is_kept(answered, ada, memory):
    pressed = await ada.click(answered, "Helpful")
    await pressed.message()

    assert pressed.ephemeral
    assert verdicts(memory, answered) == [(str(ada.id), "helpful", None)]


async def test_not_helpful_asks_why_and_keeps_the_reason(answered, ada, memory):
    modal = await (await ada.click(answered, "Not helpful")).modal()
    sent = await ada.submit(modal, {"What is wrong, or missing?": "The year is wrong."})
    await sent.message()

    assert verdicts(memory, answered) == [(str(ada.id), "unhelpful", "The year is wrong.")]


async def test_the_moderators_can_be_told_that_an_answer_is_missing(bot, channel, ada, memory):
    message = await (await ada.slash(channel, "ask", question=NONSENSE)).message()
    await (await ada.click(message, "Tell the moderators")).message()

    assert verdicts(memory, message) == [(str(ada.id), "missing", None)]


async def test_buttons_and_forms_work_after_a_restart(discord, make_bot, channel, ada, memory):
    async with discord.running(make_bot()):
        answered = await (await ada.slash(channel, "ask", question=LIT)).message()
        modal = await (await ada.click(answered, "Not helpful")).modal()
    async with discord.running(make_bot()):
        shown = await (await ada.click(answered, "Show passage")).message()
        await (await ada.submit(modal, {"What is wrong, or missing?": "All of it."})).message()

    assert "1891" in shown.embeds[0].description
    assert verdicts(memory, answered) == [(str(ada.id), "unhelpful", "All of it.")]


@pytest.mark.parametrize("button", ["Show passage", "Helpful"])
async def test_a_button_whose_answer_is_forgotten_says_that_it_is_too_old(answered, ada, memory, button):
    memory.forget_older(days=-1)
    pressed = await ada.click(answered, button)

    assert "too old" in (await pressed.message()).content


async def test_a_button_of_another_release_says_that_it_is_too_old(bot, channel, ada):
    view = View(timeout=None).add_item(Button(label="Old", custom_id="picket:of-long-ago"))
    await bot.get_channel(channel.id).send("An answer of long ago", view=view)
    view.stop()

    pressed = await ada.click(await channel.next_message(), "Old")

    assert "too old" in (await pressed.message()).content
