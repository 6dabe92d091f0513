from knowledge.types import Answer


class WithChatModel:
    chat_model = "openai:gpt-4o-mini"

    def answer(self, question, history=(), guild=None, progress=None):
        return Answer(question, "", (), 0.0, None)


async def about(person, channel):
    asked = await person.slash(channel, "about")
    message = await asked.message()
    assert asked.ephemeral
    return {field.name: field.value for field in message.embeds[0].fields}, message.embeds[0].description


async def test_it_says_what_it_knows_and_to_which_date(bot, channel, ada, guild, document, take_in, harbour):
    take_in(harbour, document("The quay is closed.", "Quay", scope=f"guild-{guild.id}", published="2026-05"))

    told, introduction = await about(ada, channel)

    assert told["What I know"] == (
        "0 sourced facts and 3 documents, and 1 documents of this server's own, which no other server sees. "
        "The newest source is of 2026-05."
    )
    assert "not legal advice" in introduction


async def test_in_another_guild_that_document_is_not_counted(
    discord, bot, ada, guild, document, take_in, harbour
):
    take_in(harbour, document("The quay is closed.", "Quay", scope=f"guild-{guild.id}", published="2026-05"))
    other = discord.guild("Another")
    elsewhere = other.channel()
    await discord.ready()

    told, _ = await about(other.member("eve"), elsewhere)

    assert told["What I know"] == "0 sourced facts and 3 documents. The newest source is of 1999-04."


async def test_without_a_chat_model_no_question_leaves_the_machine(bot, channel, ada):
    told, _ = await about(ada, channel)

    assert "no question leaves the machine" in told["Who sees your question"]


async def test_with_a_chat_model_it_says_to_whom_questions_go(discord, make_bot, channel, ada):
    async with discord.running(make_bot(WithChatModel())):
        told, _ = await about(ada, channel)

    assert "openai:gpt-4o-mini" in told["Who sees your question"]


async def test_help_says_how_to_ask(bot, channel, ada):
    message = await (await ada.slash(channel, "help")).message()

    assert "/ask" in message.embeds[0].description
