"""Questions in, answers out, one JSON object a line. Other programs read this: it does not change."""

import json
import time
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from knowledge.answer import Answerer, Turn
from knowledge.errors import PicketError
from knowledge.types import Answer


class Earlier(BaseModel):
    """An earlier turn of the conversation."""

    question: str
    answer: str = ""


class Request(BaseModel):
    """A line that comes in; what else it holds is passed over."""

    id: Any = None
    question: str = Field(min_length=1)
    history: list[Earlier] | None = None
    guild: str | None = None


def respond_to_line(line: bytes, answerer: Answerer) -> str:
    """Answer one line; one that is no request gets an object with its error."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return json.dumps({"id": None, "error": f"not JSON: {error}"})
    return respond(values, answerer)


def respond(values: object, answerer: Answerer) -> str:
    """Answer one request, given as JSON's values, with one line of JSON."""
    start = time.perf_counter()
    id = values.get("id") if isinstance(values, dict) else None
    try:
        request = Request.model_validate(values)
        history = [Turn(turn.question, turn.answer) for turn in request.history or []]
        answer = answerer.answer(request.question, history, request.guild)
        elapsed = round((time.perf_counter() - start) * 1000)
        response = as_json(id, answer, elapsed)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(map(str, fault["loc"])) or "line"
        response = {"id": id, "error": f"{field}: {fault['msg']}"}
    except PicketError as error:
        response = {"id": id, "error": str(error)}
    return json.dumps(response, ensure_ascii=False)


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
                "title": citation.source.provenance.title,
                "publisher": citation.source.provenance.publisher,
                "url": citation.source.provenance.url,
                "published": citation.source.provenance.published,
                "passage": citation.passage,
            }
            for citation in answer.citations
        ],
    }
