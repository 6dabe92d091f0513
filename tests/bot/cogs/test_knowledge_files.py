"""Files of each type, nasty ones, and messages with embeds: through the door, and what is answered then."""

# ruff: noqa: F811 - a fixture that is imported is an argument, too

from io import BytesIO

import discord as discord_py
import docx
import pytest
from fpdf import FPDF

from ...ingest.test_isolate import NASTY
from .test_ask import fields, labels, text_of
from .test_facts import show
from .test_knowledge import (
    CLOSED,
    NOTES,
    add,
    at_the_door,
    bot,  # noqa: F401
    hand_in,
    is_over,
    moderator,  # noqa: F401
    once,
    press,
    site,  # noqa: F401
    titles,
)

OPTIONS = "first", "second", "third", "fourth", "fifth"
WORDS = "The quarry on Jethou closed in 1838. Its foreman was Percival Dray."


def pdf():
    """A PDF whose second page is empty."""
    made = FPDF()
    made.add_page()
    made.set_font("helvetica", size=12)
    made.multi_cell(0, text=WORDS)
    made.add_page()
    return bytes(made.output())


def word():
    made, file = docx.Document(), BytesIO()
    made.add_paragraph(WORDS)
    made.save(file)
    return file.getvalue()


def page():
    return f"<html><body><article><p>{WORDS}</p></article></body></html>".encode()


@pytest.mark.parametrize(
    ("name", "make", "warned"),
    [("quarry.pdf", pdf, True), ("quarry.docx", word, False), ("quarry.html", page, False)],
)
async def test_a_file_of_each_type_is_seen_at_the_door_and_answered_from(
    bot, channel, ada, moderator, name, make, warned
):
    door = await hand_in(channel, moderator, "add-file", first=(name, make()))
    await press(moderator, door, "Accept")
    answer = await show(channel, ada, "ask", question=CLOSED)

    assert "foreman was Percival Dray" in fields(door)["How it begins"]
    assert ("page 2" in str(door.embeds[0].to_dict()).lower()) == warned
    assert "1838" in text_of(answer)


async def test_a_file_without_a_word_is_refused_and_nothing_waits(bot, channel, moderator):
    empty = FPDF()
    empty.add_page()
    asked = await moderator.slash(channel, "knowledge add-file", first=("empty.pdf", bytes(empty.output())))
    told = await once(asked, is_over)

    assert "holds no text (a scan?)" in text_of(told).replace("\\", "")
    assert labels(told) == []


LONG = {"attributes.html"}
"""What takes the processor time that a child may have, in full."""
QUICK = sorted(NASTY.keys() - LONG)


@pytest.mark.parametrize("names", [QUICK[start::4] for start in range(4)], ids=lambda names: names[0])
async def test_nasty_files_cost_one_message_each_and_questions_are_answered_afterwards(
    bot, channel, ada, moderator, names
):
    await add(channel, moderator, "add-file", first=("notes.md", NOTES))
    told = []
    for start in range(0, len(names), len(OPTIONS)):
        some = names[start : start + len(OPTIONS)]
        files = {option: (name, NASTY[name][0]()) for option, name in zip(OPTIONS, some, strict=False)}
        asked = await moderator.slash(channel, "knowledge add-file", **files)
        told += text_of(await once(asked, is_over)).replace("\\", "").splitlines()[1:]

    assert len(told) == len(names)
    for line, name in zip(told, names, strict=True):
        assert NASTY[name][1].lower() in line.lower()
        assert name in line.lower()
    assert await titles(channel, moderator) == ["The quarry of Jethou"]
    assert "1838" in text_of(await show(channel, ada, "ask", question=CLOSED))


async def test_a_message_s_embeds_are_added_with_it(discord, bot, channel, ada, moderator):
    embed = discord_py.Embed(title="The quarry of Jethou", description="The quarry on Jethou closed in 1838.")
    embed.add_field(name="Foreman", value="Percival Dray was its foreman.").set_footer(text="Harbour Office.")
    sent = await bot.get_channel(channel.id).send("News.", embed=embed)
    message = discord.world.message(channel.id, sent.id)
    asked = await moderator.context_menu(channel, "Add to knowledge", message)
    door = await once(asked, at_the_door)
    await press(moderator, door, "Accept")

    begins = fields(door)["How it begins"]
    said = ["News.", "The quarry of Jethou", "closed in 1838", "Foreman", "Percival Dray", "Harbour Office"]
    assert [words for words in said if words not in begins] == []
    assert "1838" in text_of(await show(channel, ada, "ask", question=CLOSED))
    foreman = await show(channel, ada, "ask", question="Who was the foreman of the quarry?")
    assert "Percival Dray" in text_of(foreman)


async def test_no_secret_that_an_error_holds_is_told_to_who_hands_a_page_in(
    bot, channel, moderator, site, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk0123456789abcdef")
    url = site.url("/nowhere?key=sk0123456789abcdef")
    told = await once(await moderator.slash(channel, "knowledge add-url", url=url), is_over)

    assert "sk0123456789abcdef" not in text_of(told)
    assert "<OPENAI_API_KEY>" in text_of(told).replace("\\", "")
