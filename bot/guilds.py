"""What each guild has set with `/setup`."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord import app_commands
from pydantic import BaseModel, ConfigDict

from bot.delivery import Interaction
from knowledge.asked import Memory
from knowledge.errors import PicketError

if TYPE_CHECKING:
    from bot.client import Bot


class DiscordSilent(PicketError):
    """Discord does not tell what somebody may do."""

    def __init__(self) -> None:
        super().__init__("Discord does not tell now whether you may do that; try again in a minute")


class Wishes(BaseModel):
    """Of one guild; the defaults are those of a guild that has set nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channels: frozenset[int] = frozenset()
    """Where it answers in public; empty, everywhere."""
    moderators: int | None = None
    """The role that looks after the documents, besides those who may manage messages."""
    private: bool = False
    """Whether an answer is for whoever asks alone, unless they say otherwise."""

    def public_in(self, channels: Iterable[int]) -> bool:
        """Whether it answers for all to see in a channel, given with those above it."""
        return not self.channels or not self.channels.isdisjoint(channels)


class Guilds:
    """All guilds' wishes, read once: nobody else writes them while the bot runs."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._changing = asyncio.Lock()
        self._wishes = {int(id): Wishes.model_validate(set_) for id, set_ in memory.all_wishes().items()}

    def __getitem__(self, guild: int | None) -> Wishes:
        """Those of a guild; a direct message has none."""
        return self._wishes.get(guild or 0, Wishes())

    def forget(self, guild: int) -> None:
        """Let go of what a guild had set, which is deleted."""
        self._wishes.pop(guild, None)

    async def change(self, guild: int, **to: object) -> Wishes:
        """Set some of a guild's wishes, for good."""
        async with self._changing:
            wishes = self[guild].model_copy(update=to)
            await asyncio.to_thread(self._memory.set_wishes, str(guild), wishes.model_dump(mode="json"))
            self._wishes[guild] = wishes
        return wishes


def check_moderator(interaction: Interaction) -> None:
    """See that a person may look after the facts and documents of the guild they are in, now.

    Raises:
        MissingPermissions: they may not.
    """
    wishes = interaction.client.wishes[interaction.guild_id]
    if not _may(wishes, interaction.user, interaction.permissions):
        raise app_commands.MissingPermissions(["manage_messages"])


async def is_moderator_still(client: "Bot", guild_id: int, person: int) -> bool:
    """Ask Discord whether a person may still do so in any channel, for what takes longer than a command.

    Raises:
        DiscordSilent: that cannot be known now, which is no fault of the person's.
    """
    guild = client.get_guild(guild_id)
    if guild is None:  # the bot has left it
        return False
    if guild.unavailable:
        raise DiscordSilent
    try:
        member = await guild.fetch_member(person)
    except (discord.NotFound, discord.Forbidden):
        return False
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise DiscordSilent from error
    everywhere = [member.guild_permissions, *(channel.permissions_for(member) for channel in guild.channels)]
    return any(_may(client.wishes[guild_id], member, granted) for granted in everywhere)


def _may(wishes: Wishes, person: discord.abc.User, granted: discord.Permissions) -> bool:
    has_role = any(held.id == wishes.moderators for held in getattr(person, "roles", ()))
    return has_role or granted.manage_messages
