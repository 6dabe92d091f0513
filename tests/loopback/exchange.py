"""What comes back when a person uses a command, a button, a menu or a form."""

from dataclasses import dataclass
from typing import Any

from loopback.waiting import SOON

DEFERRED_MESSAGE, DEFERRED_EDIT = 5, 6


@dataclass(frozen=True)
class Modal:
    """A form that a person was shown."""

    title: str
    parts: list[dict[str, Any]]
    shown: Any
    """simcord's record of the interaction that it answers."""


class Exchange:
    """One interaction, as the person sees it. Waits at most `within` seconds for what is to come."""

    def __init__(self, discord, interaction, began):
        self._discord, self._interaction = discord, interaction
        self._began, self._asked_at = began, discord.now()
        self._edited_at = None
        self._followups_seen = 0

    async def acknowledged(self, within=SOON):
        """Wait for the first response."""
        await self._until(lambda: self._callback, "an acknowledgement", within)
        return self

    @property
    def acknowledged_after(self):
        """Seconds from asking to the first response, or None."""
        return self._callback and self._callback.at - self._began

    @property
    def deferred(self):
        """Whether the first response only put the answer off: "thinking ...", or nothing to be seen."""
        return bool(self._callback) and self._callback.body["type"] in {DEFERRED_MESSAGE, DEFERRED_EDIT}

    @property
    def ephemeral(self):
        """Whether the answer is for the person alone."""
        return self._interaction.ephemeral

    async def message(self, within=SOON):
        """Give the answer, a `discord.Message`, once it is there and not "thinking ..." any more."""
        answer = await self._until(self._answer, "an answer", within)
        self._edited_at = answer.edited_at
        return answer

    async def edited(self, within=SOON):
        """Give the answer once it has been edited since it was last looked at."""
        answer = await self._until(self._edited, "an edit", within)
        self._edited_at = answer.edited_at
        return answer

    async def followup(self, within=SOON):
        """Give the next of the messages that come after the answer."""
        seen = self._followups_seen
        await self._until(lambda: self._interaction.followup_ids[seen:], "a followup", within)
        self._followups_seen += 1
        return self._discord.world.message(self._interaction.channel_id, self._interaction.followup_ids[seen])

    async def modal(self, within=SOON):
        """Give the form that is shown."""
        form = await self._until(lambda: self._interaction.modal, "a modal", within)
        return Modal(form["title"], form["components"], self._interaction)

    async def choices(self, within=SOON):
        """Give what is offered to complete an option, as dicts with a name and a value."""
        callback = await self._until(lambda: self._callback, "choices", within)
        return callback.body["data"]["choices"]

    def delete(self):
        """Have a moderator delete the answer, though it be only "thinking ..."."""
        self._discord.world.delete(self._interaction.channel_id, self._interaction.message_id)

    @property
    def _callback(self):
        return self._discord.rest.callbacks.get(self._interaction.id)

    def _answer(self):
        message = self._interaction.message_id and self._discord.world.message(
            self._interaction.channel_id, self._interaction.message_id
        )
        if not message or message.flags.loading:
            return None
        if self._callback.body["type"] == DEFERRED_EDIT and not _later(message.edited_at, self._asked_at):
            return None
        return message

    def _edited(self):
        message = self._answer()
        return message if message and _later(message.edited_at, self._edited_at) else None

    async def _until(self, look, awaited, within):
        return await self._discord.pulse.until(look, f"{awaited} to {self._name}", within)

    @property
    def _name(self):
        return f"/{self._interaction.command_name}" if self._interaction.command_name else "a component"


def _later(moment, other):
    return moment is not None and (other is None or moment > other)
