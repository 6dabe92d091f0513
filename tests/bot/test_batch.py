"""The promise to other programs: one JSON object a line in, one out."""

import json
import re
import shutil
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.batch import LONGEST_QUESTION, respond_to_line
from bot.settings import BotSettings
from knowledge.build import build_answerer, build_library

KEEPER = "Who was the first keeper of the lighthouse at Corvo?"
BAKER = "Who bakes the rye bread on Sark?"

NULL = type(None)
TYPES = {
    "id": object,
    "question": str,
    "answer": str,
    "abstained": bool,
    "confidence": (int, float),
    "answerer": (str, NULL),
    "elapsed_ms": int,
    "citations": list,
}
CITATION_TYPES = {
    "n": int,
    "document_id": str,
    "title": str,
    "publisher": (str, NULL),
    "url": (str, NULL),
    "published": (str, NULL),
    "passage": str,
}


def keeps_the_promise(response):
    """Whether an object has just the promised keys and types, and its marks and citations agree."""
    if response.keys() == {"id", "error"}:
        return isinstance(response["error"], str)
    cited = response["citations"]
    marks = {int(number) for number in re.findall(r"\[(\d+)\]", response["answer"])}
    return (
        all(
            list(values) == list(types) and all(isinstance(values[key], types[key]) for key in types)
            for values, types in [(response, TYPES), *((each, CITATION_TYPES) for each in cited)]
        )
        and [citation["n"] for citation in cited] == list(range(1, len(cited) + 1))
        and marks == {citation["n"] for citation in cited}
        and response["abstained"] is (not cited)
        and (response["answerer"] is None) is response["abstained"]
        and 0 <= response["confidence"] <= 1
    )


@pytest.fixture(scope="module")
def answerer(keeping):
    found = BotSettings(_env_file=None, data_dir=keeping.data_dir, model_dir=keeping.environment["MODEL_DIR"])
    library = build_library(found)
    yield build_answerer(found, library)
    library.close()


def test_each_line_is_answered_before_the_next_is_written(keeping):
    child = keeping.start("ask", "--batch", "-")
    for id in ("a", 2, None, {"deep": [1]}):
        line = json.dumps({"id": id, "question": KEEPER, "topic": "not ours"}).encode()
        response = json.loads(child.ask(line))

        assert keeps_the_promise(response)
        assert (response["id"], response["question"]) == (id, KEEPER)
        assert response["answerer"] == "quoting"
        assert response["citations"][0]["title"] == "The lighthouse of Corvo"

    assert child.end() == ("", "")
    assert child.returncode == 0


BROKEN = [
    b"not JSON",
    b'{"id": 1, "question": "Who',
    b'{"id": NaN, "question": "Who?"}',
    b'{"id": 1e999, "question": "Who?"}',
    b'{"id": 1, "question": "\xff"}',
    b"[" * 100_000,
    b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b"[1]",
    b'"Who?"',
    b"null",
]
BROKEN_WITH_ID = [
    b'{"id": 7}',
    b'{"id": 7, "question": ""}',
    b'{"id": 7, "question": " \\n "}',
    b'{"id": 7, "question": null}',
    b'{"id": 7, "question": ["Who?"]}',
    b'{"id": 7, "question": "\\ud800"}',
    b'{"id": 7, "question": "' + b"word " * 200_000 + b'"}',
    b'{"id": 7, "question": "Who?", "history": "before"}',
    b'{"id": 7, "question": "Who?", "history": [{"answer": "He."}]}',
    b'{"id": 7, "question": "Who?", "guild": "A B"}',
    b'{"id": 7, "question": "Who?", "guild": 42}',
]


def test_a_broken_line_gets_its_error_and_the_rest_goes_on(keeping, tmp_path):
    good = json.dumps({"id": "good", "question": KEEPER}).encode()
    lines = [b"\xef\xbb\xbf" + good, b"", b"  \t ", *BROKEN, *BROKEN_WITH_ID, good]
    (tmp_path / "lines.jsonl").write_bytes(b"\r\n".join(lines))

    done = keeping("ask", "--batch", tmp_path / "lines.jsonl")

    responses = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(keeps_the_promise(response) for response in responses)
    first, *errors, last = responses
    assert [first["id"], last["id"]] == ["good", "good"]
    assert not first["abstained"]
    assert [error["id"] for error in errors] == [None] * len(BROKEN) + [7] * len(BROKEN_WITH_ID)
    assert all("error" in error for error in errors)
    assert done.returncode == 0
    assert done.stderr == ""


def test_a_follow_up_is_understood_by_the_turn_before_it(answerer):
    line = {
        "question": "And what did it burn?",
        "history": [{"question": KEEPER, "answer": "A. B."}],
    }

    response = json.loads(respond_to_line(json.dumps(line).encode(), answerer))

    assert response["question"] == "And what did it burn?"
    assert response["citations"][0]["title"] == "The lighthouse of Corvo"


def test_a_guild_s_documents_are_for_its_own_lines(answerer):
    def titles(guild):
        line = json.dumps({"question": BAKER, "guild": guild}).encode()
        return {each["title"] for each in json.loads(respond_to_line(line, answerer))["citations"]}

    assert "The bakery of Sark" in titles("42")
    assert "The bakery of Sark" not in titles("43") | titles(None)


def test_what_breaks_under_one_line_does_not_end_the_run(keeping, picket):
    shutil.copytree(keeping.data_dir, picket.data_dir)
    line = json.dumps({"id": 1, "question": KEEPER}).encode()
    child = picket.start("ask", "--batch", "-")
    assert "answer" in json.loads(child.ask(line))

    with sqlite3.connect(picket.data_dir / "catalogue.db") as catalogue:
        catalogue.execute("ALTER TABLE registry RENAME TO hidden")
    broken = json.loads(child.ask(line))
    with sqlite3.connect(picket.data_dir / "catalogue.db") as catalogue:
        catalogue.execute("ALTER TABLE hidden RENAME TO registry")
    mended = json.loads(child.ask(line))

    assert broken.keys() == {"id", "error"}
    assert not mended["abstained"]
    assert "Traceback" not in child.end()[1]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
QUESTIONS = st.text(max_size=60) | st.text('"*^:()-+{}[]<>%\\\0\x1b ANDORNEAR?', max_size=30)
REQUESTS = st.fixed_dictionaries(
    {"question": QUESTIONS | JSON_VALUES},
    optional={
        "id": JSON_VALUES,
        "guild": st.sampled_from(["42", "A B", ""]) | JSON_VALUES,
        "history": st.lists(st.fixed_dictionaries({"question": QUESTIONS}), max_size=2) | JSON_VALUES,
    },
)


@settings(max_examples=150)
@given(
    line=st.binary(max_size=80)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | REQUESTS.map(lambda value: json.dumps(value).encode())
)
def test_any_line_whatever_gets_one_line_of_json(answerer, line):
    said = respond_to_line(line, answerer)

    assert "something broke" not in said
    assert len(said.splitlines()) == 1
    assert keeps_the_promise(json.loads(said, parse_constant=pytest.fail))


def test_the_longest_question_is_answered_and_one_longer_is_not(answerer):
    longest = KEEPER + " please" * LONGEST_QUESTION

    def response(length):
        return json.loads(respond_to_line(json.dumps({"question": longest[:length]}).encode(), answerer))

    assert not response(LONGEST_QUESTION)["abstained"]
    assert "error" in response(LONGEST_QUESTION + 1)
