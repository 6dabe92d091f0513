"""What belongs to a guild goes some time after the bot has left it, and not before."""

import asyncio
from datetime import timedelta

import pytest
from loopback import SOON

from bot.tidying import tidy_once
from ingest.index import writing
from knowledge.schema import now
from knowledge.types import STARTER, scope_of

from .cogs.test_ask import text_of
from .cogs.test_corrections import FACT, edit
from .conftest import LIT, NONSENSE


@pytest.fixture
def moderator(guild):
    return guild.member("mia", "manage_messages", "manage_guild")


@pytest.fixture
def own(guild, harbour, document, take_in):
    """A document of the guild's own."""
    known = document("The zeppelin of Vaduz was sold in 1932.", name="z", scope=scope_of(str(guild.id)))
    take_in(harbour, known)
    return known.source.id


async def fill(channel, moderator):
    """Leave something of each kind in a guild."""
    await (await moderator.slash(channel, "ask", question=LIT)).message()
    message = await (await moderator.slash(channel, "ask", question=NONSENSE)).message()
    await (await moderator.click(message, "Tell me when you know")).message()
    await edit(channel, moderator)
    await (await moderator.slash(channel, "setup answers", private=True)).message()


def left_of(bot, guild):
    """What is still there of each kind."""
    id = str(guild.id)
    return {
        "documents": bot.library.catalogue.counts(scope_of(id)),
        "vectors": bot.library.store.count(scope_of(id)),
        "facts": bot.facts.changed(id),
        "gaps and wishes": id in bot.gaps.guilds(),
        "settings": bot.memory.all_wishes().get(id) or bot.wishes[guild.id].private,
    }


async def tidied(bot):
    """Tidy once, as the writer."""
    async with asyncio.timeout(SOON):
        with writing(bot.library):
            await tidy_once(bot)


async def noted(bot, guild):
    """Wait until it is noted that the bot has left."""
    async with asyncio.timeout(SOON):
        while str(guild.id) not in bot.joined.gone(days=0):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)


async def test_all_that_belongs_to_a_guild_goes_after_the_days_of_grace(
    discord, make_bot, guild, channel, moderator, own
):
    other = discord.guild("Another")
    elsewhere, boss = other.channel(), other.member("bo", "manage_messages", "manage_guild")
    async with discord.running(make_bot(keep_left_days=0)) as bot:
        await fill(channel, moderator)
        await fill(elsewhere, boss)
        guild.remove_bot()
        await noted(bot, guild)
        await tidied(bot)

        assert not any(left_of(bot, guild).values())
        assert all(left_of(bot, other).values())
        assert bot.memory.held_on(str(moderator.id)) == (0, None, 0)
        assert bot.library.catalogue.counts(STARTER) == {"document": 3}


async def test_before_the_days_of_grace_nothing_goes(discord, make_bot, guild, channel, moderator, own):
    async with discord.running(make_bot(keep_left_days=30)) as bot:
        await fill(channel, moderator)
        guild.remove_bot()
        await noted(bot, guild)
        await tidied(bot)

        assert all(left_of(bot, guild).values())


async def test_an_outage_is_no_leaving(discord, make_bot, guild, channel, moderator, own):
    async with discord.running(make_bot(keep_left_days=0)) as bot:
        await fill(channel, moderator)
        guild.outage()
        await discord.ready()
        await tidied(bot)

        assert all(left_of(bot, guild).values())


async def test_who_left_while_the_bot_was_away_is_noted_at_the_start(
    discord, make_bot, guild, channel, moderator, own
):
    async with discord.running(make_bot()):
        await fill(channel, moderator)
    guild.remove_bot()
    async with discord.running(make_bot(keep_left_days=0)) as bot:
        await tidied(bot)

        assert not any(left_of(bot, guild).values())


async def test_who_comes_back_in_time_loses_nothing_even_if_the_bot_was_away(
    discord, make_bot, guild, channel, moderator, own
):
    async with discord.running(make_bot()) as bot:
        await fill(channel, moderator)
        bot.joined.left(str(guild.id), now() - timedelta(days=100))
    async with discord.running(make_bot(keep_left_days=30)) as bot:
        await tidied(bot)

        assert all(left_of(bot, guild).values())


async def test_a_deletion_that_was_cut_off_is_done_again(discord, make_bot, guild, channel, moderator, own):
    async with discord.running(make_bot()) as bot:
        await fill(channel, moderator)
        guild.remove_bot()
        await noted(bot, guild)
        bot.facts.forget_guild(str(guild.id))
    async with discord.running(make_bot(keep_left_days=0)) as bot:
        await tidied(bot)

        assert not any(left_of(bot, guild).values())


async def test_the_others_are_answered_as_before(discord, make_bot, guild, channel, moderator, own):
    other = discord.guild("Another")
    elsewhere, bo = other.channel(), other.member("bo")
    async with discord.running(make_bot(keep_left_days=0)) as bot:
        guild.remove_bot()
        await noted(bot, guild)
        await tidied(bot)
        answer = await (await bo.slash(elsewhere, "ask", question=LIT)).message()
        fact = await (await bo.slash(elsewhere, "fact", topic=FACT)).message()

    assert "1891" in text_of(answer)
    assert fact.embeds[0].title == "148 days"
