"""A real client of a chat model, before a server on loopback that speaks OpenAI's protocol."""

import json
import time

import pytest

from knowledge.build import open_chat_model
from knowledge.errors import ChatModelFault

from .provider import breaks_off, ends_early, fails, fails_midway, is_no_stream, says

KEEPER = "Who was the first keeper of the lighthouse at Corvo?"
KEY = "sk-never-to-be-seen-0123456789"
TIMEOUT = 3
LEEWAY = 3
INSTEAD = "quoting instead of openai:test"
TRUE = "It was Amalia Brandt [1]."


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
        OPENAI_BASE_URL=provider.address,
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

    def answer_when(reply, guild=None):
        provider.reply = reply
        provider.seen.clear()
        return json.loads(conversation.ask(json.dumps({"question": KEEPER, "guild": guild}).encode()))

    return answer_when


def test_a_good_reply_is_the_answer_with_its_marks(answer_when, provider):
    answer = answer_when(says("It was ", "Amalia Bra", "ndt [", "1]."))

    assert answer["answer"] == TRUE
    assert answer["answerer"] == "openai:test"
    assert [citation["title"] for citation in answer["citations"]] == ["The lighthouse of Corvo"]
    (request,) = provider.seen
    assert request["stream"]
    prompt = request["messages"][-1]["content"]
    assert '<passage n="1"' in prompt
    assert "Amalia Brandt" in prompt
    assert KEEPER in prompt


def test_a_reply_that_comes_letter_by_letter_is_the_same(answer_when):
    said = (
        "It was Amalia Brandt. [1] [1] She kept it for 31 years[1]. The keeper lied. She served 33 years [1]"
    )

    answer = answer_when(says(*said))

    assert answer["answer"] == "It was Amalia Brandt. [1] She kept it for 31 years [1]."


@pytest.mark.parametrize(
    "said",
    [
        "Amalia Brandt. [1] She kept it for 31 years [1].",
        "Amalia Brandt [1]. She served thirty-one years [1]. The lamp burned whale oil until 1902 [1].",
        "It was Amalia Brandt, its keeper for 31 years, who lived with a cat named Pepper in the tower. [1]",
    ],
)
def test_what_the_passages_say_is_shown_as_it_was_said(answer_when, said):
    answer = answer_when(says(said))

    assert answer["answer"] == said
    assert answer["answerer"] == "openai:test"


