"""What one server knows surfaces in no other: by no command, question, choice, door or forged button."""

# ruff: noqa: F811 - a fixture that is imported is an argument, too

import asyncio
from types import SimpleNamespace

import discord as discord_py
import pytest

from .test_ask import fields, labels
from .test_corrections import FACT, edit
from .test_corrections import NEW as PICNIC
from .test_corrections import add as add_fact
from .test_facts import offered, show
from .test_gaps import gaps
from .test_knowledge import (
    FERRY,
    PATIENCE,
    add,
    bot,  # noqa: F401
    hand_in,
    moderator,  # noqa: F401
    once,
    said,
    site,  # noqa: F401
)
from .test_knowledge_rights import EVERY_COMMAND, MENU

SKIPPER = "Who is the skipper of the ferry to Herm?"
IN_VAIN = "Who paid Zebedee for the glacier of Ulan Bator?"
PAGE = FERRY.replace("sails at", "has a secret timetable and sails at")
SECRETS = "Odile", "nine in the morning", "Herm Lines", "Griffith", "Zebedee", "by our count"
"""In a document, in its publisher, in a fact of the server's own, in a question, in a correction."""
CALLS = EVERY_COMMAND | {
    "about": {},
    "help": {},
    "ask": {"question": SKIPPER},
    "fact": {"topic": FACT},
    "timeline": {"topic": "picnic"},
    "define": {"term": "picnic"},
    "who": {"name": "skipper"},
    "compare": {"a": "picnic", "b": "ferry"},
    "status": {},
    "my-data": {},
    "setup show": {},
    "setup channels": {},
    "setup moderators": {},
    "setup answers": {"private": False},
}
"""How each command is tried: one that is not here fails the test."""
MENUS = {MENU, "Ask about this"}


async def outcome(exchange):
    """All that a person is shown in the end: a message, one below it, or a form."""
    ways = [exchange.modal(PATIENCE), exchange.followup(PATIENCE), once(exchange, is_at_its_end)]
    tasks = [asyncio.create_task(way) for way in ways]
    (first, *_), others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    shown = first.result()
    return str(shown.parts) if hasattr(shown, "parts") else f"{said(shown)} {labels(shown)}"


def is_at_its_end(message):
    return not any((embed.description or "").endswith("…") for embed in message.embeds)


def commands(bot):
    """All slash commands, those of groups as "group command"."""
    return [one for one in bot.tree.walk_commands() if not isinstance(one, discord_py.app_commands.Group)]


def menus(bot):
    kinds = discord_py.AppCommandType.message, discord_py.AppCommandType.user
    return [menu for kind in kinds for menu in bot.tree.get_commands(type=kind)]


def tried(command, secrets):
    """The options of a command, as anybody gives them and with the ids of another server's documents."""
    options = CALLS[command.qualified_name]
    taken = [] if command.name == "fact-add" else [name for name in ("document", "topic") if name in options]
    ids = (secrets.document, secrets.fact)
    return [options, *(options | {name: id} for name in taken for id in ids)]


def held(bot, guild):
    """All that a server has."""
    scope = f"guild-{guild.id}"
    return (
        bot.library.catalogue.search_documents(scope),
        bot.library.ledger.acts(scope),
        bot.facts.documents(str(guild.id)),
        bot.gaps.open(str(guild.id)),
        bot.wishes[guild.id],
    )


@pytest.fixture
def elsewhere(discord):
    """Another server: its channel, and somebody there who may use every command."""
    other = discord.guild("Another")
    return other.channel(), other.member("bo", "manage_messages", "manage_guild")


@pytest.fixture
async def secrets(discord, bot, guild, channel, ada, moderator, elsewhere, site):
    """A server that has secrets of every sort, the ids that lead to them, and what its people see of them."""
    site.pages["/ferry"] = PAGE
    await discord.ready()
    await add(channel, moderator, url=site.url("/ferry"))
    await add_fact(channel, moderator)
    await edit(channel, moderator)
    door = await hand_in(channel, moderator, url=site.url("/ferry"))
    answer = await show(channel, ada, "ask", question=SKIPPER)
    await show(channel, ada, "ask", question=IN_VAIN)
    _, listed = await gaps(channel, moderator)
    shown = [door, answer, listed]
    shown += [await show(channel, ada, "fact", topic=topic) for topic in (FACT, PICNIC["Title"])]
    (document,) = await offered(channel, moderator, "knowledge show", "document", "ferry")
    (gap,) = bot.gaps.open(str(guild.id))
    return SimpleNamespace(
        seen="".join(said(message) for message in shown),
        document=document,
        token=door.components[0].children[0].custom_id.rpartition(":")[2],
        answer=answer.components[0].children[0].custom_id.rpartition(":")[2],
        act=bot.library.ledger.acts(f"guild-{guild.id}")[0].number,
        fact=next(iter(await offered(channel, ada, "fact", "topic", "picnic"))),
        gap=gap.key,
    )


def surfaced(seen):
    return {where for where, words in seen.items() if any(secret in words for secret in SECRETS)}


