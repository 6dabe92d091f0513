"""What Discord remembers and allows: guilds, roles, permissions, messages, interactions.

It is simcord's, without its bot, its clock and its patches; no other file imports it. What is taken
here is no public interface of simcord, hence the exact pin.
"""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import discord
from simcord import Env
from simcord import actors as acts
from simcord._clock import Clock
from simcord._modal import _modal_controls, _submit_modal
from simcord.backend import Backend, cdn, serializers
from simcord.backend.errors import BackendError, SetupError
from simcord.backend.models import AllowedMentions, Overwrite
from simcord.builders import ChannelHandle
from simcord.components import walk_components
from simcord.enums import OverwriteType
from simcord.gateway import FakeGateway
from simcord.http import RouteNotImplemented, UnsupportedField
from simcord.http.router import dispatch
from simcord.results import InteractionResult, to_discord_message

from loopback.connect import CDN
from loopback.refusals import refusal

cdn.CDN_BASE = f"https://{CDN}"


Impossible = SetupError
"""A person tries what Discord's own program would not let them do."""


class Unimplemented(Exception):
    """The loopback is asked for what it cannot do: a gap in it, not a fault of the bot."""


class _WallClock(Clock):
    """The time of day, and what a test has added to it."""

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=self.elapsed)


class _Parsers(dict):
    """Takes each event to the same place."""

    def __init__(self, push):
        super().__init__()
        self._push = push

    def __missing__(self, event):
        return lambda payload: self._push(event, payload)


class _Cdn(cdn.CdnStore):
    """It may say of a file what is not so."""

    def __init__(self):
        super().__init__()
        self.declared = {}

    def store_attachment(self, attachment_id, channel_id, filename, data, description):
        about = super().store_attachment(attachment_id, channel_id, filename, data, description)
        return about | self.declared.get(filename, {})


