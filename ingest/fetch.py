"""Fetches a page or file that somebody named, without reaching into the host's own network."""

import codecs
import re
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import PurePath

import aiohttp
from aiohttp.hdrs import ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED
from yarl import URL

from knowledge.errors import InvalidDocument

WEB_PORTS = frozenset({80, 443})
"""Other services listen elsewhere, and some of them obey whatever reaches them."""

_MAX_BYTES = 10 * 2**20
_SECONDS = 20
_REDIRECTS = 5
_LONGEST_VALIDATOR = 500
"""Characters of an ETag or a date that are worth keeping; servers send either as they like."""

_BEGINNINGS = {
    re.compile(rb"\s*%PDF-"): ".pdf",
    re.compile(rb"PK\x03\x04"): ".docx",
    re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE): ".html",
}
"""How a type begins that can be told by its bytes, whatever the server calls it."""
_TEXTS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
}
_VAGUE = {"application/octet-stream", "binary/octet-stream", "text/plain"}
"""What servers say of files that they do not know."""
_LOOKED_AT = 1_024
"""Bytes: a picture or a film has a NUL among the first."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_IPV6_INTERNET = IPv6Network("2000::/3")
"""Outside of it lie loopback (::1), mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), unique
local (fc00::/7, the metadata services of AWS and Google within), link-local, site-local, multicast."""
_ELSEWHERE = [
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own service inside each machine
        "169.254.0.0/16",  # link-local; the metadata service of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: answered by whoever is near
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved; broadcast
        "2001::/23",  # protocols: Teredo, benchmarking, ORCHID, AMT
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries on to any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
]
"""From IANA's registries of special-purpose addresses (RFC 6890), and what clouds keep beside them."""

Address = IPv4Address | IPv6Address


class NotModified(Exception):
    """What is at a URL is what it was."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered."""

    url: str
    """Where it was found in the end, after redirects."""
    content: bytes
    name: str
    """A file name for `ingest.load.load_bytes`: its suffix is true to the content."""
    etag: str | None = None
    """To be given to `fetch` the next time, like `last_modified`: as the server sent it."""
    last_modified: str | None = None


def is_public(address: Address) -> bool:
    """Whether an address lies on the open internet, and leads nowhere else."""
    if isinstance(address, IPv6Address) and address not in _IPV6_INTERNET:
        return False
    return not any(address in network for network in _ELSEWHERE)


async def fetch(
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    ports: Collection[int] = WEB_PORTS,
    allowed: Callable[[Address], bool] = is_public,
) -> Page:
    """Get what is at a URL: at most 10 MiB, within 20 seconds, over at most 5 redirects.

    Args:
        url: `http` or `https`.
        etag: which page is known already, as it said itself.
        last_modified: likewise.
        ports: which may be connected to.
        allowed: says of each address, when it is connected to, whether that may be.

    Raises:
        InvalidDocument: it cannot be had, or is of a type that is not read.
        NotModified: it is the page that is known; only where `etag` or `last_modified` is given.
    """
    address = _parsed(url)
    url = str(address.with_user(None))  # a password is not for telling
    known = {IF_NONE_MATCH: etag, IF_MODIFIED_SINCE: last_modified}
    headers = {name: value for name, value in known.items() if value}
    try:
        async with (
            _session(ports, allowed) as session,
            # aiohttp gives up at this number, so one more follows all that are allowed
            session.get(address, headers=headers, max_redirects=_REDIRECTS + 1) as response,
        ):
            if headers and response.status == HTTPStatus.NOT_MODIFIED:
                raise NotModified
            return await _page(response)
    except TimeoutError:
        raise InvalidDocument(f"{url} took over {_SECONDS} seconds: try again later") from None
    except aiohttp.TooManyRedirects:
        raise InvalidDocument(f"{url} redirects too often: use the address it leads to") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise InvalidDocument(f"{url} cannot be fetched: {_reason(error)}") from error


class _Barred(OSError):
    """Raised where a connection would be made, so no redirect or DNS answer comes past it."""


class _Insecure(aiohttp.ClientError):
    """A page that is asked for in secret was to be had in the open."""


def _session(ports: Collection[int], allowed: Callable[[Address], bool]) -> aiohttp.ClientSession:
    def guarded(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if where[1] not in ports:
            raise _Barred(f"it asks for a port other than {_listed(ports)}")
        if not allowed(ip_address(where[0])):
            raise _Barred("its host is not on the open internet")
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guarded),
        middlewares=[_staying_secure()],
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Picket"},
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
        trust_env=False,  # a proxy would make the connection in our place, past the gate
    )


def _staying_secure() -> aiohttp.ClientMiddlewareType:
    """Make what looks at each request of a session, and lets none of them fall from https to http."""
    secure = False

    async def stay_secure(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        nonlocal secure
        if secure and request.url.scheme != "https":
            raise _Insecure
        secure = request.url.scheme == "https"
        return await handler(request)

    return stay_secure


def _listed(ports: Collection[int]) -> str:
    return " or ".join(map(str, sorted(ports)))


def _parsed(url: str) -> URL:
    try:
        address = URL(url.strip())
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise InvalidDocument(f"{url!r} is no web address: give one that starts with https://")
    return address


async def _page(response: aiohttp.ClientResponse) -> Page:
    if response.status != HTTPStatus.OK:
        raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
    url = response.url.with_user(None)
    content = await _content(response)
    suffix = _suffix(content, response.content_type, url)
    if suffix is None:
        raise InvalidDocument(
            f"{url} is of a type that is not read ({response.content_type}):"
            " give a page, plain text, Markdown, a PDF or a Word document"
        )
    stem = PurePath(url.name).stem or url.host
    etag, last_modified = (_validator(response.headers.get(name)) for name in (ETAG, LAST_MODIFIED))
    return Page(str(url), content, f"{stem}{suffix}", etag, last_modified)


def _suffix(content: bytes, content_type: str, url: URL) -> str | None:
    """Tell by the bytes what was sent; only which kind of text it is, the server has to say."""
    for beginning, suffix in _BEGINNINGS.items():
        if beginning.match(content):
            return suffix
    if b"\0" in content[:_LOOKED_AT] and not content.startswith(_UTF_16):
        return None
    named = PurePath(url.name).suffix.lower()
    if content_type in _VAGUE:
        return named if named in _TEXTS.values() else ".txt"
    return _TEXTS.get(content_type)


def _validator(header: str | None) -> str | None:
    return header if header and len(header) <= _LONGEST_VALIDATOR else None


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
        case aiohttp.ClientConnectorError(os_error=_Barred() as barred):
            return str(barred)
        case _Insecure():
            return "it leads from https to http: use the address it leads to, if you trust that"
        case aiohttp.ClientConnectorDNSError():
            return "there is no such host"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "it leads to something that is no web address"
        case _:
            return "the connection failed"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