async def test_a_server_s_secrets_surface_in_another_by_no_command(bot, guild, secrets, elsewhere):
    there, spy = elsewhere
    before, seen = held(bot, guild), {}
    message = await spy.send(there, SKIPPER)
    for command in commands(bot):
        for options in tried(command, secrets):
            asked = await spy.slash(there, command.qualified_name, **options)
            seen[command.qualified_name, *options.values()] = await outcome(asked)
    for menu in menus(bot):
        seen[menu.name] = await outcome(await spy.context_menu(there, menu.name, message))

    assert [secret for secret in SECRETS if secret not in secrets.seen] == []
    assert {menu.name for menu in menus(bot)} == MENUS
    assert surfaced(seen) == set()
    assert held(bot, guild) == before


async def test_a_server_s_secrets_surface_in_another_by_no_question(discord, bot, secrets, elsewhere):
    there, spy = elsewhere
    seen = {}
    message = await spy.send(there, f"{discord.mention} {SKIPPER}")
    seen["mention"] = said(answer := await there.next_message(PATIENCE))
    await spy.send(there, SKIPPER, reply_to=answer)
    seen["reply"] = said(await there.next_message(PATIENCE))
    await spy.dm(SKIPPER)
    seen["direct message"] = said(await spy.dms.next_message(PATIENCE))
    seen["menu"] = said(await (await spy.context_menu(there, "Ask about this", message)).message(PATIENCE))
    seen["of its own"] = said(own := await show(there, spy, "ask", question="When was the lighthouse lit?"))
    seen["passage"] = said(await (await spy.click(own, "Show passage")).message(PATIENCE))

    assert surfaced(seen) == set()
    assert "1891" in seen["passage"]


async def test_what_is_offered_while_somebody_types_names_nothing_of_another_server(bot, secrets, elsewhere):
    seen = {}
    for command in commands(bot):
        for option in command.parameters:
            if option.autocomplete:
                for typed in ("", "ferry", "picnic", secrets.document):
                    asked = await offered(*elsewhere, command.qualified_name, option.name, typed)
                    seen[command.qualified_name, option.name, typed] = str(asked)

    hidden = secrets.document, secrets.fact, "The ferry of Herm", PICNIC["Title"], *SECRETS
    assert {("knowledge show", "document", "ferry"), ("fact", "topic", "picnic")} <= seen.keys()
    assert {where for where, words in seen.items() if any(word in words for word in hidden)} == set()


async def test_the_door_of_another_server_names_no_document_that_says_the_same(
    bot, channel, moderator, secrets, elsewhere, site
):
    site.pages["/timetable"] = PAGE.replace("The ferry of Herm", "A timetable")
    here = await hand_in(channel, moderator, url=site.url("/timetable"))
    there = await hand_in(*elsewhere, url=site.url("/timetable"))

    assert "The ferry of Herm" in fields(here)["Known already"]
    assert "Known already" not in fields(there)
    assert "The ferry of Herm" not in said(there)


async def test_a_button_with_ids_of_another_server_shows_and_changes_nothing(
    discord, bot, guild, secrets, elsewhere
):
    there, spy = elsewhere
    before, seen = held(bot, guild), {}
    forged = [("accept", secrets.token), ("correct", secrets.token), ("refuse", secrets.token)]
    forged += [(action, secrets.document) for action in ("ask-remove", "remove", "keep", "refresh")]
    forged += [("undo", secrets.act), ("acts", secrets.act + 1), ("documents", 1), ("gaps", 1)]
    forged += [(f"gap:{action}", f"{secrets.gap}:1") for action in ("fact", "document", "dismiss")]
    forged += [(f"answer:{action}", secrets.answer) for action in ("passage", "helpful", "unhelpful", "wish")]
    forged += [("fact", secrets.fact)]
    for action, about in forged:
        name = f"picket:{action}:{about}"
        assert bot.knows_button(name)
        view = discord_py.ui.View(timeout=None).add_item(discord_py.ui.Button(label="Forged", custom_id=name))
        below = await bot.get_channel(there.id).send("Forged", view=view)
        forged_message = discord.world.message(there.id, below.id)
        seen[action] = await outcome(await spy.click(forged_message, name))

    assert surfaced(seen) == set()
    assert held(bot, guild) == before
    assert bot.memory.verdicts(secrets.answer) == []
    assert bot.door.at(secrets.token, str(guild.id))


async def test_a_form_with_ids_of_another_server_shows_and_changes_nothing(bot, guild, secrets, elsewhere):
    there, spy = elsewhere
    before, seen = held(bot, guild), {}
    for forged in (f"picket:why:{secrets.answer}", f"picket:correction:{secrets.token}"):
        form = await (await spy.slash(there, "knowledge add-text")).modal()
        form.shown.modal["custom_id"] = forged
        seen[forged] = await outcome(await spy.submit(form, {"Title": "Forged", "Text": "Forged."}))

    assert surfaced(seen) == set()
    assert held(bot, guild) == before
    assert bot.memory.verdicts(secrets.answer) == []
    assert bot.door.at(secrets.token, str(guild.id)).document.source.provenance.title != "Forged"
