from ipaddress import ip_address

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest import fetch as module
from ingest.fetch import fetch, is_public
from knowledge.errors import InvalidDocument

HTML = "<p>Pay rose.</p>"


def anywhere(_):
    return True


async def page(_):
    return web.Response(text=HTML, content_type="text/html")


async def echo(request):
    return web.Response(text=f"{request.headers['User-Agent']}, {len(request.cookies)} cookies")


async def on(request):
    moved = web.HTTPFound(request.query["to"])
    moved.set_cookie("visitor", "7")
    raise moved


async def round_and_round(request):
    left = int(request.match_info["left"])
    raise web.HTTPFound(f"/hops/{left - 1}" if left > 1 else "/terms")


async def typed(request):
    return web.Response(body=b"Pay rose.", headers={"Content-Type": request.query["type"]})


async def flood(_):
    answer = web.Response(body=b" " * 11 * 2**20, content_type="text/plain")
    answer.enable_compression()
    return answer


async def cut_off(request):
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    if request.query["announced"] == "by length":
        answer.content_length = 100
    await answer.prepare(request)
    await answer.write(b"Pay rose.")
    request.transport.close()
    return answer


@pytest.fixture
async def site():
    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_get("/terms", page)
    application.router.add_get("/echo", echo)
    application.router.add_get("/on", on)
    application.router.add_get("/hops/{left}", round_and_round)
    application.router.add_get("/typed/{name}", typed)
    application.router.add_get("/flood", flood)
    application.router.add_get("/cut-off", cut_off)
    async with TestServer(application) as server:
        yield server


async def refusal(url, allowed=anywhere):
    with pytest.raises(InvalidDocument) as refused:
        await fetch(str(url), allowed)
    return str(refused.value)


async def test_a_page_comes_with_its_address_and_a_name(site):
    found = await fetch(str(site.make_url("/terms")), anywhere)

    assert found.url == str(site.make_url("/terms"))
    assert found.content == HTML.encode()
    assert found.name == "terms.html"


async def test_a_front_page_is_named_after_its_host(site):
    assert (await fetch(str(site.make_url("/")), anywhere)).name == "127.0.0.1.html"


async def test_it_says_who_it_is_and_keeps_no_cookie(site):
    found = await fetch(str(site.make_url("/on").with_query(to="/echo")), anywhere)

    assert found.content == b"Picket, 0 cookies"


async def test_five_redirects_are_followed(site):
    found = await fetch(str(site.make_url("/hops/5")), anywhere)

    assert found.url == str(site.make_url("/terms"))


async def test_a_sixth_redirect_is_not(site):
    assert "redirects too often" in await refusal(site.make_url("/hops/6"))


@pytest.mark.parametrize(
    ("file", "content_type", "name"),
    [
        ("terms.pdf", "application/pdf", "terms.pdf"),
        ("download", "application/pdf", "download.pdf"),
        ("terms.md", "text/plain", "terms.md"),
        ("terms", "text/plain", "terms.txt"),
        ("terms.docx", "application/octet-stream", "terms.docx"),
        ("terms.pdf", "text/html; charset=utf-8", "terms.html"),
    ],
)
async def test_the_suffix_is_true_to_the_type(site, file, content_type, name):
    url = site.make_url(f"/typed/{file}").with_query(type=content_type)

    assert (await fetch(str(url), anywhere)).name == name


async def test_a_type_that_is_not_read_is_refused_by_name(site):
    url = site.make_url("/typed/picture").with_query(type="image/png")

    assert "is image/png, which is not read" in await refusal(url)


async def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(site):
    assert "over 10 MiB" in await refusal(site.make_url("/flood"))


async def test_an_error_is_named(site):
    assert "it answered 404 Not Found" in await refusal(site.make_url("/gone"))


async def test_a_slow_answer_is_not_waited_for(site, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.000_001)

    assert "try again later" in await refusal(site.make_url("/terms"))


async def test_the_hosts_own_network_is_out_of_reach(site):
    port = site.port

    for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0"):
        assert "not on the open internet" in await refusal(f"http://{host}:{port}/", is_public)


async def test_a_redirect_into_the_hosts_own_network_is_not_followed(site):
    url = site.make_url("/on").with_query(to=f"http://127.0.0.2:{site.port}/")

    def only_the_site(address):
        return address == ip_address("127.0.0.1")

    assert "not on the open internet" in await refusal(url, only_the_site)


async def test_a_redirect_out_of_the_web_is_not_followed(site):
    url = site.make_url("/on").with_query(to="file:///etc/passwd")

    assert "no web address" in await refusal(url)


@pytest.mark.parametrize("url", ["ftp://example.org/a", "terms", "", "http://", "http://[::1", "//x"])
async def test_what_is_no_web_address_is_refused(url):
    assert "is no web address" in await refusal(url)


async def test_a_port_where_nobody_listens_is_a_failed_connection(unused_tcp_port):
    assert "the connection failed" in await refusal(f"http://127.0.0.1:{unused_tcp_port}/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1", "64:ff9b::5db8:d70e"])
def test_the_open_internet_is_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.1.2.3",
        "2002:a01:203::",
        "64:ff9b::a01:203",
        "64:ff9b:1::5db8:d70e",
        "2001:0:a01:203::",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "ff02::1",
    ],
)
def test_what_leads_elsewhere_is_not(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("announced", ["by length", "in chunks"])
async def test_half_of_a_page_is_not_taken_for_the_whole(site, announced):
    url = site.make_url("/cut-off").with_query(announced=announced)

    assert await refusal(url) == f"{url} cannot be fetched: the connection failed"
