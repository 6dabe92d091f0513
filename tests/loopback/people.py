"""Those who talk to the bot. They can do what Discord's own program would let them do."""

import time

from loopback.exchange import Exchange


class Person:
    """Somebody, in guilds and in direct messages."""

    def __init__(self, discord, user):
        self._discord, self.user = discord, user
        self.members = {}
        """By guild: who somebody is there."""

    @property
    def id(self):
        return self.user.id

    @property
    def name(self):
        return self.user.name

    @property
    def mention(self):
        """What others write to speak to the person."""
        return self.user.mention

    @property
    def dms(self):
        """The channel between the person and the bot."""
        return self._discord.direct(self)

    async def slash(self, channel, command, **options):
        """Use a command, "ask" or "knowledge add-text". A file is given as its name and its bytes."""
        return await self._act(self._world.slash, channel.id, channel.handle, command, options)

    async def autocomplete(self, channel, command, option, typed, **others):
        """Type into an option of a command, some others being filled in: the choices that come."""
        exchange = await self._act(
            self._world.autocomplete, channel.id, channel.handle, command, option, typed, others
        )
        return await exchange.choices()

    async def context_menu(self, channel, name, target):
        """Use a command of the menu of a message or a person."""
        target = target.members[channel.handle.guild.id] if isinstance(target, Person) else target
        return await self._act(self._world.context_menu, channel.id, channel.handle, name, target)

    async def click(self, message, button):
        """Click a button, named by its label or its custom id."""
        return await self._act(self._world.click, message.channel.id, message, button)

    async def select(self, message, *values, menu=None):
        """Choose in a menu; of several, in the one with a custom id."""
        return await self._act(self._world.select, message.channel.id, message, values, menu)

    async def submit(self, modal, values):
        """Send off a form; its fields are named by label or custom id."""
        return await self._act(self._world.submit, modal.shown.channel_id, modal.shown, values)

    async def send(self, channel, text="", *, reply_to=None, ping=True, attachments=()):
        """Send a message. Attachments are pairs of a name and bytes; without ping a reply notifies nobody."""
        actor = self._as(channel.id)
        return self._world.post(
            actor, channel.handle, text, reply_to=reply_to, ping=ping, attachments=attachments
        )

    async def dm(self, text="", **options):
        """Send the bot a direct message."""
        return await self.send(self.dms, text, **options)

    async def edit(self, message, text):
        await self._as(message.channel.id).edit(message, text)

    async def delete(self, message):
        await self._as(message.channel.id).delete(message)

    @property
    def _world(self):
        return self._discord.world

    def _as(self, channel_id):
        """Who the person is in a channel, for simcord."""
        guild = self._world.guild_of(channel_id)
        return self.members[guild] if guild else self.user

    async def _act(self, do, channel_id, *details):
        began = time.monotonic()
        return Exchange(self._discord, await do(self._as(channel_id), *details), began)
