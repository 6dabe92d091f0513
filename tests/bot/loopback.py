"""As much of Discord as a slash command needs, on loopback: HTTP, the gateway and TLS.

The unmodified client reaches it through its public `connector` argument: every host's name resolves
to this server, which speaks with a certificate of its own.
Source: https://docs.discord.com/developers (API v10)
"""

import asyncio
import json
import socket
import ssl
from contextlib import asynccontextmanager

import aiohttp
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver

TOKEN = "a.token.of-loopback"  # noqa: S105 - opens nothing
APPLICATION, GUILD, MEMBER = "1001", "2002", "3003"
HELLO, DISPATCH, HEARTBEAT, IDENTIFY, ACK = 10, 0, 1, 2, 11
BOT_USER = {"id": APPLICATION, "username": "picket", "discriminator": "0", "avatar": None, "bot": True}
MEMBER_USER = {"id": MEMBER, "username": "ada", "discriminator": "0", "avatar": None}


def _json(data, status=200):
    """As Discord types it: without a charset, or discord.py takes it for text."""
    return web.Response(body=json.dumps(data), status=status, headers={"Content-Type": "application/json"})


class Resolver(AbstractResolver):
    """Every host is this server."""

    def __init__(self, port):
        self._port = port

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self._port,
                "family": family,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self):
        """Nothing is held."""


class Discord:
    """What the client said to it, and a way to use a command."""

    def __init__(self):
        self.commands = []
        self.callbacks = asyncio.Queue()
        self.followups = asyncio.Queue()
        self.ready = asyncio.Event()
        self._gateway = None

    async def use(self, command, **options):
        """Let a member of the guild use a slash command."""
        types = {bool: 5, str: 3}
        await self._send(
            "INTERACTION_CREATE",
            {
                "id": "4004",
                "application_id": APPLICATION,
                "type": 2,
                "token": "interaction-token",
                "version": 1,
                "guild_id": GUILD,
                "channel_id": "5005",
                "member": {
                    "user": MEMBER_USER,
                    "roles": [],
                    "joined_at": "2024-01-01T00:00:00+00:00",
                    "deaf": False,
                    "mute": False,
                    "flags": 0,
                    "permissions": "0",
                },
                "app_permissions": "0",
                "entitlements": [],
                "authorizing_integration_owners": {},
                "attachment_size_limit": 10485760,
                "data": {
                    "id": "6006",
                    "name": command,
                    "type": 1,
                    "options": [
                        {"name": name, "type": types[type(value)], "value": value}
                        for name, value in options.items()
                    ],
                },
            },
        )

    def application(self):
        """Give the routes."""
        app = web.Application()
        app.router.add_get("/", self._websocket)
        app.router.add_get("/api/v10/users/@me", self._me)
        app.router.add_get("/api/v10/oauth2/applications/@me", self._about)
        app.router.add_put("/api/v10/applications/{id}/commands", self._commands)
        app.router.add_post("/api/v10/interactions/{id}/{token}/callback", self._callback)
        app.router.add_post("/api/v10/webhooks/{id}/{token}", self._followup)
        return app

    async def _me(self, request):
        if request.headers["Authorization"] != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, status=401)
        return _json(BOT_USER)

    async def _about(self, _request):
        about = {"id": APPLICATION, "name": "Picket", "icon": None, "description": "", "bot_public": True}
        about |= {"bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": MEMBER_USER}
        return _json(about)

    async def _commands(self, request):
        self.commands = await request.json()
        given = [
            command | {"id": str(7000 + n), "application_id": APPLICATION, "version": "1"}
            for n, command in enumerate(self.commands)
        ]
        return _json(given)

    async def _callback(self, request):
        await self.callbacks.put(await request.json())
        about = {"id": "4004", "type": 2, "response_message_loading": True}
        return _json({"interaction": about, "resource": {"type": 5}})

    async def _followup(self, request):
        sent = await request.json()
        await self.followups.put(sent)
        return _json(
            {
                "id": "8008",
                "channel_id": "5005",
                "author": BOT_USER,
                "content": "",
                "timestamp": "2024-01-01T00:00:00+00:00",
                "edited_timestamp": None,
                "tts": False,
                "mention_everyone": False,
                "mentions": [],
                "mention_roles": [],
                "attachments": [],
                "embeds": [],
                "pinned": False,
                "type": 0,
            }
        )

    async def _websocket(self, request):
        self._gateway = web.WebSocketResponse()
        await self._gateway.prepare(request)
        await self._gateway.send_json({"op": HELLO, "d": {"heartbeat_interval": 40000}, "s": None, "t": None})
        async for message in self._gateway:
            said = json.loads(message.data)
            if said["op"] == HEARTBEAT:
                await self._gateway.send_json({"op": ACK, "d": None, "s": None, "t": None})
            if said["op"] == IDENTIFY:
                await self._greet()
        return self._gateway

    async def _greet(self):
        await self._send(
            "READY",
            {
                "v": 10,
                "user": BOT_USER,
                "guilds": [],
                "session_id": "session",
                "resume_gateway_url": "wss://gateway.discord.gg",
                "application": {"id": APPLICATION, "flags": 0},
            },
        )
        self.ready.set()

    async def _send(self, event, data):
        await self._gateway.send_json({"op": DISPATCH, "t": event, "s": 1, "d": data})


@asynccontextmanager
async def discord_on_loopback():
    """Serve; give the server and a connector that leads to it."""
    authority = trustme.CA()
    served, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("discord.com", "gateway.discord.gg").configure_cert(served)
    authority.configure_trust(trusted)
    server = Discord()
    runner = web.AppRunner(server.application(), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield server, aiohttp.TCPConnector(resolver=Resolver(port), ssl=trusted)
    finally:
        await runner.cleanup()
