"""What is made of a message, as Discord sends it."""

from unittest.mock import AsyncMock

import discord
import pytest

from bot.intake import attachment, named, pieces_of

SENT = "2026-05-02T10:00:00+00:00"
CARD = {"type": "rich", "title": "Rates", "description": "Extras are paid $224 a day."}


def file(name="test.pdf", **about):
    return {"id": "9", "filename": name, "size": 1, "url": "https://cdn.example/a", "proxy_url": "", **about}


@pytest.fixture
def message(bot, channel):
    """A message as the gateway sends it."""

    def message(content="", *, by_bot=False, **parts):
        data = {
            "id": "7",
            "channel_id": str(channel.id),
            "author": {"id": "5", "username": "ada", "discriminator": "0", "avatar": None, "bot": by_bot},
            "content": content,
            "timestamp": SENT,
            "edited_timestamp": None,
            **dict.fromkeys(("tts", "mention_everyone", "pinned"), False),
            **{name: [] for name in ("mentions", "mention_roles", "attachments", "embeds", "components")},
            "type": 0,
            **parts,
        }
        return discord.Message(state=bot._connection, channel=bot.get_channel(channel.id), data=data)

    return message


async def said(bot, message):
    pieces = [await piece.get() for piece in pieces_of(bot, message)]
    return [piece.content.decode() for piece in pieces]


async def test_a_bots_card_is_its_words_and_a_links_preview_nobodys(bot, message):
    assert await said(bot, message("Look:", by_bot=True, embeds=[CARD])) == [
        "Look:\n\nRates\nExtras are paid $224 a day."
    ]
    assert await said(bot, message("Look: https://example.org", embeds=[CARD])) == [
        "Look: https://example.org"
    ]


async def test_what_is_forwarded_is_read_and_is_not_said_by_who_forwards_it(bot, message):
    told = {
        "content": "The quarry closed.",
        "timestamp": "2024-01-09T10:00:00+00:00",
        "edited_timestamp": None,
    }
    told |= {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds", "components")}
    told |= {"type": 0, "flags": 0}
    (piece,) = pieces_of(bot, message(message_snapshots=[{"message": told}]))
    handed = await piece.get()

    assert handed.content == b"The quarry closed."
    assert (handed.author, handed.told.publisher, handed.told.published) == (None, None, "2024-01-09")


async def test_what_is_mentioned_is_told_by_name_and_marks_are_left_out(bot, message):
    ada = {"id": "118273645000000000", "username": "ada", "discriminator": "0", "avatar": None}
    words = f"**Cubs** are with <@{ada['id']}>: ~~£5~~ £6"

    assert await said(bot, message(words, mentions=[ada])) == ["Cubs are with @ada:  £6"]


async def test_a_long_text_pasted_replaces_only_itself(bot, monkeypatch):
    async def key_of(name, content):
        monkeypatch.setattr("bot.intake._downloaded", AsyncMock(return_value=content))
        sent = discord.Attachment(data=file(name), state=bot._connection)
        return (await attachment(bot, sent).get()).key

    first = await key_of("message.txt", b"The quarry closed.")

    assert await key_of("message.txt", b"Pay rose.") != first
    assert await key_of("message.txt", b"The quarry closed.") == first
    assert await key_of("rules.txt", b"The quarry closed.") == await key_of("rules.txt", b"Pay rose.")


def test_a_file_is_called_as_its_owner_called_it(bot):
    def attachment(**about):
        return discord.Attachment(data=file(**about), state=bot._connection)

    assert named(attachment(title="Договор test")) == "Договор test.pdf"
    assert named(attachment()) == "test.pdf"
