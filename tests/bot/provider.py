"""A provider of a chat model: a server on loopback that speaks OpenAI's protocol, in a stream of events."""

import asyncio
import json
from contextlib import contextmanager
from threading import Event, Thread

from aiohttp import web

LONGEST_WAIT = 20
"""Seconds for a test to open a gate."""


def says(*pieces, finish_reason="stop", pause=0.0, tokens=None):
    """Stream a reply, piece by piece; at its end, how many tokens it cost."""

    async def reply(request):
        response = await _begin(request)
        for piece in pieces:
            await _send(response, _chunk(piece))
            await asyncio.sleep(pause)
        if tokens is not None:
            usage = {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}
            await _send(response, {**_chunk(""), "choices": [], "usage": usage})
        return await _end(response, finish_reason)

    return reply


def says_when_let(gate: Event, before, after):
    """Stream the first part of a reply, and the rest when a test opens the gate."""

    async def reply(request):
        response = await _begin(request)
        await _send(response, _chunk(before))
        await asyncio.to_thread(gate.wait, LONGEST_WAIT)
        await _send(response, _chunk(after))
        return await _end(response, "stop")

    return reply


def fails(status, **headers):
    """Answer an error that tells on the key it was asked with."""

    async def reply(request):
        told = {"error": {"message": f"no: {request.headers['Authorization']}", "type": "error"}}
        return web.json_response(told, status=status, headers=headers)

    return reply


def breaks_off(*pieces, gate=None):
    """Cut the connection after some pieces; before that, wait for the gate where there is one."""

    async def reply(request):
        response = await _begin(request)
        for piece in pieces:
            await _send(response, _chunk(piece))
        if gate:
            await asyncio.to_thread(gate.wait, LONGEST_WAIT)
        request.transport.abort()
        return response

    return reply


def ends_early(*pieces):
    """End the stream as if all were said, without a word on why."""

    async def reply(request):
        response = await _begin(request)
        for piece in pieces:
            await _send(response, _chunk(piece))
        await response.write(b"data: [DONE]\n\n")
        return response

    return reply


def fails_midway(*pieces):
    """Stream some pieces, then an error in the place of the next."""

    async def reply(request):
        response = await _begin(request)
        for piece in pieces:
            await _send(response, _chunk(piece))
        await _send(response, {"error": {"message": "overloaded", "type": "server_error"}})
        return response

    return reply


def is_no_stream(body, content_type="text/html"):
    """Answer something else than a stream of events."""

    async def reply(_):
        return web.Response(body=body, content_type=content_type)

    return reply


async def _begin(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


async def _end(response, finish_reason):
    await _send(response, _chunk("", finish_reason))
    await response.write(b"data: [DONE]\n\n")
    return response


async def _send(response, event):
    await response.write(f"data: {json.dumps(event)}\n\n".encode())


def _chunk(text, finish_reason=None):
    delta = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "test",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


class Provider:
    """The server, on a thread of its own; `reply` is what it does next."""

    def __init__(self):
        self.reply = says("")
        self.seen = []
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = 0
        self.up()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/v1"

    async def _answer(self, request):
        self.seen.append(await request.json())
        return await self.reply(request)

    def up(self):
        async def start():
            application = web.Application()
            application.router.add_post("/v1/chat/completions", self._answer)
            runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
            await site.start()
            self.port = runner.addresses[0][1]
            return runner

        self._runner = asyncio.run_coroutine_threadsafe(start(), self._loop).result(10)

    def down(self):
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)

    @contextmanager
    def gone(self):
        self.down()
        yield
        self.up()

    def stop(self):
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
