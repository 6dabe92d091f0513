"""What goes wrong on a route, as often as a test says.

A route is written "POST /channels/{}/messages"; {} stands for one part of the path.
"""

import asyncio
import inspect
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

TOO_MANY = 429
VIA = {"Via": "1.1 loopback"}
"""Without it discord.py takes a 429 for a ban by Cloudflare and gives up."""


def reply(status, data=None, headers=()):
    """As Discord types it: without a charset, or discord.py takes it for text."""
    if data is None:
        return web.Response(status=status, headers=dict(headers))
    typed = {"Content-Type": "application/json", **dict(headers)}
    return web.Response(status=status, body=json.dumps(data), headers=typed)


def matcher(route):
    """Give the pattern of "METHOD /path" that a route stands for."""
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{\w*\}", route))))


@dataclass
class Fault:
    """Something that happens to requests, instead of an answer or on the way to one."""

    route: str
    act: Callable[[web.Request], Awaitable[web.Response | None]]
    left: int = 1
    after_effect: bool = False
    met: int = 0


@dataclass
class Bucket:
    """A rate limit that is told in every answer: so many calls in so many seconds."""

    route: str
    calls: int
    seconds: float
    taken: list[float] = field(default_factory=list)

    def take(self):
        """Let one more call in, if it may: is it let in, and the headers that tell so."""
        now = time.monotonic()
        self.taken = [then for then in self.taken if now - then < self.seconds]
        allowed = len(self.taken) < self.calls
        if allowed:
            self.taken.append(now)
        reset = self.seconds - (now - self.taken[0])
        return allowed, {
            "X-RateLimit-Bucket": str(id(self)),
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Remaining": str(self.calls - len(self.taken)),
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
        }


class Faults:
    """Those that a test has ordered."""

    def __init__(self):
        self._faults, self._buckets = [], []

    def fail(self, route, status=503, *, code=0, message="Injected", times=1, after_effect=False):
        """Answer so; after the effect, what was asked has been done all the same."""

        async def act(_request):
            return reply(status, {"code": code, "message": message})

        self._faults.append(Fault(route, act, times, after_effect))

    def drop(self, route, *, times=1, after_effect=False):
        """Cut the connection instead of an answer."""

        async def act(request):
            request.transport.abort()
            return reply(500)

        self._faults.append(Fault(route, act, times, after_effect))

    def limit(self, route, retry_after, *, times=1):
        """Answer 429 out of the blue."""

        async def act(_request):
            return reply(TOO_MANY, *_too_many(retry_after))

        self._faults.append(Fault(route, act, times))

    def bucket(self, route, calls, seconds):
        """Allow so many calls in so many seconds, and say in each answer how many are left."""
        self._buckets.append(Bucket(route, calls, seconds))

    def delay(self, route, seconds, *, times=1, after_effect=False):
        """Answer late; after the effect, what was asked has been done in time."""

        async def act(_request):
            await asyncio.sleep(seconds)

        self._faults.append(Fault(route, act, times, after_effect))

    def before(self, route, do, *, times=1):
        """Call `do()`, which may be async, when a request is there and before it is carried out."""

        async def act(_request):
            done = do()
            if inspect.isawaitable(done):
                await done

        self._faults.append(Fault(route, act, times))

    async def meet(self, request, name, *, after_effect=False):
        """Let happen what is due to a request: the answer that replaces the real one, if any."""
        for fault in self._faults:
            if fault.left and fault.after_effect == after_effect and matcher(fault.route).fullmatch(name):
                fault.left -= 1
                fault.met += 1
                if answer := await fault.act(request):
                    return answer
        return None

    def take(self, name):
        """Count a request: the 429 it gets, if any, and the headers for every other answer."""
        for bucket in self._buckets:
            if matcher(bucket.route).fullmatch(name):
                allowed, headers = bucket.take()
                data, via = _too_many(float(headers["X-RateLimit-Reset-After"]))
                return None if allowed else reply(TOO_MANY, data, via | headers), headers
        return None, {}

    def unmet(self):
        """Routes for which a fault was ordered that no request has met."""
        return [fault.route for fault in self._faults if not fault.met]


def _too_many(retry_after):
    data = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
    return data, VIA | {"Retry-After": str(int(retry_after) + 1), "X-RateLimit-Scope": "user"}
