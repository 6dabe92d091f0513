"""What the bot holds on whoever asks, through Discord."""

from ..conftest import LIT, NONSENSE
from .test_ask import fields, labels, text_of
from .test_corrections import edit
from .test_facts import show
from .test_knowledge import at_the_door, carrying_out, once, press


async def shown(channel, person):
    asked = await person.slash(channel, "my-data")
    return asked, await asked.message()


async def test_it_tells_whoever_asks_and_them_alone_what_is_held_on_them(
    discord, make_bot, channel, ada, guild
):
    async with discord.running(make_bot(keep_days=7)):
        await (await ada.click(await show(channel, ada, "ask", question=LIT), "Helpful")).message()
        message = await show(channel, ada, "ask", question=NONSENSE)
        await (await ada.click(message, "Tell me when you know")).message()
        asked, told = await shown(channel, ada)
        _, others = await shown(channel, guild.member("ben"))

    held = fields(told)
    assert asked.ephemeral
    assert held["Questions"].startswith("2, each with its answer and where you asked, for 7 days; the oldest")
    assert held["Verdicts on answers"].startswith("1,")
    assert held["What you wish to hear"] == f"• {NONSENSE}"
    assert held["Facts that bear your name"].startswith("0,")
    assert text_of(others) == "I hold nothing on you."
    assert labels(others) == []


async def test_it_works_in_a_direct_message(bot, ada):
    await ada.dm(LIT)
    await ada.dms.next_message()

    assert fields((await shown(ada.dms, ada))[1])["Questions"].startswith("1,")


async def test_who_wishes_to_be_forgotten_is_asked_once_more_and_then_forgotten(bot, channel, ada, guild):
    mia = guild.member("mia", "manage_messages")
    answered = await show(channel, mia, "ask", question=LIT)
    await show(channel, ada, "ask", question=LIT)
    await edit(channel, mia)
    _, told = await shown(channel, mia)
    sure = await (await mia.click(told, "Forget me")).message()
    still = bot.memory.held_on(str(mia.id))[0]
    done = await (await mia.click(sure, "Yes, forget me")).message()
    fact = await show(channel, ada, "fact", topic="wga-2023-duration")
    pressed = await (await mia.click(answered, "Show passage")).message()

    assert "cannot be undone" in text_of(sure)
    assert still == 1
    assert text_of(done).startswith("Done:")
    assert labels(done) == []
    assert text_of((await shown(channel, mia))[1]) == "I hold nothing on you."
    assert bot.memory.held_on(str(ada.id))[0] == 1
    assert fact.embeds[0].title == "146 days"
    assert "This server's own, by somebody who is forgotten" in text_of(fact)
    assert "too old" in pressed.content


async def test_who_wrote_a_message_is_told_of_the_document_that_a_moderator_made_of_it(
    discord, bot, channel, ada, guild
):
    mia = guild.member("mia", "manage_messages")
    other = discord.guild("Another")
    elsewhere, bo = other.channel(), other.member("bo", "manage_messages")
    other.join(ada)
    links = []
    async with carrying_out(bot):
        for where, moderator, words in (
            (channel, mia, "The quarry on Jethou closed in 1838."),
            (elsewhere, bo, "The ferry of Herm is green."),
        ):
            message = await ada.send(where, words)
            asked = await moderator.context_menu(where, "Add to knowledge", message)
            await press(moderator, await once(asked, at_the_door), "Accept")
            links.append(f"/{where.id}/{message.id}>")
    _, told = await shown(channel, ada)
    _, of_mia = await shown(channel, mia)
    sure = await (await ada.click(told, "Forget me")).message()
    done = await (await ada.click(sure, "Yes, forget me")).message()
    _, afterwards = await shown(channel, ada)

    held = fields(told)["Documents made of your messages"]
    assert held.startswith("2, with your name, until moderators of the server remove them; in this server:\n")
    assert "• The quarry on Jethou closed in 1838." in held
    assert links[0] in held
    assert "ferry" not in held
    assert links[1] not in held
    assert "Documents made of your messages" not in fields(of_mia)
    assert "stay with your name: ask its moderators to remove them" in text_of(sure)
    assert "but documents that moderators made of your messages" in text_of(done)
    assert fields(afterwards)["Documents made of your messages"] == held


async def test_who_wrote_a_message_is_told_that_it_is_kept_for_undo_once_it_is_removed(
    bot, channel, ada, guild
):
    mia = guild.member("mia", "manage_messages")
    async with carrying_out(bot):
        message = await ada.send(channel, "The quarry on Jethou closed in 1838.")
        asked = await mia.context_menu(channel, "Add to knowledge", message)
        added = await press(mia, await once(asked, at_the_door), "Accept")
        await press(mia, added, "Undo")
    _, told = await shown(channel, ada)

    held = fields(told)["Documents made of your messages"]
    assert held.startswith("0, with your name")
    assert held.endswith("; 1 removed or replaced, kept for 30 days so that it can be undone")


async def test_the_buttons_work_after_a_restart(discord, make_bot, channel, ada):
    async with discord.running(make_bot()):
        await show(channel, ada, "ask", question=LIT)
        _, told = await shown(channel, ada)
    async with discord.running(make_bot()) as bot:
        sure = await (await ada.click(told, "Forget me")).message()
        await (await ada.click(sure, "Yes, forget me")).message()

        assert bot.memory.held_on(str(ada.id))[0] == 0
