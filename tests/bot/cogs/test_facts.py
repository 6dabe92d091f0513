"""The sourced facts, through Discord."""

import re
import struct

import pytest

from bot.timeline import WIDTH
from knowledge.facts import Corpus

from .test_ask import fields, labels, text_of

DISPUTED = "sag-2023-start-date"
PAST = "sag-2023-wages-general"


async def show(channel, ada, command, **options):
    return await (await ada.slash(channel, command, **options)).message()


async def offered(channel, ada, command, option, typed, **others):
    return {
        choice["value"]: choice["name"]
        for choice in await ada.autocomplete(channel, command, option, typed, **others)
    }


def pages_of(message):
    return message.embeds[0].footer.text.rpartition("Page ")[2]


async def test_a_fact_is_shown_with_its_answer_large_its_date_and_its_sources(bot, channel, ada, shipped):
    message = await show(channel, ada, "fact", topic=DISPUTED)
    (fact,) = [fact for fact in shipped.facts if fact.id == DISPUTED]

    assert message.embeds[0].title == "14 July 2023"
    assert text_of(message).startswith("**SAG-AFTRA 2023 strike: start date** · 14 July 2023\n")
    assert "Disputed: 14 July 2023 here." in text_of(message)
    for source, field in zip(fact.sources, message.embeds[0].fields, strict=True):
        assert f"<{source.url}>" in field.value
        assert source.publisher in field.value


async def test_a_fact_that_holds_no_more_is_shown_with_what_holds_now(bot, channel, ada):
    assert "Until 30 June 2026; now 3% a year" in text_of(await show(channel, ada, "fact", topic=PAST))


async def test_guidance_is_no_legal_advice(bot, channel, ada, shipped):
    guidance = next(fact for fact in shipped.facts if fact.topic == "member-guidance")
    message = await show(channel, ada, "fact", topic=guidance.id)

    assert message.embeds[0].footer.text.endswith("not legal advice.")


async def test_a_fact_is_found_by_what_was_typed_without_choosing(bot, channel, ada):
    message = await show(channel, ada, "fact", topic="sag 2023 strike lenght")

    assert message.embeds[0].title == "118 days"
    assert "WGA 2023 strike: length in days" in labels(message)


async def test_nothing_found_is_told_to_whoever_asked(bot, channel, ada):
    asked = await ada.slash(channel, "fact", topic="qqqqqq")

    assert (await asked.message()).content == "No fact is called 'qqqqqq'; try fewer words."


async def test_as_somebody_types_facts_are_offered_by_title_alias_and_id(bot, channel, ada):
    for typed in ("writers' strike 2023: len", "wga strike length", "wga-2023-dur"):
        assert "wga-2023-duration" in await offered(channel, ada, "fact", "topic", typed)


@pytest.mark.parametrize("typed", ["", " ", "🎬" * 50, "**]( <@1>", "\u202eabc", "x" * 6_000, "a|b:c"])
async def test_whatever_is_typed_choices_are_offered_and_nothing_fails(bot, channel, ada, typed, caplog):
    for command, option in (
        ("fact", "topic"),
        ("timeline", "topic"),
        ("define", "term"),
        ("who", "name"),
        ("compare", "a"),
        ("compare", "b"),
        ("compare", "aspect"),
    ):
        assert len(await offered(channel, ada, command, option, typed)) <= 25
    assert caplog.text == ""


async def test_related_facts_are_a_button_away_for_whoever_presses_alone(bot, channel, ada, guild):
    message = await show(channel, ada, "fact", topic=PAST)
    pressed = await guild.member("ben").click(message, labels(message)[0])
    related = await pressed.message()

    assert pressed.ephemeral
    assert text_of(related).startswith(f"**{labels(message)[0]}")
    assert len(channel.messages) == 1


async def test_a_timeline_is_a_picture_and_a_list_with_sources(bot, channel, ada):
    message = await show(channel, ada, "timeline", **{"from": "2023-05", "to": "2023-11"})
    picture = await bot.http.get_from_cdn(message.attachments[0].url)

    assert struct.unpack(">I", picture[16:20]) == (WIDTH,)
    assert message.embeds[0].title == "Strikes side by side"
    names = list(fields(message))
    assert names[0] == "2 May 2023 · WGA 2023 strike: start date"
    assert "14 Jul 2023 · SAG-AFTRA 2023 strike: start date" in names
    assert all(re.search(r"<https?://\S+>$", field.value) for field in message.embeds[0].fields)