class World(Env):
    """Everything but the wire. Handles of guilds, channels and people are simcord's."""

    def __init__(self):
        super().__init__(discord.Client(intents=discord.Intents(guilds=True)))  # what messages are read with
        self.backend = Backend(clock=_WallClock())
        self._message_states.add(self.bot._connection)
        self.backend.cdn = self.cdn = _Cdn()
        self._nonces, self._shown = {}, {}

    async def _settle_internal(self, **_options):
        """The bot is another program: nobody waits until it is done."""

    def skip(self, seconds):
        self.backend.advance_clock(seconds)

    # For the wire

    @property
    def account(self):
        """The bot's user."""
        return self.backend.bot_user

    def about_account(self):
        return dict(serializers.user_payload(self.account))

    def about_application(self):
        """As READY tells it."""
        return {"id": str(self.backend.application_id), "flags": 0}

    def about_guilds(self):
        """As GUILD_CREATE tells them."""
        return [
            serializers.guild_create_payload(self.backend, guild) for guild in self.backend.guilds.values()
        ]

    def listen(self, hear):
        """Have every event told to `hear(event, payload)`, whoever may know of it."""
        self.backend.subscribers.append(hear)

    def listener(self, intents, push):
        """Give `hear(event, payload)`, which pushes what a client with these intents is told of it."""
        client = SimpleNamespace(intents=intents, parsers=_Parsers(push))
        return FakeGateway(self.backend, client).feed

    def commands(self):
        """All that are synced, by name."""
        return {
            command["name"]: command for scope in self.backend.commands.values() for command in scope.values()
        }

    def blob(self, path):
        """What the CDN holds there, or None."""
        return self.backend.cdn.get(cdn.CDN_BASE + path)

    def carry_out(self, request, *, reads_content):
        """Do what a request asks.

        Returns:
            A status and a body; who sends a nonce twice and enforces it gets the first message again.

        Raises:
            Unimplemented: no such route, or a field of the body that means nothing here.
        """
        fields = request.body if isinstance(request.body, dict) else {}
        if refused := refusal(self, request):
            return refused
        nonce = (request.path, fields["nonce"]) if fields.get("enforce_nonce") else None
        if nonce in self._nonces:
            return 200, self._nonces[nonce]
        try:
            done = dispatch(
                self.backend,
                request.method,
                request.path,
                json=request.body,
                params=request.query,
                files=request.files,
                message_content_access=reads_content,
            )
        except (RouteNotImplemented, UnsupportedField) as gap:
            raise Unimplemented(str(gap)) from gap
        except BackendError as error:
            return error.status, error.to_json()
        if nonce:
            self._nonces[nonce] = deepcopy(done)
        if request.path.endswith("/commands"):
            self._shown |= {command["name"]: command for command in done}
        return (204, None) if done is None else (200, done)

    def has_expired(self, token):
        """Whether an interaction's token was good for 15 minutes."""
        record = self.backend.interactions.get(self.backend.interaction_tokens.get(token))
        return record is not None and record.expires_at <= self.backend.now_iso()

    def permissions(self, channel_id):
        """What the bot may do in a channel; everything that is asked for where there are no roles."""
        channel = self.backend.channels.get(channel_id)
        if channel is None or channel.guild_id is None:
            return discord.Permissions.all()
        value = self.backend.compute_permissions(channel.guild_id, self.account.id, channel_id)
        return discord.Permissions(value)

    # For messages

    def message(self, channel_id, message_id):
        """As its readers see it, or None where it is gone."""
        stored = self.backend.messages.get(channel_id, {}).get(message_id)
        return stored and to_discord_message(self, stored)

    def pinged(self, message):
        """Names of the people and roles whom a message notifies, and "everyone"."""
        stored = self.backend.get_message(message.channel.id, message.id)
        guild = self.backend.guilds.get(self.guild_of(stored.channel_id))
        names = {self.backend.users[user].name for user in stored.ping_user_ids}
        names |= {guild.roles[role].name for role in stored.ping_role_ids}
        return names | ({"everyone"} if stored.mention_everyone else set())

    def delete(self, channel_id, message_id):
        self.backend.delete_message(channel_id, message_id)

    def post(self, actor, channel, text, *, reply_to, ping, attachments):
        """Send a person's message; without `ping` a reply does not notify."""
        speak = "send_messages_in_threads" if channel.is_thread else "send_messages"
        guild = channel.guild.id if channel.guild else None
        self.backend.require_permissions(guild, actor.id, channel.id, speak)
        stored = self.backend.create_message(
            channel.id,
            actor.id,
            text,
            reference=reply_to and {"message_id": str(reply_to.id), "channel_id": str(reply_to.channel.id)},
            attachments=self.backend.store_attachments(channel.id, attachments),
            allowed_mentions=AllowedMentions(replied_user=ping),
        )
        return to_discord_message(self, stored)

    # For what people do: each gives simcord's record of the interaction, which goes on changing

    async def slash(self, actor, channel, command, options):
        """A command that is no longer synced is shown to people for a while."""
        name = command.partition(" ")[0]
        guild = channel.guild and channel.guild.id
        root = None if self.backend.find_command(name, guild) else self._shown.get(name)
        return (await acts._slash(actor, channel, command, options, root=root))._interaction

    async def context_menu(self, member, channel, name, target):
        return (await member.context_menu(channel, name, target))._interaction

    async def autocomplete(self, actor, channel, command, option, typed, others):
        result = await acts._autocomplete_result(actor, channel, command, option, typed, others)
        return result._interaction

    async def click(self, actor, message, button):
        stored = acts._visible_message(actor, message)
        labels = {component.get("label") for component in walk_components(stored.components)}
        by = {"label": None, "custom_id": None, "label" if button in labels else "custom_id": button}
        return (await acts._component_click(actor, message, **by))._interaction

    async def select(self, actor, message, values, menu):
        return (await acts._component_select(actor, message, values, custom_id=menu))._interaction

    async def submit(self, actor, shown, values):
        """Values are named by the fields' labels or custom ids."""
        labels = self._labels(shown.modal)
        values = {labels.get(name, name): value for name, value in values.items()}
        return (await _submit_modal(actor, InteractionResult(self, shown), values))._interaction

    @staticmethod
    def _labels(modal):
        """A modal's custom ids by the words beside the field: on a Label, or on the field itself."""
        labels = {field.get("label"): field["custom_id"] for field in _modal_controls(modal)}
        wrapped = [part for part in modal["components"] if "component" in part]
        return labels | {part["label"]: part["component"]["custom_id"] for part in wrapped}

    # For guilds

    def guild_of(self, channel_id):
        """A guild's id; None for direct messages."""
        return self.backend.get_channel(channel_id).guild_id

    def open_thread(self, channel, name):
        """As the guild's owner does."""
        owner = self.backend.get_guild(channel.guild.id).owner_id
        return ChannelHandle(self, channel.guild, self.backend.create_thread(channel.id, name, owner))

    def delete_channel(self, channel_id):
        self.backend.delete_channel(channel_id)

    def remove_guild(self, guild_id):
        self.backend.remove_guild(guild_id)

    def deny(self, channel, *permissions):
        """Take permissions from the bot in a channel."""
        denied = discord.Permissions(**dict.fromkeys(permissions, True)).value
        self.backend.set_overwrite(channel.id, Overwrite(self.account.id, OverwriteType.MEMBER, deny=denied))

    def set_roles(self, guild, user, roles):
        self.backend.edit_member(guild.id, user.id, {"role_ids": [role.id for role in roles]})

    def tell(self, event, payload):
        self.backend.emit(event, payload)
