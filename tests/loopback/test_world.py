"""What the bot relies on changes under it."""


async def test_a_guild_is_out_for_a_while_or_throws_the_bot_out(bot, discord, guild):
    other = discord.guild("Another")
    await discord.ready()
    guild.outage()
    other.remove_bot()
    await discord.ready()

    assert [known.unavailable for known in bot.guilds] == [True]


async def test_a_mention_in_a_thread_is_answered_there(bot, discord, ada, channel):
    thread = channel.thread("About residuals")
    await ada.send(thread, f"{discord.mention} hello")

    assert (await thread.next_message()).content == "You said: @TestBot hello"


async def test_somebody_in_two_guilds_asks_in_each(bot, discord, guild, ada, channel):
    other = discord.guild("Another")
    other.join(ada)
    there = other.channel()

    for place in (channel, there):
        assert (await (await ada.slash(place, "ask", question="When?")).message()).content == "done"


async def test_a_later_edit_of_an_answer_is_seen(bot, ada, channel):
    asked = await ada.slash(channel, "ask", question="When?")
    answer = await asked.message()
    await bot.get_channel(channel.id).get_partial_message(answer.id).edit(content="on second thoughts")

    assert (await asked.edited()).content == "on second thoughts"


async def test_people_edit_and_delete_what_they_wrote(bot, discord, ada, channel):
    message = await ada.send(channel, "hello")
    await ada.edit(message, f"{discord.mention} hello")
    await ada.delete(await ada.send(channel, "nothing"))
    await discord.ready()

    assert [said.content for said in channel.messages] == [f"{discord.mention} hello"]
    assert [seen.clean_content for seen in bot.cached_messages] == ["@TestBot hello"]


async def test_who_is_pinged_is_known(bot, discord, guild, ada, channel):
    guild.permit(ada, "mention_everyone")
    said = await ada.send(channel, f"@everyone and {ada.mention}")

    assert discord.pinged(said) == {"everyone", "ada"}
