"""Guilds that the bot is in, and their channels."""

import discord as discord_py

from loopback.people import Person
from loopback.waiting import SOON


class Channel:
    """A place for messages: of a guild, a thread, or between a person and the bot."""

    def __init__(self, discord, handle):
        self._discord, self.handle = discord, handle
        self._seen = set()

    @property
    def id(self):
        return self.handle.id

    @property
    def messages(self):
        """What everyone there sees, oldest first."""
        return [message for message in self.handle.history() if not message.flags.loading]

    async def next_message(self, within=SOON):
        """Give the bot's first message that this has not given yet; answers to commands are such too."""
        message = await self._discord.pulse.until(self._unseen, f"a message in {self.handle.name}", within)
        self._seen.add(message.id)
        return message

    def _unseen(self):
        mine = self._discord.world.account.id
        unseen = (message for message in self.messages if message.id not in self._seen)
        return next((message for message in unseen if message.author.id == mine), None)

    def thread(self, name):
        """Open a thread."""
        return Channel(self._discord, self._discord.world.open_thread(self.handle, name))

    def deny_bot(self, *permissions):
        """Take permissions from the bot here, and nothing from the others."""
        self._discord.world.deny(self, *permissions)

    def delete(self):
        self._discord.world.delete_channel(self.id)


class Guild:
    """A server. The bot may do everything in it, short of an administrator."""

    def __init__(self, discord, handle):
        self._discord, self.handle = discord, handle

    @property
    def id(self):
        return self.handle.id

    def channel(self, name="general"):
        """Create a text channel that everyone reads and writes."""
        return Channel(self._discord, self.handle.create_text_channel(name))

    def member(self, name, *permissions):
        """Let somebody join, with permissions that everyone has not: "manage_guild", ..."""
        person = Person(self._discord, self._discord.world.create_user(name))
        return self.join(person, *permissions)

    def join(self, person, *permissions):
        """Let somebody who is in another guild join this one too."""
        person.members[self.id] = self.handle.add_member(person.user)
        return self.permit(person, *permissions)

    def permit(self, person, *permissions):
        """Give somebody a role with these permissions, and take all other roles away."""
        roles = []
        if permissions:
            granted = discord_py.Permissions(**dict.fromkeys(permissions, True))
            roles = [self.handle.create_role(f"{person.name}'s", permissions=granted)]
        self._discord.world.set_roles(self, person.user, roles)
        return person

    def give(self, person, role):
        """Give somebody a role, and take all other roles away."""
        self._discord.world.set_roles(self, person.user, [role])

    def remove(self, person):
        """Throw somebody out."""
        self.handle.remove_member(person.user)

    def outage(self):
        """Tell the bot that Discord has lost the guild for a while."""
        self._discord.world.tell("GUILD_DELETE", {"id": str(self.id), "unavailable": True})

    def remove_bot(self):
        """Throw the bot out for good."""
        self._discord.world.remove_guild(self.id)
