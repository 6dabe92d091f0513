import asyncio
import gzip
import tracemalloc

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest import fetch as module
from ingest.fetch import NotModified, fetch
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
    content = bytes.fromhex(request.query.get("content", b"Pay rose.".hex()))
    return web.Response(body=content, headers={"Content-Type": request.query["type"]})


async def kept(request):
    """Be modified on every request that does not know the page."""
    known = {"If-None-Match": '"7"', "If-Modified-Since": "Sat, 01 Jul 2023 00:00:00 GMT"}
    if any(request.headers.get(name) == value for name, value in known.items()):
        return web.Response(status=304)
    told = {"ETag": known["If-None-Match"], "Last-Modified": known["If-Modified-Since"]}
    return web.Response(text=HTML, content_type="text/html", headers=told)


async def unasked(_):
    return web.Response(status=304)


async def drip(request):
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    while True:
        await answer.write(b"a")
        await asyncio.sleep(0.01)


BOMB = gzip.compress(bytes(256 * 2**20))
"""256 KiB that become 256 MiB."""


async def bomb(_):
    return web.Response(body=BOMB, headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"})


async def flood(request):
    answer = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await answer.prepare(request)
    while True:
        await answer.write(b" " * 2**16)


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
    application.router.add_get("/bomb", bomb)
    application.router.add_get("/drip", drip)
    application.router.add_get("/kept", kept)
    application.router.add_get("/unasked", unasked)
    application.router.add_get("/cut-off", cut_off)
    async with TestServer(application) as server:
        yield server


async def get(url, **known):
    """Fetch from any address and port."""
    return await fetch(str(url), allowed=anywhere, ports=range(2**16), **known)


async def refusal(url, allowed=anywhere, ports=range(2**16)):
    with pytest.raises(InvalidDocument) as refused:
        await fetch(str(url), allowed=allowed, ports=ports)
    return str(refused.value)


async def test_a_page_comes_with_its_address_and_a_name(site):
    found = await get(site.make_url("/terms"))

    assert found.url == str(site.make_url("/terms"))
    assert found.content == HTML.encode()
    assert found.name == "terms.html"


async def test_a_front_page_is_named_after_its_host(site):
    assert (await get(site.make_url("/"))).name == "127.0.0.1.html"


async def test_it_says_who_it_is_and_keeps_no_cookie(site):
    found = await get(site.make_url("/on").with_query(to="/echo"))

    assert found.content == b"Picket, 0 cookies"


async def test_five_redirects_are_followed(site):
    found = await get(site.make_url("/hops/5"))

    assert found.url == str(site.make_url("/terms"))


async def test_a_sixth_redirect_is_not(site):
    assert "redirects too often" in await refusal(site.make_url("/hops/6"))


@pytest.mark.parametrize(
    ("file", "content_type", "content", "name"),
    [
        ("terms", "text/html", b"%PDF-1.7", "terms.pdf"),
        ("terms.html", "text/html", b"PK\x03\x04", "terms.docx"),
        ("terms.pdf", "application/pdf", b"\n<!DOCTYPE html><p>Log in.", "terms.html"),
        ("terms.pdf", "text/html; charset=utf-8", b"<p>Pay rose.", "terms.html"),
        ("terms.docx", "application/octet-stream", b"Pay rose.", "terms.txt"),
        ("terms.png", "image/png", b"<html><p>Pay rose.", "terms.html"),
        ("terms.md", "text/plain", b"Pay rose.", "terms.md"),
        ("terms", "text/markdown", b"Pay rose.", "terms.md"),
        ("terms", "text/plain", b"Pay rose.", "terms.txt"),
        ("terms", "text/plain", "Pay rose.".encode("utf-16"), "terms.txt"),
    ],
)
async def test_the_type_is_told_by_the_content(site, file, content_type, content, name):
    url = site.make_url(f"/typed/{file}").with_query(type=content_type, content=content.hex())

    assert (await get(url)).name == name


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/pdf"])
async def test_a_picture_is_refused_whatever_it_is_called(site, content_type):
    url = site.make_url("/typed/terms.pdf").with_query(type=content_type, content=b"\xff\xd8\xff\0".hex())

    assert "is of a type that is not read" in await refusal(url)


async def test_a_type_that_is_not_read_is_refused_by_name(site):
    url = site.make_url("/typed/picture").with_query(type="image/png")

    assert "is of a type that is not read (image/png)" in await refusal(url)


async def test_an_answer_without_end_is_refused(site):
    assert "over 10 MiB" in await refusal(site.make_url("/flood"))


async def test_a_bomb_costs_no_more_than_what_is_read_of_it(site):
    tracemalloc.start()
    try:
        assert "over 10 MiB" in await refusal(site.make_url("/bomb"))
        assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
    finally:
        tracemalloc.stop()


async def test_a_page_that_is_as_it_was_is_not_sent_again(site):
    first = await get(site.make_url("/kept"))

    assert first.content == HTML.encode()
    with pytest.raises(NotModified):
        await get(site.make_url("/kept"), etag=first.etag)
    with pytest.raises(NotModified):
        await get(site.make_url("/kept"), last_modified=first.last_modified)


async def test_a_page_that_has_changed_comes_anew(site):
    assert (await get(site.make_url("/kept"), etag='"6"')).etag == '"7"'


async def test_a_page_that_claims_to_be_known_and_is_not_is_a_failure(site):
    assert "it answered 304 Not Modified" in await refusal(site.make_url("/unasked"))


async def test_a_password_is_not_told(site):
    with_password = site.make_url("/terms").with_user("ada").with_password("secret")

    assert (await get(with_password)).url == str(site.make_url("/terms"))
    assert "secret" not in await refusal(with_password.with_path("/gone"))


async def test_an_error_is_named(site):
    assert "it answered 404 Not Found" in await refusal(site.make_url("/gone"))


async def test_a_slow_answer_is_not_waited_for(site, monkeypatch):
    monkeypatch.setattr(module, "_SECONDS", 0.3)

    assert "try again later" in await refusal(site.make_url("/drip"))


async def test_a_redirect_out_of_the_web_is_not_followed(site):
    url = site.make_url("/on").with_query(to="file:///etc/passwd")

    assert "no web address" in await refusal(url)


@pytest.mark.parametrize("url", ["ftp://example.org/a", "terms", "", "http://", "http://[::1", "//x"])
async def test_what_is_no_web_address_is_refused(url):
    assert "is no web address" in await refusal(url)


async def test_a_port_where_nobody_listens_is_a_failed_connection(unused_tcp_port):
    assert "the connection failed" in await refusal(f"http://127.0.0.1:{unused_tcp_port}/")


@pytest.mark.parametrize("announced", ["by length", "in chunks"])
async def test_half_of_a_page_is_not_taken_for_the_whole(site, announced):
    url = site.make_url("/cut-off").with_query(announced=announced)

    assert await refusal(url) == f"{url} cannot be fetched: the connection failed"
