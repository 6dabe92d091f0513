"""The way in: every host name leads to one port on loopback, under a certificate of its own.

discord.py keeps its own addresses (https://discord.com, wss://gateway.discord.gg); nothing is patched.
"""

import socket
import ssl
from functools import cache

import aiohttp
import trustme
from aiohttp.abc import AbstractResolver

API, CDN, GATEWAY = "discord.com", "cdn.discordapp.com", "gateway.discord.gg"


class _Resolver(AbstractResolver):
    """Every host is this port: aiohttp takes both from the resolver."""

    def __init__(self, port):
        self._port = port

    async def resolve(self, host, port=0, family=socket.AF_INET):
        address = {"hostname": host, "host": "127.0.0.1", "port": self._port}
        return [address | {"family": socket.AF_INET, "proto": 0, "flags": socket.AI_NUMERICHOST}]

    async def close(self):
        """Nothing is held."""


def connector(port, authority):
    """Make what `discord.Client(connector=...)` takes.

    Args:
        port: where the loopback listens.
        authority: the certificate to trust, PEM.
    """
    return aiohttp.TCPConnector(resolver=_Resolver(port), ssl=ssl.create_default_context(cadata=authority))


@cache
def authority():
    """One for all tests: it signs for Discord's hosts."""
    return trustme.CA()


@cache
def server_side():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(API, CDN, GATEWAY).configure_cert(context)
    return context
