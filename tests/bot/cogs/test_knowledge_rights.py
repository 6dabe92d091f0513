"""Who may look after a server's documents, and what becomes of one who may no more."""

# ruff: noqa: F811 - a fixture that is imported is an argument, too

import discord as discord_py
import pytest

from .test_corrections import FACT, OURS, edit, typed
from .test_corrections import NEW as PICNIC
from .test_facts import offered, show
from .test_knowledge import (
    COMMANDS,
    add,
    bot,  # noqa: F401
    hand_in,
    press,
    shelf,  # noqa: F401
    site,  # noqa: F401
    titles,
)

EVERY_COMMAND = {f"knowledge {name}": options for name, options in COMMANDS.items()} | {
    "fact-add": {"topic": "background", "kind": "event"},
    "fact-edit": {"topic": FACT},
    "fact-revert": {"topic": FACT},
}
MENU = "Add to knowledge"


@pytest.fixture(params=["permission", "role"])
async def right(request, bot, guild, channel):
    """A moderator by Manage Messages or by the role from `/setup`, and how they lose it."""
    person = guild.member("mia")
    for command in await bot.tree.fetch_commands():  # as a server may: the code is what refuses
        guild.handle.set_command_permissions(command.id, {person.members[guild.id]: True})
    if request.param == "permission":
        guild.permit(person, "manage_messages")
    else:
        role = guild.handle.create_role("Librarians")
        boss = guild.member("boss", "manage_guild")
        await (await boss.slash(channel, "setup moderators", role=role)).message()
        guild.give(person, role)
    return person, lambda: guild.permit(person)


async def refusal(exchange):
    return (await exchange.message()).content


async def test_discord_offers_what_moderators_do_to_those_who_may_manage_messages(bot):
    held = {one.name: one.default_member_permissions for one in await bot.tree.fetch_commands()}

    for name in ("knowledge", MENU, "fact-add", "fact-edit", "fact-revert"):
        assert held[name] == discord_py.Permissions(manage_messages=True)


async def test_no_command_under_knowledge_is_left_out_here(bot):
    (group,) = [one for one in bot.tree.get_commands() if one.name == "knowledge"]

    assert {one.name for one in group.walk_commands()} == set(COMMANDS)


async def test_who_has_lost_the_right_is_refused_by_every_command(bot, harbour, channel, ada, guild, right):
    person, lose = right
    message = await ada.send(channel, "The quay is long.")
    await edit(channel, person)
    before = await titles(channel, person)
    lose()
    told = {
        name: await refusal(await person.slash(channel, name, **options))
        for name, options in EVERY_COMMAND.items()
    }
    told[MENU] = await refusal(await person.context_menu(channel, MENU, message))

    assert before == []
    assert [name for name, said in told.items() if "Manage Messages" not in said] == []
    assert harbour.catalogue.search_documents(f"guild-{guild.id}").entries == []
    assert (await show(channel, ada, "fact", topic=FACT)).embeds[0].title == "146 days"


async def test_who_has_lost_the_right_is_refused_by_every_button_and_form_opened_before(
    bot, harbour, channel, ada, guild, right, site, shelf
):
    person, lose = right
    for word in ("picnic", "zeppelin", "opera", "glacier", "sourdough"):
        await show(channel, ada, "ask", question=f"Who pays for the {word} of Ulan Bator?")
    await shelf(*(f"Quay {n}" for n in range(9)))
    done = await add(channel, person, url=site.url("/ferry"))
    (id,) = await offered(channel, person, "knowledge show", "document", "ferry")
    door = await hand_in(channel, person, "add-file", first=("notes.txt", b"The quarry closed in 1838."))
    shown = await show(channel, person, "knowledge show", document=id)
    asked = await show(channel, person, "knowledge remove", document=id)
    first = await show(channel, person, "knowledge list")
    second = await press(person, await show(channel, person, "knowledge list"), "Next")
    log = await show(channel, person, "knowledge log")
    asked_in_vain = await show(channel, person, "knowledge gaps")
    forms = {
        "Correct": await (await person.click(door, "Correct")).modal(),
        "add-text": await (await person.slash(channel, "knowledge add-text")).modal(),
        "fact-edit": await (await person.slash(channel, "fact-edit", topic=FACT)).modal(),
        "fact-add": await (await person.slash(channel, "fact-add", topic="background", kind="event")).modal(),
    }
    written = {"Correct": {"Title": "A"}, "add-text": {"Title": "A", "Text": "A."}}
    written |= {"fact-edit": typed(forms["fact-edit"], **OURS), "fact-add": PICNIC}
    buttons = [
        *((door, name) for name in ("Accept", "Correct", "Refuse")),
        *((shown, name) for name in ("Fetch again", "Remove")),
        *((asked, name) for name in ("Remove", "Keep")),
        *((log, name) for name in ("Undo 1", "Older")),
        (done, "Undo"),
        (first, "Next"),
        (second, "Back"),
        *((asked_in_vain, name) for name in ("1: Add a fact", "1: Add a document", "1: Dismiss", "Next")),
    ]
    lose()
    told = {(message.id, name): await refusal(await person.click(message, name)) for message, name in buttons}
    told |= {name: await refusal(await person.submit(form, written[name])) for name, form in forms.items()}

    assert len(told) == len(buttons) + len(forms)
    assert [which for which, said in told.items() if "Manage Messages" not in said] == []
    assert harbour.catalogue.waiting_count() == 0
    assert harbour.catalogue.search_documents(f"guild-{guild.id}").total == 10
    assert len(bot.gaps.open(str(guild.id))) == 5
    assert bot.facts.documents(str(guild.id)) == []
