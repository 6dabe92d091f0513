"""Discord's gateway, on the wire: sessions, heartbeats, and what may go wrong with them.

Source: https://docs.discord.com/developers/events/gateway (v10)
"""

import asyncio
import json
import time
import uuid
from contextlib import contextmanager, suppress

import discord
from aiohttp import web

from loopback.connect import GATEWAY

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 3, 6, 7, 9, 10, 11
GOING_AWAY, NO_TOKEN, NO_INTENT = 1001, 4004, 4014
PRIVILEGED = ("members", "presences", "message_content")
"""Intents that the Developer Portal grants."""


class Connection:
    """One WebSocket: frames go out in order, heartbeats come in."""

    def __init__(self, request, socket):
        self._request, self._socket = request, socket
        self._outbox = asyncio.Queue()
        self._last_beat, self._longest_gap = time.monotonic(), 0.0
        self.beats, self.seen, self.over = 0, 0, False

    def send(self, op, data=None, sequence=None, event=None):
        self._outbox.put_nowait({"op": op, "d": data, "s": sequence, "t": event})

    async def write(self):
        """Send what is there, for ever."""
        while True:
            frame = json.dumps(await self._outbox.get())
            with suppress(ConnectionError):
                await self._socket.send_str(frame)

    def beat(self, seen):
        """Take a heartbeat, which tells the number of the last event that was read."""
        self._longest_gap, self._last_beat = self.longest_gap, time.monotonic()
        self.beats, self.seen = self.beats + 1, seen or 0
        self.send(ACK)

    @property
    def longest_gap(self):
        """Seconds, the present one included."""
        return max(self._longest_gap, 0.0 if self.over else time.monotonic() - self._last_beat)

    async def close(self, code):
        await self._socket.close(code=code)

    def abort(self):
        self._request.transport.abort()

    def end(self):
        self._longest_gap, self.over = self.longest_gap, True


class Session:
    """What one IDENTIFY began; it outlives its connections, and hears on while there is none."""

    def __init__(self, world, connection, intents):
        self.id = uuid.uuid4().hex
        self.connection = connection
        self.hear = world.listener(intents, self.push)
        self._events = []

    @property
    def caught_up(self):
        """Whether the bot has read all events, as far as it has told."""
        return not self.connection.over and self.connection.seen == len(self._events)

    def push(self, event, data):
        self._events.append((data, len(self._events) + 1, event))
        self.connection.send(DISPATCH, *self._events[-1])

    def repeat(self, first):
        """Send again what came after the first so many events; a negative number counts from the end."""
        for event in self._events[first:]:
            self.connection.send(DISPATCH, *event)


class Gateway:
    """The door: who comes in, and how to throw the bot out."""

    def __init__(self, world, pulse, token, heartbeat):
        self.identified = self.resumed = 0
        self.complaints = []
        self._world, self._pulse = world, pulse
        self.token, self.heartbeat = token, heartbeat
        self._approved = set()
        self._sessions, self._connections = {}, []
        self._open = asyncio.Event()
        self._open.set()
        world.listen(self._tell)

    # What a test does

    def approve(self, *intents):
        """Grant privileged intents, as the Developer Portal does."""
        self._approved |= set(intents)

    @contextmanager
    def shut(self):
        """Let nobody in as long as this lasts; what happens meanwhile is there for a RESUME."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def reconnect(self):
        """Op 7: ask the bot to come again. Like the next three, returns when it has gone."""
        connection = self._connection
        connection.send(RECONNECT)
        await self._gone(connection)

    async def invalidate(self, *, resumable):
        """Op 9: the session may be resumed, or is over."""
        connection = self._connection
        if not resumable:
            del self._sessions[self._session.id]
        connection.send(INVALID, resumable)
        await self._gone(connection)

    async def close(self, code):
        """Close the connection, with a code."""
        connection = self._connection
        await connection.close(code)
        await self._gone(connection)

    async def drop(self):
        """Cut the connection."""
        connection = self._connection
        connection.abort()
        await self._gone(connection)

    def expire(self):
        """Forget the sessions of those who are away."""
        self._sessions = {id: kept for id, kept in self._sessions.items() if not kept.connection.over}

    def repeat_last(self, count=1):
        """Send the last events once more, with the same ids."""
        self._session.repeat(-count)

    async def ready(self, within):
        """Wait until the bot is in and has read every event."""
        session = await self._pulse.until(lambda: self._session, "the bot to come in", within)
        session.connection.send(HEARTBEAT)  # asks for one at once, and it comes after what was sent before
        await self._pulse.until(lambda: session.caught_up, "the bot to read every event", within)

    @property
    def beats(self):
        """Heartbeats until now."""
        return sum(connection.beats for connection in self._connections)

    @property
    def longest_gap(self):
        """Seconds between two heartbeats of a connection, or since its last."""
        return max((connection.longest_gap for connection in self._connections), default=0.0)

    # What the wire asks

    @property
    def reads_content(self):
        """Whether the bot may read messages that are not meant for it."""
        return "message_content" in self._approved

    async def serve(self, request):
        """Handle a WebSocket from its opening to its end."""
        await self._open.wait()
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(request, socket)
        self._connections.append(connection)
        writing = asyncio.create_task(connection.write())
        connection.send(HELLO, {"heartbeat_interval": int(self.heartbeat * 1000)})
        try:
            async for message in socket:
                said = json.loads(message.data)
                await self._hear(connection, said["op"], said["d"])
                self._pulse.beat()
        finally:
            writing.cancel()
            connection.end()
            self._pulse.beat()
        return socket

    async def close_all(self):
        for connection in self._connections:
            await connection.close(GOING_AWAY)

    async def _hear(self, connection, op, data):
        if op == HEARTBEAT:
            connection.beat(seen=data)
        elif op in {IDENTIFY, RESUME} and data["token"] != self.token:
            await connection.close(NO_TOKEN)
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif op != PRESENCE:
            self.complaints.append(f"the loopback knows no gateway op {op}")

    async def _identify(self, connection, data):
        intents = discord.Intents._from_value(data["intents"])
        if any(getattr(intents, name) for name in PRIVILEGED if name not in self._approved):
            await connection.close(NO_INTENT)
            return
        session = Session(self._world, connection, intents)
        self._sessions[session.id] = session
        guilds = self._world.about_guilds()
        ready = {
            "v": 10,
            "user": self._world.about_account(),
            "session_id": session.id,
            "resume_gateway_url": f"wss://{GATEWAY}",
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in guilds],
            "application": self._world.about_application(),
        }
        session.push("READY", ready | {key: data[key] for key in ("shard",) if key in data})
        for guild in guilds:
            session.hear("GUILD_CREATE", guild)
        self.identified += 1

    def _resume(self, connection, data):
        session = self._sessions.get(data["session_id"])
        if session is None:
            connection.send(INVALID, data=False)
            return
        session.connection = connection
        session.repeat(data["seq"])
        session.push("RESUMED", {})
        self.resumed += 1

    def _tell(self, event, payload):
        for session in self._sessions.values():
            session.hear(event, payload)

    @property
    def _session(self):
        """The bot's, if it is in."""
        present = (session for session in self._sessions.values() if not session.connection.over)
        return next(present, None)

    @property
    def _connection(self):
        assert self._session, "the bot is not in"
        return self._session.connection

    async def _gone(self, connection):
        await self._pulse.until(lambda: connection.over, "the bot to leave the gateway")