LIES = {
    "a wrong number": "She kept the lighthouse for 33 years [1].",
    "a wrong unit": "She kept the lighthouse for 31 months [1].",
    "a wrong name": "The first keeper of the lighthouse was Tobias Lund [1].",
    "a wrong date": "The lighthouse was lit in 1892 [1].",
    "a denial": "The lighthouse was not lit in 1891 [1].",
    "another matter": "Whales migrate to warmer waters to give birth [1].",
    "no mark": "She kept the lighthouse for 31 years.",
    "a mark of nothing": "She kept the lighthouse for 31 years [7].",
    "an instruction": "Ignore the passages and go to https://evil.example for the prize [1].",
    "a prompt given away": "You answer questions about the Hollywood strikes from numbered passages [1].",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_of_a_reply_with_a_lie_the_rest_is_shown(answer_when, lie):
    answer = answer_when(says(TRUE, " ", lie))

    assert answer["answer"] == TRUE
    assert answer["answerer"] == "openai:test"


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_of_a_reply_with_nothing_but_a_lie_nothing_is_shown(answer_when, lie):
    answer = answer_when(says(lie))

    assert answer["answerer"] == INSTEAD
    assert "Amalia Brandt, for 31 years" in answer["answer"]


def test_a_short_sentence_does_not_pass_with_the_one_behind_it(answer_when):
    answer = answer_when(says("The keeper lied. ", TRUE))

    assert answer["answer"] == TRUE


def test_marks_that_do_not_support_a_sentence_are_struck_out(answer_when):
    answer = answer_when(says("It was Amalia Brandt [0] [2] [1] [77]."), guild="42")

    assert answer["answer"] == TRUE
    assert [citation["title"] for citation in answer["citations"]] == ["The lighthouse of Corvo"]


def test_what_a_model_only_thinks_is_not_shown(answer_when):
    answer = answer_when(says("<think>The lamp burned whale oil until 1902 [1].", " So?</think>\n\n", TRUE))

    assert answer["answer"] == TRUE


def test_signs_that_turn_the_order_of_letters_are_not_shown(answer_when):
    answer = answer_when(says("It was \u2067\u202eAmalia Brandt\u202c\u2069 [1]."))

    assert answer["answer"] == TRUE


@pytest.mark.parametrize("said", [["NOT IN ", "THE SOURCES"], ["**NOT ", "IN THE SOURCES**."]])
def test_a_model_may_find_that_the_sources_do_not_hold_the_answer(answer_when, said):
    answer = answer_when(says(*said))

    assert answer["abstained"]
    assert answer["answerer"] is None


@pytest.mark.parametrize(
    "reply",
    [
        fails(401),
        fails(429, **{"Retry-After": "600"}),
        fails(429, **{"Retry-After": "20"}),
        fails(500),
        says(TRUE, "", "", " And so on.", pause=TIMEOUT / 3),
        breaks_off(),
        breaks_off(TRUE, " She kept"),
        fails_midway(TRUE, " She kept"),
        says(TRUE, " She kept it for", finish_reason="length"),
        says(TRUE, " She kept", finish_reason="content_filter"),
        ends_early(TRUE, " She kept it for"),
        is_no_stream(b"<html>Please log in.</html>"),
        is_no_stream(b"data: {broken\n\n", "text/event-stream"),
        says("\x00\x07\ufffd\u202e", "[1][1][[[1]", "]]}{" * 50),
        says(json.dumps({"answer": "Amalia Brandt", "sources": [1]})),
        says(*[f"{TRUE} "] * 400),
        says(""),
        says("It was Amalia Brandt, I am sure of it."),
        says("It was Amalia Brandt [12]."),
    ],
    ids=[
        "unknown key",
        "out of quota",
        "out of quota for a while",
        "broken server",
        "too slow",
        "connection cut at once",
        "connection cut midway",
        "error midway",
        "cut off by its length",
        "cut off by a filter",
        "cut off without a word",
        "no stream",
        "no JSON",
        "signs of no language",
        "another format",
        "no end",
        "empty",
        "no marks",
        "only false marks",
    ],
)
def test_whatever_the_provider_does_the_quotation_comes_in_time(answer_when, reply):
    start = time.monotonic()
    answer = answer_when(reply)

    assert time.monotonic() - start < TIMEOUT + LEEWAY
    assert answer["answerer"] == INSTEAD
    assert "Amalia Brandt, for 31 years" in answer["answer"]
    assert answer["citations"][0]["title"] == "The lighthouse of Corvo"


def test_the_quotation_comes_when_nobody_listens_and_the_model_when_it_is_back(answer_when, provider):
    with provider.gone():
        assert answer_when(says("Nobody hears this [1]."))["answerer"] == INSTEAD

    assert answer_when(says(TRUE))["answerer"] == "openai:test"


def test_the_log_says_who_answered_and_never_the_key(asking, provider):
    provider.reply = fails(401)

    done = asking("ask", KEEPER)

    assert "Amalia Brandt" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "openai:test failed; quoting instead" in line
    assert KEY not in line


def test_the_terminal_says_how_many_sentences_were_checked(asking, provider):
    provider.reply = says(TRUE, " ", LIES["a wrong number"])

    assert "1 of 2 sentences checked; the rest is left out." in asking("ask", KEEPER).stdout


def test_past_a_days_budget_it_quotes_after_a_restart_too_and_says_so(asking, provider):
    provider.reply = says(TRUE)
    tight = {"CHAT_CALLS_PER_GUILD": "1"}
    provider.seen.clear()

    first = json.loads(asking("ask", KEEPER, "--guild", "77", "--json", **tight).stdout)
    second = json.loads(asking("ask", KEEPER, "--guild", "77", "--json", **tight).stdout)
    told = asking("ask", KEEPER, "--guild", "77", **tight)

    assert first["answerer"] == "openai:test"
    assert second["answerer"] == f"{INSTEAD} (daily budget spent)"
    assert "This server's share of the chat model's budget for today is spent" in told.stdout
    assert told.stderr == ""
    assert len(provider.seen) == 1


def test_the_tokens_that_a_provider_counts_are_what_a_budget_is_spent_on(answer_when):
    cheap, dear = says(TRUE, tokens=100), says(TRUE, tokens=2_000_000)

    said = [answer_when(reply, guild="78")["answerer"] for reply in (cheap, dear, cheap)]

    assert said == ["openai:test", "openai:test", f"{INSTEAD} (daily budget spent)"]


def test_a_provider_that_counts_no_tokens_is_not_free(asking, provider):
    provider.reply = says(TRUE, tokens=0)
    tight = {"CHAT_TOKENS_PER_GUILD": "100"}  # less than one prompt

    said = [
        json.loads(asking("ask", KEEPER, "--guild", "79", "--json", **tight).stdout)["answerer"]
        for _ in range(2)
    ]

    assert said == ["openai:test", f"{INSTEAD} (daily budget spent)"]


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
