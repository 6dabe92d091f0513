"""A bot that does a little of everything; nothing of discord.py is replaced in it."""

import asyncio

import discord
from discord import app_commands
from discord.ext import commands


class Correction(discord.ui.Modal, title="Correct this"):
    what = discord.ui.Label(text="What is wrong?", component=discord.ui.TextInput(max_length=100))

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"Noted: {self.what.component.value}", ephemeral=True)


class Buttons(discord.ui.View):
    def __init__(self):
        super().__init__(timeout=None)

    @discord.ui.button(label="Correct", custom_id="small:correct")
    async def correct(self, interaction, _button):
        await interaction.response.send_modal(Correction())

    @discord.ui.button(label="Shout", custom_id="small:shout")
    async def shout(self, interaction, _button):
        await interaction.response.edit_message(content=interaction.message.content.upper())

    @discord.ui.select(custom_id="small:topic", options=[discord.SelectOption(label=name) for name in "abc"])
    async def topic(self, interaction, menu):
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"about {menu.values[0]}")


class Notes(app_commands.Group):
    """What the guild keeps."""

    @app_commands.command()
    async def keep(self, interaction, file: discord.Attachment):
        """Take a file and give one back."""
        await interaction.response.defer(ephemeral=True)
        size = len(await file.read())
        back = discord.File(__file__, "back.txt")
        await interaction.edit_original_response(content=f"{size} bytes", attachments=[back])


class SmallBot(commands.Bot):
    """Remembers what it was told and what went wrong."""

    def __init__(self, connector, **options):
        options.setdefault("intents", discord.Intents.default())
        super().__init__(
            commands.when_mentioned,
            allowed_mentions=discord.AllowedMentions.none(),
            connector=connector,
            guild_ready_timeout=0.1,
            **options,
        )
        self.heard, self.errors = [], asyncio.Queue()
        self.thinking = asyncio.Event()
        self.tree.on_error = self.on_refusal
        self.tree.add_command(Notes(name="notes"))
        self.tree.command()(ask).autocomplete("topic")(complete)
        self.tree.command()(app_commands.default_permissions(manage_guild=True)(tidy))
        self.tree.context_menu(name="Read this")(read)

    async def setup_hook(self):
        self.add_view(Buttons())
        await self.tree.sync()

    async def before_identify_hook(self, _shard, *, initial=False):
        """Discord wants 5 s between two; this one does not."""

    async def on_refusal(self, _interaction, error):
        await self.errors.put(getattr(error, "original", error))

    async def on_message(self, message):
        if message.author != self.user:
            self.heard.append(message.content)
            if self.user in message.mentions:
                await message.reply(f"You said: {message.clean_content}")


@app_commands.describe(
    question="In your own words.", topic="About what.", private="To you alone.", slowly="Or not."
)
async def ask(
    interaction: discord.Interaction,
    question: app_commands.Range[str, 1, 100],
    topic: str = "anything",
    private: bool = False,
    slowly: bool = False,
):
    """Ask something."""
    await interaction.response.defer(thinking=True, ephemeral=private)
    if slowly:
        await interaction.client.thinking.wait()
    about = discord.Embed(title=topic, description=question, url="https://example.org/")
    await interaction.edit_original_response(content="done", embed=about, view=Buttons())
    await interaction.followup.send("and more", ephemeral=True)


async def tidy(interaction: discord.Interaction):
    """Tidy up."""
    await interaction.response.send_message("tidied")


async def read(interaction: discord.Interaction, message: discord.Message):
    await interaction.response.send_message(f"It says: {message.content}")


async def complete(_interaction, typed):
    return [app_commands.Choice(name=name.title(), value=name) for name in ("pay", "scans") if typed in name]
