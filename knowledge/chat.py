"""The chat model's part: asked within a budget and a time, and heard sentence by sentence.

What it says is shown only where `knowledge/verify.py` finds it supported. Whoever calls it quotes instead
when it fails: a stream that breaks leaves nothing behind.
"""

import logging
import re
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import AIMessage, UsageMetadata, add_usage
from langchain_core.runnables import RunnableLambda

from knowledge import prompt
from knowledge.budget import Budget
from knowledge.cite import MARK
from knowledge.embed import Encoder
from knowledge.errors import ChatModelFault
from knowledge.sentences import sentences_and_heads
from knowledge.types import Evidence
from knowledge.verify import Verifier

log = logging.getLogger(__name__)

CHARACTERS_A_TOKEN = 4
"""In English, roughly: so are tokens counted where a provider does not tell them."""
LONGEST_DRAFT = 8_000
"""Characters, after which a model will not stop by itself."""
_CUT_SHORT = frozenset({"length", "max_tokens", "content_filter"})
_WHOLE = re.compile(r"[.!?…][\"'”’)\]*]*$|\]$")
_LEADING_MARKS = re.compile(rf"(?:{MARK.pattern})+")
_MARKED_END = re.compile(
    rf"[.!?…][\"'”’)]*{_LEADING_MARKS.pattern}\s+(?=[^\s\[])|{_LEADING_MARKS.pattern}[.!?…]\s+(?=[^\sa-z\[])"
)
_THOUGHT = re.compile(r"(?s)<think>.*?(?:</think>|$)")
"""What some models write before they answer, and is none of it."""
_UNSEEN = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""Signs that show nothing themselves; some turn the order of what is shown, and 148 into 841."""
_LIST_MARK = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a chat model has said, checked."""

    text: str
    """The sentences that are supported, with the marks that support them, as the evidence counts."""
    kept: int
    said: int
    """How many sentences there were."""
    declined: bool = False
    """Whether the model found that the passages do not hold the answer."""


Heard = Callable[[Draft], None]


class ChatModel:
    """A LangChain chat model, called `provider:model`. Safe to use from several threads."""

    def __init__(
        self, name: str, model: BaseChatModel, timeout: float, budget: Budget, encoder: Encoder
    ) -> None:
        """Take the model, the seconds that a whole reply may take, and what sentences are checked with."""
        self.name = name
        self._timeout = timeout
        self._budget = budget
        self._encoder = encoder
        self._prompt = RunnableLambda(prompt.fill) | prompt.ANSWER
        self._model = model

    def write(self, evidence: Evidence, guild: str | None, heard: Heard) -> Draft:
        """Have an answer written from the passages.

        Args:
            evidence: what it may rest on.
            guild: on whose budget.
            heard: called on another thread with the draft so far, whenever one more sentence is kept.

        Raises:
            BudgetSpent: nothing is left for today; the model is not asked.
            TimeoutError: it took too long.
            ChatModelFault: the reply is cut off, or does not end; and whatever the provider raises.
        """
        messages = self._prompt.invoke(evidence).to_messages()
        at_least = _tokens("".join(str(message.text) for message in messages))
        day = self._budget.take(guild, at_least)
        result: Future[Draft] = Future()
        nobody_waits = Event()

        def run() -> None:
            reply = _Reply(Verifier(evidence, self._encoder), heard, nobody_waits)
            try:
                try:
                    with closing(_stream(self._model, messages)) as pieces:
                        draft = reply.hear_out(pieces)
                finally:
                    self._budget.add(day, guild, reply.tokens(at_least) - at_least)
                result.set_result(draft)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                result.set_exception(error)

        Thread(target=run, daemon=True, name="chat model").start()  # a provider may hold it up for ever
        try:
            return result.result(timeout=self._timeout)
        finally:
            nobody_waits.set()


class _Reply:
    """A reply that comes in pieces."""

    def __init__(self, verifier: Verifier, heard: Heard, nobody_waits: Event) -> None:
        self._verifier = verifier
        self._heard = heard
        self._nobody_waits = nobody_waits
        self._verdicts: dict[str, str | None] = {}
        self._text = ""
        self._usage: UsageMetadata | None = None

    def hear_out(self, pieces: Iterator[BaseMessage]) -> Draft:
        """Listen to the end, and check each sentence once it is whole."""
        kept = 0
        for piece in pieces:
            self._take(piece)
            draft = self._draft(finished(self._said))
            if draft.kept > kept and not draft.declined:
                kept = draft.kept
                self._heard(draft)
        said = split(self._said)
        draft = self._draft(said)
        log.debug("the draft: %r; what is left of it: %r", self._text, draft.text)
        if said and not draft.declined and not _WHOLE.search(said[-1]):
            raise ChatModelFault("the reply breaks off in the middle of a sentence")
        return draft

    @property
    def _said(self) -> str:
        return _UNSEEN.sub("", _THOUGHT.sub("", self._text)).strip()

    def tokens(self, prompted: int) -> int:
        """How many tokens the call has cost, as the provider tells, or about; some tell 0 of every call."""
        told = self._usage["total_tokens"] if self._usage else 0
        return told or prompted + _tokens(self._text)

    def _take(self, piece: BaseMessage) -> None:
        if self._nobody_waits.is_set():
            raise ChatModelFault("nobody waits for the reply any more")
        self._text += str(piece.text)
        if isinstance(piece, AIMessage) and piece.usage_metadata:
            self._usage = add_usage(self._usage, piece.usage_metadata)
        ended = {piece.response_metadata.get(key) for key in ("finish_reason", "stop_reason", "done_reason")}
        if ended & _CUT_SHORT:
            raise ChatModelFault("the reply is cut off")
        if len(self._said) > LONGEST_DRAFT:
            raise ChatModelFault("the reply does not come to an end")

    def _draft(self, said: list[str]) -> Draft:
        for sentence in said:
            if sentence not in self._verdicts:
                self._verdicts[sentence] = self._verifier.supported(sentence)
        kept = [verdict for sentence in said if (verdict := self._verdicts[sentence])]
        declined = self._said.lstrip("*_'\"“").startswith(prompt.NOT_IN_THE_SOURCES)
        return Draft(" ".join(kept), len(kept), len(said), declined)


def split(draft: str) -> list[str]:
    """Split a draft into sentences, each with the marks in it and right behind it."""
    said: list[str] = []
    for sentence in (part for line in sentences_and_heads(draft) for part in _at_marks(line)):
        marks = _LEADING_MARKS.match(sentence) if said else None
        rest = sentence[marks.end() :] if marks else _LIST_MARK.sub("", sentence, count=1)
        if marks:
            said[-1] += f" {marks[0].strip()}"
        if rest.startswith("[") or re.search(r"\w", rest):  # "[" may be the beginning of a mark
            said.append(rest.strip())
    return said


def finished(draft: str) -> list[str]:
    """Split off a draft that goes on the sentences that are whole, all marks behind them among that."""
    said = split(draft)
    return said[: -2 if said and said[-1].startswith("[") else -1]


def _at_marks(sentence: str) -> Iterator[str]:
    """Split once more where a mark ends a sentence that was not told from the next, as one in quotes."""
    start = 0
    for end in _MARKED_END.finditer(sentence):
        yield sentence[start : end.end()]
        start = end.end()
    yield sentence[start:]


def _stream(model: BaseChatModel, messages: list[BaseMessage]) -> Generator[BaseMessage, None, None]:
    yield from model.stream(messages)


def _tokens(text: str) -> int:
    return len(text) // CHARACTERS_A_TOKEN
