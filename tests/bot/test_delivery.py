"""Whatever the network does, each question is answered once."""

import pytest

from bot import delivery
from bot.delivery import REMEMBERED_EVENTS, Seen

from .cogs.test_ask import LIT_ANSWER, Remembering, text_of
from .conftest import LIT, at_rest

CALLBACK = "POST /interactions/{}/{}/callback"
EDIT = "PATCH /webhooks/{}/{}/messages/@original"
SEND = "POST /channels/{}/messages"
WAYS_OUT = {
    "op 7": lambda gateway: gateway.reconnect(),
    "op 9, resumable": lambda gateway: gateway.invalidate(resumable=True),
    "close 1001": lambda gateway: gateway.close(1001),
    "close 4000": lambda gateway: gateway.close(4000),
    "cut": lambda gateway: gateway.drop(),
}
FIFTEEN_MINUTES = 15 * 60


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(delivery, "PAUSE", 0.05)


def test_an_event_is_met_once():
    seen = Seen()

    assert [seen.first_time(id) for id in (1, 2, 1, 2, 3)] == [True, True, False, False, True]


def test_what_was_met_long_ago_takes_up_no_room():
    seen = Seen()
    for id in range(REMEMBERED_EVENTS + 1):
        seen.first_time(id)

    assert seen.first_time(0)
    assert not seen.first_time(REMEMBERED_EVENTS)


@pytest.mark.parametrize("way_out", WAYS_OUT)
async def test_what_is_asked_while_the_bot_is_away_is_answered_once_it_is_back(
    way_out, discord, bot, channel, ada
):
    with discord.gateway.shut():
        await WAYS_OUT[way_out](discord.gateway)
        await ada.send(channel, f"{discord.mention} {LIT}")
        asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)
    assert text_of(await channel.next_message()).startswith(LIT_ANSWER)


async def test_after_a_session_that_cannot_be_resumed_it_answers_again(discord, bot, channel, ada):
    await discord.gateway.invalidate(resumable=False)
    await discord.ready()
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert text_of(await channel.next_message()).startswith(LIT_ANSWER)


async def test_an_event_that_comes_twice_is_answered_once(discord, make_bot, channel, ada):
    answerer = Remembering()
    async with discord.running(make_bot(answerer)):
        await ada.send(channel, f"{discord.mention} one")
        asked = await ada.slash(channel, "ask", question="two")
        discord.gateway.repeat_last(4)
        await asked.message()
        await channel.next_message()
        await (await ada.slash(channel, "ask", question="three")).message()

    assert sorted(question for question, _, _ in answerer.asked) == ["one", "three", "two"]
    assert len([message for message in channel.messages if message.author.bot]) == 3


async def test_a_courtesy_that_hangs_does_not_keep_the_answer(discord, bot, channel, ada):
    discord.delay("POST /channels/{}/typing", 8)
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert text_of(await channel.next_message(within=5)).startswith(LIT_ANSWER)


async def test_of_one_person_only_a_few_questions_wait(discord, make_bot, channel, ada, guild):
    async with discord.running(make_bot(Remembering(seconds=0.5))):
        asked = [await ada.slash(channel, "ask", question=f"number {n}") for n in range(4)]
        others = await guild.member("ben").slash(channel, "ask", question="mine")
        said = [await one.message() for one in asked]

        assert [message.content[:33] for message in said if message.content] == [
            "You have 3 questions waiting; ask"
        ]
        assert text_of(await others.message()).startswith("My sources")


async def test_a_press_that_comes_twice_is_answered_once(discord, bot, channel, ada, memory):
    answered = await (await ada.slash(channel, "ask", question=LIT)).message()
    pressed = await ada.click(answered, "Helpful")
    discord.gateway.repeat_last(1)
    await pressed.message()
    await (await ada.slash(channel, "ask", question=LIT)).message()

    assert len(discord.requests(CALLBACK)) == 3


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_fault_of_discords_at_the_acknowledgement_costs_nothing(
    discord, bot, channel, ada, status, after_effect
):
    discord.fail(CALLBACK, status=status, after_effect=after_effect)
    if after_effect:
        discord.expect(40060)
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)
    assert len(channel.messages) == 1


async def test_two_faults_at_the_acknowledgement_cost_nothing(discord, bot, channel, ada):
    discord.fail(CALLBACK, status=502)
    discord.drop(CALLBACK)
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)


@pytest.mark.parametrize("after_effect", [False, True])
async def test_an_acknowledgement_that_hangs_is_tried_again(discord, bot, channel, ada, after_effect):
    discord.delay(CALLBACK, 4, after_effect=after_effect)
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_connection_cut_at_the_acknowledgement_costs_nothing(
    discord, bot, channel, ada, after_effect
):
    discord.drop(CALLBACK, after_effect=after_effect)
    if after_effect:
        discord.expect(40060)
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)
    assert len(channel.messages) == 1


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("fault", ["cut", "503"])
async def test_a_fault_at_the_answer_neither_loses_nor_doubles_it(
    discord, bot, channel, ada, fault, after_effect
):
    for route in (EDIT, SEND):
        if fault == "cut":
            discord.drop(route, after_effect=after_effect)
        else:
            discord.fail(route, status=503, after_effect=after_effect)
    asked = await ada.slash(channel, "ask", question=LIT)
    await asked.message()
    await ada.send(channel, f"{discord.mention} {LIT}")
    await channel.next_message()
    await discord.ready()
    await at_rest(bot)

    assert len([message for message in channel.messages if message.author.bot]) == 2


