"""The parts joined: a Discord that listens on loopback."""

import asyncio
import logging
from contextlib import asynccontextmanager
from traceback import format_exc
from urllib.parse import urlsplit

from aiohttp import web

from loopback import connect
from loopback.faults import Faults, matcher, reply
from loopback.gateway import Gateway
from loopback.guilds import Channel, Guild
from loopback.rest import NOT_IMPLEMENTED, Rest
from loopback.waiting import SOON, Pulse
from loopback.world import World

TOKEN = "a.token.of-loopback"  # noqa: S105 - opens nothing
LARGEST_UPLOAD = 64 << 20
HEARTBEAT = 41.25


class _Ears(logging.Handler):
    """Hears discord.py say that its event loop was blocked."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.heard = []

    def emit(self, record):
        if "heartbeat blocked" in record.getMessage():
            self.heard.append(record.getMessage())


class Discord(Faults):
    """A Discord to itself, between `async with` and its end; the end asserts that nothing was wrong."""

    token = TOKEN

    def __init__(self, heartbeat=HEARTBEAT):
        super().__init__()
        self.pulse, self.world = Pulse(), World()
        self.gateway = Gateway(self.world, self.pulse, TOKEN, heartbeat)
        self.rest = Rest(self.world, self, self.gateway, self.pulse, TOKEN)
        self._expected, self._breaks = set(), []
        self._ears, self._direct = _Ears(), {}

    # The way in

    @property
    def connector(self):
        """For `discord.Client(connector=...)`; one for each client."""
        return connect.connector(self._port, connect.authority().cert_pem.bytes().decode())

    @property
    def environment(self):
        """For a bot in a process of its own, see process.py."""
        authority = connect.authority().cert_pem.bytes().decode()
        return {"LOOPBACK_PORT": str(self._port), "LOOPBACK_AUTHORITY": authority, "DISCORD_TOKEN": TOKEN}

    async def ready(self, within=SOON):
        """Wait until the bot is in and has read whatever has happened."""
        await self.gateway.ready(within)

    @asynccontextmanager
    async def running(self, bot):
        """Have a client in, and out at the end. What stops it from coming in is raised."""
        async with bot:
            staying, coming = asyncio.create_task(bot.start(TOKEN)), asyncio.create_task(self.ready())
            await asyncio.wait({staying, coming}, return_when=asyncio.FIRST_COMPLETED)
            if staying.done():
                coming.cancel()
                await staying
            await coming
            yield bot
            if about_to_be_ready := bot._connection._ready_task:
                about_to_be_ready.cancel()  # discord.py does not, and it would stumble over a closed client
            await bot.close()
            await staying

    # What is there

    def guild(self, name="The guild"):
        """Create a guild with the bot in it."""
        return Guild(self, self.world.create_guild(name))

    def direct(self, person):
        """The channel between a person and the bot."""
        return self._direct.setdefault(person.id, Channel(self, person.user.dm_channel))

    @property
    def mention(self):
        """What people write to speak to the bot."""
        return f"<@{self.world.account.id}>"

    @property
    def commands(self):
        """The commands by name, as they were last synced, globally and in guilds."""
        return self.world.commands()

    @property
    def syncs(self):
        """How often the commands were synced."""
        everywhere, in_guilds = "PUT /applications/{}/commands", "PUT /applications/{}/guilds/{}/commands"
        return len(self.requests(everywhere) + self.requests(in_guilds))

    def requests(self, route):
        """What the bot has asked of a route, each with `body`, `files` and `status`."""
        return [request for request in self.rest.requests if matcher(route).fullmatch(str(request))]

    def pinged(self, message):
        """Names of the people and roles whom a message notifies, and "everyone"."""
        return self.world.pinged(message)

    def file(self, message):
        """The text of the one file of a message."""
        (attached,) = message.attachments
        return self.world.blob(urlsplit(attached.url).path).decode()

    def declare(self, filename, **about):
        """Have Discord tell of files with this name what is not so: their size, their content_type."""
        self.world.cdn.declared[filename] = about

    def now(self):
        return self.world.now()

    def skip(self, seconds):
        """Let time pass for Discord: interactions expire."""
        self.world.skip(seconds)

    # What must not be

    def expect(self, code):
        """Let the bot be refused something, with this JSON error code or HTTP status; it must happen."""
        self._expected.add(code)

    def complaints(self):
        """What was wrong until now, in a sentence each."""
        refused = {code for refusal in self.rest.refusals for code in refusal.codes}
        return [
            *self.rest.complaints,
            *self.gateway.complaints,
            *(one.said for one in self.rest.refusals if not (one.excused or one.codes & self._expected)),
            *(f"nothing was refused with {code}" for code in self._expected - refused),
            *(f"nothing met the fault on {route}" for route in self.unmet()),
            *self._ears.heard,
            *self._breaks,
        ]

    @web.middleware
    async def _notice_a_break(self, request, handler):
        try:
            return await handler(request)
        except Exception:  # noqa: BLE001 - whatever it is, the test must hear of it
            self._breaks.append(f"the loopback broke at {request.path}\n{format_exc()}")
            return reply(NOT_IMPLEMENTED)  # which discord.py does not try again

    async def __aenter__(self):
        app = web.Application(client_max_size=LARGEST_UPLOAD, middlewares=[self._notice_a_break])
        app.router.add_route("*", "/api/v10/{path:.*}", self.rest.answer)
        app.router.add_get("/attachments/{path:.*}", self.rest.blob)
        app.router.add_get("/", self.gateway.serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=connect.server_side()).start()
        self._port = self._runner.addresses[0][1]
        logging.getLogger("discord.gateway").addHandler(self._ears)
        return self

    async def __aexit__(self, _kind, error, _traceback):
        logging.getLogger("discord.gateway").removeHandler(self._ears)
        await self.gateway.close_all()
        await self._runner.cleanup()
        complaints = "\n".join(self.complaints())
        if error and complaints:
            error.add_note(complaints)
        assert error or not complaints, complaints
