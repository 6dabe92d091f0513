"""No address that a stranger names leads into the host's own network, however it is written.

A socket listens on every address of this machine; beside it, Python itself tells of each connection that is
begun anywhere. Both must stay silent. Only the DNS is a table: what a stranger's server answers is not to be
had here.
"""

import re
import socket
import ssl
import sys
from contextlib import contextmanager
from ipaddress import ip_address

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest.fetch import fetch, is_public
from knowledge.errors import InvalidDocument

NAMES = {
    "loopback.example": ["127.0.0.1"],
    "private.example": ["10.0.0.5"],
    "metadata.google.internal": ["169.254.169.254"],
    "mapped.example": ["::ffff:192.168.0.1"],
    "several.example": ["192.168.0.1", "fd00::1", "169.254.169.254"],
    "xn--bcher-kva.example": ["127.0.0.1"],
    "public.example": ["93.184.215.14"],
}
"""What the DNS answers; any other name, what the machine knows."""

INWARD = {
    "loopback": [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "http://127.0.0.2:{port}/",
        "http://127.255.255.254:{port}/",
        "http://localhost:{port}/",
        "http://LOCALHOST.:{port}/",
        "http://[::1]:{port}/",
        "http://[0:0:0:0:0:0:0:1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::]:{port}/",
        "http://0:{port}/",
        "http://loopback.example:{port}/",
        "http://bücher.example:{port}/",
    ],
    "loopback in disguise": [
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0x7f.0.0.1:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://017700000001:{port}/",
        "http://127.1:{port}/",
        "http://127.0.1:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://127。0。0。1:{port}/",
        "http://１２７.0.0.1:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
        "http://public.example@127.0.0.1:{port}/",
        "http://public.example:80@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/#@public.example/",
        " \thttp://127.0.0.1:{port}/",
    ],
    "private and shared": [
        "http://10.0.0.1:{port}/",
        "http://10.255.255.255:{port}/",
        "http://172.16.0.1:{port}/",
        "http://172.31.255.255:{port}/",
        "http://192.168.1.1:{port}/",
        "http://0xc0a80101:{port}/",
        "http://100.64.0.1:{port}/",
        "http://private.example:{port}/",
        "http://several.example:{port}/",
        "http://[fc00::1]:{port}/",
        "http://[fd12:3456::1]:{port}/",
        "http://[fec0::1]:{port}/",
    ],
    "metadata services": [
        "http://169.254.169.254:{port}/latest/meta-data/",
        "http://2852039166:{port}/",
        "http://0xA9FEA9FE:{port}/",
        "http://169.254.170.2:{port}/v2/credentials",
        "http://metadata.google.internal:{port}/computeMetadata/v1/",
        "http://100.100.100.200:{port}/latest/meta-data/",
        "http://168.63.129.16:{port}/machine",
        "http://192.0.0.192:{port}/latest/",
        "http://[fd00:ec2::254]:{port}/latest/meta-data/",
        "http://[fd20:ce::254]:{port}/",
        "http://[::ffff:169.254.169.254]:{port}/",
    ],
    "link-local and multicast": [
        "http://169.254.0.1:{port}/",
        "http://[fe80::1]:{port}/",
        "http://224.0.0.1:{port}/",
        "http://239.255.255.250:{port}/",
        "http://255.255.255.255:{port}/",
        "http://[ff02::1]:{port}/",
        "http://[ff0e::1]:{port}/",
    ],
    "IPv4 within IPv6": [
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[::ffff:93.184.215.14]:{port}/",
        "http://[::127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[64:ff9b::93.184.215.14]:{port}/",
        "http://[64:ff9b:1::10.0.0.1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://[2002:a9fe:a9fe::1]:{port}/",
        "http://[2001:0:5ef5:79fb:0:59:f5ff:fffe]:{port}/",
        "http://mapped.example:{port}/",
    ],
    "reserved": [
        "http://192.0.0.1:{port}/",
        "http://192.0.2.1:{port}/",
        "http://192.88.99.1:{port}/",
        "http://198.18.0.1:{port}/",
        "http://198.19.255.255:{port}/",
        "http://198.51.100.1:{port}/",
        "http://203.0.113.1:{port}/",
        "http://240.0.0.1:{port}/",
        "http://[100::1]:{port}/",
        "http://[2001:2::1]:{port}/",
        "http://[2001:20::1]:{port}/",
        "http://[2001:db8::1]:{port}/",
        "http://[3fff::1]:{port}/",
        "http://[5f00::1]:{port}/",
        "http://[4000::1]:{port}/",
    ],
}
OTHER_PORTS = [f"http://public.example:{port}/" for port in (0, 22, 25, 2375, 3306, 6379, 8080, 11211, 65535)]
NO_WEB_ADDRESS = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "ws://127.0.0.1/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "data:text/html,<p>Pay rose.",
    "javascript:alert(1)",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://127.0.0.1\\@public.example/",
    "http:///etc/passwd",
    "http://",
    "http://[::1",
    "http://[fe80::1%25lo]:x/",
    "https://public.example:99999/",
]
REFUSED = [url for urls in INWARD.values() for url in urls] + OTHER_PORTS + NO_WEB_ADDRESS

begun = []
"""The addresses that this process began to connect to, or sent to."""


def note(event, args):
    if event in {"socket.connect", "socket.sendto"} and args[0].family != socket.AF_UNIX:
        begun.append(args[1])


sys.addaudithook(note)  # for good, as Python has no way to take one back