@pytest.mark.parametrize("route", [CALLBACK, EDIT])
async def test_a_limit_out_of_the_blue_is_waited_out(discord, bot, channel, ada, route):
    discord.limit(route, retry_after=0.2)
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)


async def test_a_limit_that_is_told_is_kept(discord, bot, channel, ada):
    discord.bucket(SEND, calls=1, seconds=0.3)
    for n in range(3):
        await ada.send(channel, f"{discord.mention} {LIT} {n}")
    for _ in range(3):
        assert text_of(await channel.next_message()).startswith(LIT_ANSWER)

    assert {request.status for request in discord.requests(SEND)} == {200}


async def test_too_late_to_acknowledge_is_a_line_in_the_log(discord, bot, channel, ada, caplog):
    discord.before(CALLBACK, lambda: discord.skip(4))
    discord.expect(10062)
    await ada.slash(channel, "ask", question=LIT)
    await ada.send(channel, f"{discord.mention} {LIT}")
    await channel.next_message()

    assert "too late to answer" in caplog.text
    assert "Traceback" not in caplog.text


async def test_an_answer_that_takes_over_15_minutes_comes_as_a_message(discord, bot, channel, ada):
    discord.before(EDIT, lambda: discord.skip(FIFTEEN_MINUTES + 1))
    discord.expect(50027)
    await ada.slash(channel, "ask", question=LIT)

    assert text_of(await channel.next_message()).startswith(LIT_ANSWER)


async def test_a_private_answer_that_takes_over_15_minutes_is_not_made_public(
    discord, bot, channel, ada, caplog
):
    discord.before(EDIT, lambda: discord.skip(FIFTEEN_MINUTES + 1))
    discord.expect(50027)
    await ada.slash(channel, "ask", question=LIT, private=True)
    await ada.send(channel, f"{discord.mention} {LIT}")
    await channel.next_message()

    assert len([message for message in channel.messages if message.author.bot]) == 1


async def test_a_channel_deleted_while_answering_is_a_line_in_the_log(discord, bot, guild, ada, caplog):
    doomed = guild.channel("doomed")
    await discord.ready()
    discord.before(EDIT, doomed.delete)
    discord.expect(10008)
    await ada.slash(doomed, "ask", question=LIT)
    other = guild.channel("other")
    await discord.ready()
    asked = await ada.slash(other, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)
    await at_rest(bot)
    assert "ask failed" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_channel_deleted_before_a_reply_is_a_line_in_the_log(discord, bot, guild, ada, caplog):
    doomed = guild.channel("doomed")
    await discord.ready()
    discord.before(SEND, doomed.delete)
    discord.expect(10003)
    await ada.send(doomed, f"{discord.mention} {LIT}")
    await discord.ready()
    await at_rest(bot)

    assert "Unknown Channel" in caplog.text
    assert len(discord.requests(SEND)) == 1
    assert "Traceback" not in caplog.text


async def test_a_question_deleted_while_answering_is_answered_all_the_same(discord, bot, channel, ada):
    question = await ada.send(channel, f"{discord.mention} {LIT}")
    discord.before(SEND, lambda: ada.delete(question))

    assert text_of(await channel.next_message()).startswith(LIT_ANSWER)


async def test_where_it_may_not_write_it_does_not_try(discord, bot, channel, ada, guild, caplog):
    channel.deny_bot("send_messages")
    await ada.send(channel, f"{discord.mention} {LIT}")
    other = guild.channel("other")
    await ada.send(other, f"{discord.mention} {LIT}")
    await other.next_message()

    assert "missing Send Messages" in caplog.text
    assert len(discord.requests(SEND)) == 1


async def test_where_it_may_not_embed_it_says_which_permission_it_needs(discord, bot, channel, ada):
    channel.deny_bot("embed_links")
    await ada.send(channel, f"{discord.mention} {LIT}")

    assert (await channel.next_message()).content == "To answer here I need the permission “Embed Links”."


async def test_where_it_may_not_read_back_it_answers_without_referring(discord, bot, channel, ada):
    channel.deny_bot("read_message_history")
    await ada.send(channel, f"{discord.mention} {LIT}")
    answer = await channel.next_message()

    assert text_of(answer).startswith(LIT_ANSWER)
    assert answer.reference is None


async def test_permissions_taken_away_while_answering_are_a_line_in_the_log(
    discord, bot, channel, ada, guild, caplog
):
    discord.before(SEND, lambda: channel.deny_bot("send_messages"))
    discord.expect(50013)
    await ada.send(channel, f"{discord.mention} {LIT}")
    asked = await ada.slash(channel, "ask", question=LIT)

    assert text_of(await asked.message()).startswith(LIT_ANSWER)
    await at_rest(bot)
    assert [request.status for request in discord.requests(SEND)] == [403]
    assert "50013" in caplog.text
