"""Discord's HTTP API and its CDN, on the wire.

Source: https://docs.discord.com/developers/reference (API v10)
"""

import json
import re
import time
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from aiohttp import web

from loopback.contract import contract
from loopback.faults import reply
from loopback.world import Unimplemented

CALLBACK = re.compile(r"/interactions/(\d+)/[^/]+/callback")
BY_INTERACTION = re.compile(r"/(interactions|webhooks)/\d+/.+")
"""Routes whose path holds a token of its own."""
REFUSED, NOT_IMPLEMENTED = 400, 501


@dataclass
class File:
    """An upload, as simcord reads it."""

    filename: str
    data: bytes
    description: str | None = None

    @property
    def fp(self):
        return BytesIO(self.data)


@dataclass
class Request:
    """What the bot asked, and the status it got."""

    method: str
    path: str
    body: Any
    files: list[File]
    query: dict[str, str]
    at: float = field(default_factory=time.monotonic)
    status: int | None = None

    def __str__(self):
        return f"{self.method} {self.path}"


@dataclass
class Refusal:
    """What the bot was not given."""

    codes: set[int]
    """The HTTP status and the JSON error code."""
    said: str
    excused: bool = False
    """Whether the bot could not know better."""


class Rest:
    """Answers requests; remembers them, what first answered each interaction, and what was wrong."""

    def __init__(self, world, faults, gateway, pulse, token):
        self.requests, self.callbacks = [], {}
        self.refusals, self.complaints = [], []
        self._carriers = {}
        """By interaction, the web request that brought what first answered it."""
        self._world, self._faults, self._gateway = world, faults, gateway
        self._pulse, self._token = pulse, token

    async def answer(self, request):
        """Handle any request to the API."""
        asked = await _read(request)
        self.requests.append(asked)
        try:
            answer = await self._answer(request, asked)
        except Unimplemented as gap:
            self.complaints.append(f"{asked}: {gap}")
            answer = reply(NOT_IMPLEMENTED, {"code": 0, "message": str(gap)})
        asked.status = answer.status
        self._pulse.beat()
        return answer

    async def blob(self, request):
        """Handle any request to the CDN."""
        if answer := await self._faults.meet(request, f"{request.method} {request.path}"):
            return answer
        data = self._world.blob(request.path)
        return web.Response(status=404) if data is None else web.Response(body=data)

    async def _answer(self, request, asked):
        authorised = request.headers.get("Authorization") == f"Bot {self._token}"
        if not authorised and not BY_INTERACTION.fullmatch(asked.path):
            self.refusals.append(Refusal({401, 0}, f"{asked}: 401 Unauthorized"))
            return reply(401, {"code": 0, "message": "401: Unauthorized"})
        self.complaints += contract().breaches(asked.method, asked.path, asked.body)
        if answer := await self._faults.meet(request, str(asked)):
            return answer
        too_many, headers = self._faults.take(str(asked))
        if too_many:
            return too_many
        status, data = self._carry_out(request, asked)
        return await self._faults.meet(request, str(asked), after_effect=True) or reply(status, data, headers)

    def _carry_out(self, request, asked):
        status, data = self._world.carry_out(asked, reads_content=self._gateway.reads_content)
        callback = CALLBACK.fullmatch(asked.path)
        if status >= REFUSED:
            said = f"{asked}: {status} {data['code']} {data['message']}"
            excused = bool(callback) and self._hung_up_on(int(callback[1]))
            self.refusals.append(Refusal({status, data["code"]}, said, excused))
        elif callback:
            self.callbacks[int(callback[1])] = asked
            self._carriers[int(callback[1])] = request
        return status, data

    def _hung_up_on(self, interaction):
        """Whether the bot no longer waited to hear that its first answer was taken, as on a busy machine."""
        carrier = self._carriers.get(interaction)
        return carrier is not None and (carrier.transport is None or carrier.transport.is_closing())


async def _read(request):
    body, files = None, []
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            data = bytes(await part.read())
            if part.name == "payload_json":
                body = json.loads(data)
            else:
                files.append(File(part.filename, data))
    elif request.can_read_body:
        body = await request.json()
    path = "/" + request.match_info["path"]
    return Request(request.method, path, body, files, dict(request.query))