async def test_a_timeline_of_one_topic_is_chosen_from_what_is_offered(bot, channel, ada):
    choices = await offered(channel, ada, "timeline", "topic", "video game")
    message = await show(channel, ada, "timeline", topic=next(iter(choices)))

    assert message.embeds[0].title == "Video game strike, 2024-25"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"from": "soon"}, "'soon' is no date: write it as YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"to": "1801"}, "try other dates"),
        ({"topic": "qqqqqq"}, "No subject is called 'qqqqqq'"),
    ],
)
async def test_what_a_timeline_cannot_be_drawn_of_is_told(bot, channel, ada, options, said):
    assert said in (await show(channel, ada, "timeline", **options)).content


async def test_pages_are_turned_in_place_and_keep_the_picture(bot, channel, ada):
    asked = await ada.slash(channel, "timeline", topic="sag-aftra-2023")
    message = await asked.message()
    first = [field.name for field in message.embeds[0].fields]
    await ada.click(message, "Next")
    second = await asked.edited()

    assert pages_of(second).startswith("2 of ")
    assert first[-1] not in [field.name for field in second.embeds[0].fields]
    assert len(second.attachments) == 1
    assert labels(second) == ["Back", "Next"]

    await ada.click(second, "Back")

    assert [field.name for field in (await asked.edited()).embeds[0].fields] == first
    assert len(channel.messages) == 1


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("timeline", {"topic": "law-and-courts", "from": "2024", "to": "2026"}),
        ("who", {"name": "SAG-AFTRA"}),
        ("compare", {"a": "writers' contract 2023", "b": "actors' contract 2023"}),
        ("status", {}),
    ],
)
async def test_buttons_work_after_a_restart(discord, make_bot, channel, ada, command, options):
    async with discord.running(make_bot()):
        asked = await ada.slash(channel, command, **options)
        message = await asked.message()
    async with discord.running(make_bot()):
        await ada.click(message, "Next")
        turned = await asked.edited()

    assert turned.embeds[0].title == message.embeds[0].title
    assert pages_of(turned).startswith("2 of ")


async def test_a_button_whose_fact_is_gone_says_so(discord, make_bot, channel, ada, shipped):
    async with discord.running(make_bot()):
        message = await show(channel, ada, "fact", topic=PAST)
    async with discord.running(make_bot(shipped=Corpus((), (), shipped.subjects))):
        pressed = await ada.click(message, labels(message)[0])

        assert "No fact is called" in (await pressed.message()).content


async def test_a_term_is_defined(bot, channel, ada):
    choices = await offered(channel, ada, "define", "term", "mini-r")
    message = await show(channel, ada, "define", term=next(iter(choices)))

    assert "Mini-room" in text_of(message)
    assert "<https://" in message.embeds[0].fields[0].value


async def test_who_somebody_is(bot, channel, ada):
    choices = await offered(channel, ada, "who", "name", "crabtree")
    message = await show(channel, ada, "who", name=next(iter(choices)))

    assert message.embeds[0].title == "Duncan Crabtree-Ireland"
    assert "chief negotiator" in str(message.embeds[0].to_dict())


async def test_two_contracts_are_compared_on_one_aspect(bot, channel, ada):
    aspect = next(iter(await offered(channel, ada, "compare", "aspect", "pay rai")))
    message = await show(channel, ada, "compare", a="wga-mba-2023", b="wga-mba-2026", aspect=aspect)

    assert list(fields(message)) == ["Pay raises"]
    assert "2023" in fields(message)["Pay raises"]
    assert "2026" in fields(message)["Pay raises"]


async def test_status_tells_what_is_in_force_and_to_which_day_that_is_known(bot, channel, ada, shipped):
    message = await show(channel, ada, "status")

    assert "Contracts in force" in fields(message)
    assert message.embeds[0].footer.text.startswith("As known to ")


async def test_where_answers_are_private_facts_are_too(bot, channel, ada, guild):
    boss = guild.member("mia", "manage_guild")
    await (await boss.slash(channel, "setup answers", private=True)).message()
    asked = await ada.slash(channel, "status")
    await asked.message()

    assert asked.ephemeral


async def test_facts_are_acknowledged_before_they_are_drawn(bot, channel, ada):
    asked = await ada.slash(channel, "timeline")
    await asked.message()

    assert asked.deferred


async def test_a_direct_message_has_the_shipped_facts(bot, channel, ada, guild):
    message = await (await ada.slash(ada.dms, "fact", topic=DISPUTED)).message()

    assert message.embeds[0].title == "14 July 2023"
