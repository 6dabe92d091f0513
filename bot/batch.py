"""Questions in, answers out, one JSON object a line. Other programs read this: it does not change.

A line that is no request gets an object with an error, and with its id where it has one.
"""

import json
import logging
import time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, ValidationError
from pydantic_core import PydanticCustomError

from knowledge.answer import Answerer
from knowledge.errors import PicketError
from knowledge.types import Answer, Turn

log = logging.getLogger(__name__)

LONGEST_QUESTION = 5_000
"""Characters. The encoder reads about the first thousand; the search for words takes longer."""


class InvalidRequest(PicketError):
    """A question, or what came with it, that cannot be answered as it is."""


def _not_blank(question: str) -> str:
    if not question.strip():
        raise PydanticCustomError("blank", "should not be empty")
    return question


Words = Annotated[str, Field(max_length=LONGEST_QUESTION)]


class Earlier(BaseModel):
    """An earlier turn of the conversation."""

    question: Words
    answer: str | None = None


class Request(BaseModel):
    """A line that comes in; what else it holds is passed over."""

    question: Annotated[Words, AfterValidator(_not_blank)]
    history: list[Earlier] | None = None
    guild: str | None = None


def respond_to_line(line: bytes, answerer: Answerer) -> str:
    """Answer one line with one line of JSON, whatever it holds and whatever goes wrong."""
    try:
        values = json.loads(line)
        json.dumps(values, allow_nan=False)  # Python reads NaN and 1e999, which are not JSON
    except (ValueError, RecursionError) as error:
        return json.dumps({"id": None, "error": f"not JSON: {error}"})
    # In ASCII, so that no locale and no splitter at U+2028 can break a line.
    return json.dumps(respond(values, answerer))


def respond(values: object, answerer: Answerer) -> dict[str, Any]:
    """Answer one request, given as JSON's values."""
    id = values.get("id") if isinstance(values, dict) else None
    try:
        return answered(id, parse(values), answerer)
    except PicketError as error:
        return {"id": id, "error": str(error)}
    except Exception as error:  # one line's fault must not cost the answers behind it
        log.exception("a line cannot be answered")
        return {
            "id": id,
            "error": f"something broke ({type(error).__name__}); the log has the cause",
        }


def parse(values: object) -> Request:
    """Check a request.

    Raises:
        InvalidRequest: it is none, or lacks a question.
    """
    if not isinstance(values, dict):
        raise InvalidRequest("a line must be a JSON object")
    try:
        return Request.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(map(str, fault["loc"]))
        raise InvalidRequest(f"{field}: {fault['msg']}") from error


def answered(id: Any, request: Request, answerer: Answerer) -> dict[str, Any]:
    """Answer a request, as other programs read it.

    Raises:
        PicketError: see `Answerer.answer`.
    """
    start = time.perf_counter()
    history = [Turn(turn.question, turn.answer or "") for turn in request.history or []]
    answer = answerer.answer(request.question, history, request.guild)
    return as_json(id, answer, round((time.perf_counter() - start) * 1000))


def as_json(id: Any, answer: Answer, elapsed_ms: int) -> dict[str, Any]:
    """Give an answer as other programs read it; what is unknown is null."""
    return {
        "id": id,
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 3),
        "answerer": answer.answerer,
        "elapsed_ms": elapsed_ms,
        "citations": [
            {
                "n": citation.n,
                "document_id": citation.source.id,
                "title": citation.source.title_cited,
                "publisher": citation.source.provenance.publisher,
                "url": citation.source.provenance.url,
                "published": citation.source.provenance.published,
                "passage": citation.passage,
            }
            for citation in answer.citations
        ],
    }
