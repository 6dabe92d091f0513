"""Fetches a page or file that somebody named, without reaching into the host's own network."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import PurePath

import aiohttp
from yarl import URL

from knowledge.errors import InvalidDocument

_MAX_BYTES = 10 * 2**20
_SECONDS = 20
_REDIRECTS = 5

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_VAGUE = {"application/octet-stream", "binary/octet-stream", "text/plain"}
"""What servers say of files that they do not know."""

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered."""

    url: str
    """Where it was found in the end, after redirects."""
    content: bytes
    name: str
    """A file name for `ingest.load.load_bytes`: its suffix is true to the type."""


def is_public(address: Address) -> bool:
    """Whether an address lies on the open internet, an IPv4 address within it likewise."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    inner = _inner(address)
    return is_public(inner) if inner else address in _GLOBAL_UNICAST and address.is_global


async def fetch(url: str, allowed: Callable[[Address], bool] = is_public) -> Page:
    """Get what is at a URL: at most 10 MiB, within 20 seconds, over at most 5 redirects.

    Args:
        url: `http` or `https`.
        allowed: says of each address, when it is connected to, whether that may be.

    Raises:
        InvalidDocument: it cannot be had, or is of a type that is not read.
    """
    address = _parsed(url)
    try:
        async with (
            _session(allowed) as session,
            # aiohttp gives up at this number, so one more follows all that are allowed
            session.get(address, max_redirects=_REDIRECTS + 1) as response,
        ):
            return await _page(response)
    except TimeoutError:
        raise InvalidDocument(f"{url} took over {_SECONDS} seconds: try again later") from None
    except aiohttp.TooManyRedirects:
        raise InvalidDocument(f"{url} redirects too often: use the address it leads to") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise InvalidDocument(f"{url} cannot be fetched: {_reason(error)}") from error


class _NotPublic(OSError):
    """Raised where a connection would be made, so no redirect or DNS answer comes past it."""


def _session(allowed: Callable[[Address], bool]) -> aiohttp.ClientSession:
    def guarded(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if not allowed(ip_address(where[0])):
            raise _NotPublic
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guarded),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Picket"},
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
    )


def _inner(address: IPv6Address) -> IPv4Address | None:
    """Find the IPv4 address that a transition mechanism would carry the connection on to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo_client = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo_client


def _parsed(url: str) -> URL:
    try:
        address = URL(url.strip())
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise InvalidDocument(f"{url!r} is no web address: give one that starts with https://")
    return address


async def _page(response: aiohttp.ClientResponse) -> Page:
    response.raise_for_status()
    url = response.url.with_user(None)  # a password is not for citing
    suffix = _suffix(response.content_type, url)
    if suffix is None:
        raise InvalidDocument(
            f"{url} is {response.content_type}, which is not read:"
            " give a page, plain text, Markdown, a PDF or a Word document"
        )
    stem = PurePath(url.name).stem or url.host
    return Page(str(url), await _content(response), f"{stem}{suffix}")


def _suffix(content_type: str, url: URL) -> str | None:
    named = PurePath(url.name).suffix.lower()
    if content_type in _VAGUE and named in _SUFFIXES.values():
        return named
    return _SUFFIXES.get(content_type)


async def _content(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, counting what it becomes when decompressed."""
    content = bytearray()
    async for piece in response.content.iter_chunked(2**16):
        content += piece
        if len(content) > _MAX_BYTES:
            raise InvalidDocument(f"{response.url} is over 10 MiB: give a shorter document")
    return bytes(content)


def _reason(error: Exception) -> str:
    """Without the library's own words, which tell the addresses of the host's network."""
    match error:
        case aiohttp.ClientResponseError():
            return f"it answered {error.status} {_phrase(error.status)}".rstrip()
        case aiohttp.ClientConnectorError(os_error=_NotPublic()):
            return "its host is not on the open internet"
        case aiohttp.ClientConnectorDNSError():
            return "there is no such host"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "it leads to something that is no web address"
        case _:
            return "the connection failed"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
