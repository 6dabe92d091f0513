"""Pages are fetched again by what their server said of them: ETag and Last-Modified."""

# ruff: noqa: F811 - a fixture that is imported is an argument, too

from functools import partial
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ingest.fetch import fetch

from .test_ask import text_of
from .test_facts import offered, show
from .test_knowledge import (
    FERRY,
    SAILS,
    add,
    bot,  # noqa: F401
    hand_in,
    is_over,
    moderator,  # noqa: F401
    once,
    press,
)

YESTERDAY, TODAY = "Mon, 06 May 2024 08:00:00 GMT", "Tue, 07 May 2024 08:00:00 GMT"
BOTH = {"ETag": '"one"', "Last-Modified": YESTERDAY}
ASKS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


@pytest.fixture
async def site():
    """A site of one page, which says which version it sends, and sends none that is known."""
    page = SimpleNamespace(text=FERRY, says=BOTH, asked=[], sent=0)

    async def answer(request):
        page.asked.append({name: request.headers.get(name) for name in ASKS.values()})
        if page.says and any(request.headers.get(ASKS[name]) == value for name, value in page.says.items()):
            return web.Response(status=304, headers=page.says)
        page.sent += 1
        return web.Response(text=page.text, content_type="text/html", headers=page.says)

    app = web.Application()
    app.router.add_get("/ferry", answer)
    async with TestServer(app) as server:
        page.url = str(server.make_url("/ferry"))
        page.fetch = partial(fetch, ports={server.port}, allowed=lambda _: True)
        yield page


async def refreshed(channel, moderator, id):
    return text_of(await once(await moderator.slash(channel, "knowledge refresh", document=id), is_over))


@pytest.mark.parametrize("says", [BOTH, {"ETag": '"one"'}, {"Last-Modified": YESTERDAY}], ids=len)
async def test_a_page_whose_server_says_that_it_is_as_it_was_costs_nothing(
    bot, harbour, encoder, channel, moderator, guild, site, says
):
    site.says, scope = says, f"guild-{guild.id}"
    await add(channel, moderator, url=site.url)
    (id,) = await offered(channel, moderator, "knowledge refresh", "document", "ferry")
    before, acts = harbour.catalogue.details(scope, id), harbour.ledger.acts(scope)
    jobs, revision = harbour.catalogue.outcomes(range(100)), harbour.catalogue.revision
    encoder.passages.clear()
    told = await refreshed(channel, moderator, id)
    pressed = await press(
        moderator, await show(channel, moderator, "knowledge show", document=id), "Fetch again"
    )
    after = harbour.catalogue.details(scope, id)

    assert told.startswith("It is as it was")
    assert text_of(pressed) == told
    assert site.asked[1:] == [{ask: says.get(name) for name, ask in ASKS.items()}] * 2
    assert site.sent == 1
    assert encoder.passages == []
    assert harbour.catalogue.waiting_count() == 0
    assert (harbour.catalogue.outcomes(range(100)), harbour.catalogue.revision) == (jobs, revision)
    assert harbour.ledger.acts(scope) == acts
    assert after.looked_at > before.looked_at
    assert (after.etag, after.last_modified) == (says.get("ETag"), says.get("Last-Modified"))


async def test_a_page_that_its_server_has_changed_waits_at_the_door_and_is_known_by_its_new_marks(
    bot, channel, ada, moderator, site
):
    await add(channel, moderator, url=site.url)
    (id,) = await offered(channel, moderator, "knowledge refresh", "document", "ferry")
    site.text, site.says = FERRY.replace("nine", "ten"), {"ETag": '"two"', "Last-Modified": TODAY}
    await press(moderator, await hand_in(channel, moderator, "refresh", document=id), "Accept")
    told = await refreshed(channel, moderator, id)

    assert told.startswith("It is as it was")
    assert [asked["If-None-Match"] for asked in site.asked] == [None, '"one"', '"two"']
    assert [asked["If-Modified-Since"] for asked in site.asked] == [None, YESTERDAY, TODAY]
    assert site.sent == 2
    assert "ten in the morning" in text_of(await show(channel, ada, "ask", question=SAILS))


async def test_a_page_that_is_sent_again_with_the_same_words_is_known_by_its_new_marks(
    bot, harbour, encoder, channel, moderator, guild, site
):
    await add(channel, moderator, url=site.url)
    (id,) = await offered(channel, moderator, "knowledge refresh", "document", "ferry")
    encoder.passages.clear()
    site.says = {"ETag": '"two"'}
    told = [await refreshed(channel, moderator, id) for _ in range(2)]

    assert [words.startswith("It is as it was") for words in told] == [True, True]
    assert site.sent == 2
    assert harbour.catalogue.details(f"guild-{guild.id}", id).etag == '"two"'
    assert encoder.passages == []
    assert len(harbour.ledger.acts(f"guild-{guild.id}")) == 1
