"""A real client of a chat model, before a server on loopback that speaks OpenAI's protocol."""

import asyncio
import json
import time
from contextlib import contextmanager
from threading import Thread

import pytest
from aiohttp import web

from knowledge.build import open_chat_model
from knowledge.errors import ChatModelFault

KEEPER = "Who was the first keeper of the lighthouse at Corvo?"
KEY = "sk-never-to-be-seen-0123456789"
TIMEOUT = 3
LEEWAY = 3
INSTEAD = "quoting instead of openai:test"


def completion(text, finish_reason="stop"):
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def says(text, finish_reason="stop"):
    async def reply(_):
        return web.json_response(completion(text, finish_reason))

    return reply


def fails(status, **headers):
    """Answer an error that tells on the key it was asked with."""

    async def reply(request):
        told = {"error": {"message": f"no: {request.headers['Authorization']}", "type": "error"}}
        return web.json_response(told, status=status, headers=headers)

    return reply


async def comes_too_late(_):
    await asyncio.sleep(TIMEOUT + 1)
    return web.json_response(completion("It was Amalia Brandt [1]."))


async def breaks_off(request):
    response = web.StreamResponse(headers={"Content-Length": "5000"})
    await response.prepare(request)
    await response.write(json.dumps(completion("Amalia Brandt [1]."))[:60].encode())
    request.transport.abort()
    return response


async def is_no_json(_):
    return web.Response(text="<html>Please log in.</html>", content_type="text/html")


class Provider:
    """The server, on a thread of its own; `reply` is what it does next."""

    def __init__(self):
        self.reply = says("")
        self.seen = []
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = 0
        self.up()

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


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def asking(keeping, provider, tmp_path_factory):
    """The program with this provider's model, set up in `.env`."""
    folder = tmp_path_factory.mktemp("chat")
    (folder / ".env").write_text(f"CHAT_MODEL=openai:test\nOPENAI_API_KEY={KEY}\n")
    return type(keeping)(
        folder,
        keeping.environment["MODEL_DIR"],
        DATA_DIR=str(keeping.data_dir),
        CHAT_TIMEOUT=str(TIMEOUT),
        OPENAI_BASE_URL=f"http://127.0.0.1:{provider.port}/v1",
    )


@pytest.fixture(scope="module")
def conversation(asking):
    """One program for most tests here."""
    child = asking.start("ask", "--batch", "-")
    yield child
    _, complaints = child.end()
    assert "Traceback" not in complaints


@pytest.fixture
def answer_when(conversation, provider):
    """Ask the keeper's name of a provider that behaves like this."""

    def answer_when(reply):
        provider.reply = reply
        provider.seen.clear()
        return json.loads(conversation.ask(json.dumps({"question": KEEPER}).encode()))

    return answer_when


def test_a_good_reply_is_the_answer_with_its_marks(answer_when, provider):
    answer = answer_when(says("It was Amalia Brandt [1]."))

    assert answer["answer"] == "It was Amalia Brandt [1]."
    assert answer["answerer"] == "openai:test"
    assert [citation["title"] for citation in answer["citations"]] == ["The lighthouse of Corvo"]
    (request,) = provider.seen
    prompt = request["messages"][-1]["content"]
    assert '<passage n="1"' in prompt
    assert "Amalia Brandt" in prompt
    assert KEEPER in prompt


def test_marks_that_point_at_no_passage_are_struck_out(answer_when):
    answer = answer_when(says("It was Amalia Brandt [1] [77]. She kept bees [0][99]."))

    assert answer["answer"] == "It was Amalia Brandt [1]. She kept bees."
    assert answer["answerer"] == "openai:test"
    assert [citation["n"] for citation in answer["citations"]] == [1]


def test_a_model_may_find_that_the_sources_do_not_hold_the_answer(answer_when):
    answer = answer_when(says("NOT IN THE SOURCES"))

    assert answer["abstained"]
    assert answer["answerer"] is None


@pytest.mark.parametrize(
    "reply",
    [
        fails(401),
        fails(429, **{"Retry-After": "600"}),
        fails(429, **{"Retry-After": "20"}),
        fails(500),
        comes_too_late,
        breaks_off,
        is_no_json,
        says(""),
        says("It was Amalia Brandt, I am sure of it."),
        says("It was Amalia Brandt [12]."),
        says("It was Amalia Brandt [1], who served for", finish_reason="length"),
    ],
    ids=[
        "unknown key",
        "out of quota",
        "out of quota for a while",
        "broken server",
        "too slow",
        "connection cut",
        "no JSON",
        "empty",
        "no marks",
        "only false marks",
        "cut off in a sentence",
    ],
)
def test_whatever_the_provider_does_the_quotation_comes_in_time(answer_when, reply):
    start = time.monotonic()
    answer = answer_when(reply)

    assert time.monotonic() - start < TIMEOUT + LEEWAY
    assert answer["answerer"] == INSTEAD
    assert "Amalia Brandt" in answer["answer"]
    assert answer["citations"][0]["title"] == "The lighthouse of Corvo"


def test_the_quotation_comes_when_nobody_listens_and_the_model_when_it_is_back(answer_when, provider):
    with provider.gone():
        assert answer_when(says("Nobody hears this [1]."))["answerer"] == INSTEAD

    assert answer_when(says("It was Amalia Brandt [1]."))["answerer"] == "openai:test"


def test_the_log_says_who_answered_and_never_the_key(asking, provider):
    provider.reply = fails(401)

    done = asking("ask", KEEPER)

    assert "Amalia Brandt" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "openai:test failed; quoting instead" in line
    assert KEY not in line


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "nonsense"),
        ("nobody:model", "nobody:model"),
        ("fireworks:model", "package"),
        ("openai:model", "OPENAI_API_KEY"),
    ],
)
def test_a_chat_model_that_cannot_be_set_up_is_named(name, said, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ChatModelFault, match=said):
        open_chat_model(name, timeout=5)