@pytest.fixture(autouse=True)
def dns(monkeypatch):
    """The table, which a test may change."""
    names, ask = dict(NAMES), socket.getaddrinfo

    def answer(host, *args, **options):
        found = names.get(host.rstrip("."), [host])
        return [entry for name in found for entry in ask(name, *args, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return names


@pytest.fixture
def silent():
    """The port of a socket on every address, which must hear nothing."""
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        begun.clear()
        yield server.getsockname()[1]
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


async def hello(request):
    return web.Response(text=f"Pay rose, {request.headers['Host']}.")


async def on(request):
    return web.Response(status=302, headers={"Location": request.query["to"]})


def application():
    served = web.Application()
    served.router.add_get("/", hello)
    served.router.add_get("/on", on)
    return served


@pytest.fixture
async def site():
    async with TestServer(application(), host="127.0.0.1") as server:
        yield server


@pytest.fixture
async def secure_site():
    """One that is spoken to by TLS, with a certificate that this process trusts meanwhile."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    trusting = aiohttp.connector._SSL_CONTEXT_VERIFIED
    authority.configure_trust(trusting)
    server = TestServer(application(), host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)
    yield server
    await server.close()


def the_site(address):
    """The one loopback address that tests let through, and the open internet."""
    return address == ip_address("127.0.0.1") or is_public(address)


@contextmanager
def refused():
    with pytest.raises(InvalidDocument) as error:
        yield error


def test_the_table_is_long_enough():
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("url", [url for urls in INWARD.values() for url in urls])
async def test_no_address_leads_into_the_hosts_own_network(url, silent):
    with refused() as error:
        await fetch(url.format(port=silent), ports={silent})

    assert re.search("not on the open internet|no web address|no such host", str(error.value))
    assert begun == []


@pytest.mark.parametrize("url", OTHER_PORTS)
async def test_no_other_service_is_spoken_to(url):
    begun.clear()
    with refused() as error:
        await fetch(url)

    assert "it asks for a port other than 80 or 443" in str(error.value)
    assert begun == []


@pytest.mark.parametrize("url", NO_WEB_ADDRESS)
async def test_what_is_no_web_address_is_not_even_looked_up(url, dns):
    begun.clear()
    dns.clear()
    with refused() as error:
        await fetch(url)

    assert "is no web address" in str(error.value)
    assert begun == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.2:{port}/", "not on the open internet"),
        ("http://[::1]:{port}/", "not on the open internet"),
        ("http://[::ffff:127.0.0.1]:{port}/", "not on the open internet"),
        ("http://169.254.169.254:{port}/", "not on the open internet"),
        ("http://private.example:{port}/", "not on the open internet"),
        ("//10.0.0.1:{port}/", "not on the open internet"),
        ("http://127.0.0.1:22/", "a port other than"),
        ("http://public.example:6379/", "a port other than"),
        ("ftp://public.example/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("gopher://127.0.0.1:{port}/", "no web address"),
        ("http://[", "no web address"),
    ],
)
async def test_nor_does_a_redirect(url, why, site, silent):
    there = site.make_url("/on").with_query(to=url.format(port=silent))

    with refused() as error:
        await fetch(str(there), ports={site.port, silent}, allowed=the_site)

    assert why in str(error.value)
    assert {address[1] for address in begun} == {site.port}


async def test_a_redirect_from_https_to_http_is_not_followed(secure_site, site):
    there = secure_site.make_url("/on").with_query(to=str(site.make_url("/")))
    ports = {secure_site.port, site.port}
    begun.clear()

    assert (await fetch(str(secure_site.make_url("/")), ports=ports, allowed=the_site)).content
    with refused() as error:
        await fetch(str(there), ports=ports, allowed=the_site)

    assert "leads from https to http" in str(error.value)
    assert {address[1] for address in begun} == {secure_site.port}


async def test_one_from_http_to_https_is(secure_site, site):
    there = site.make_url("/on").with_query(to=str(secure_site.make_url("/")))

    page = await fetch(str(there), ports={secure_site.port, site.port}, allowed=the_site)

    assert page.url == str(secure_site.make_url("/"))


async def test_a_name_that_is_bound_anew_between_two_looks_is_refused(site, dns):
    dns["rebound.example"] = ["127.0.0.1"]
    url = f"http://rebound.example:{site.port}/"
    assert (await fetch(url, ports={site.port}, allowed=the_site)).content
    dns["rebound.example"] = ["127.0.0.2"]
    begun.clear()

    with refused() as error:
        await fetch(url, ports={site.port}, allowed=the_site)

    assert "not on the open internet" in str(error.value)
    assert begun == []


async def test_of_a_name_with_several_addresses_only_those_outside_are_spoken_to(site, dns):
    dns["both.example"] = ["127.0.0.2", "::1", "127.0.0.1"]
    begun.clear()

    page = await fetch(f"http://both.example:{site.port}/", ports={site.port}, allowed=the_site)

    assert page.content == f"Pay rose, both.example:{site.port}.".encode()
    assert {address[0] for address in begun} == {"127.0.0.1"}


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_no_proxy_gets_the_request_in_the_gates_place(name, site, silent, monkeypatch):
    monkeypatch.setenv(name, f"http://127.0.0.1:{silent}")

    assert (await fetch(str(site.make_url("/")), ports={site.port}, allowed=the_site)).content
    with refused():
        await fetch(f"http://10.0.0.1:{silent}/", ports={silent}, allowed=the_site)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "1.1.1.1", "223.255.255.255", "2606:4700::1", "2a00:1450:4001::200e"]
)
def test_the_open_internet_is_public(address):
    assert is_public(ip_address(address))
