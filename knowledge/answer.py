"""The retrieval chain: retrieve, abstain?, write, cite."""

import logging
import re
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from threading import Thread

from knowledge import abstain, words
from knowledge.cite import cite
from knowledge.evidence import weigh
from knowledge.library import Library
from knowledge.prompt import NOT_IN_THE_SOURCES
from knowledge.question import Question, understand
from knowledge.retrieve import HybridRetriever
from knowledge.types import STARTER, Answer, Evidence, Found, Turn, scope_of
from knowledge.write import Writer

log = logging.getLogger(__name__)

QUOTING = "quoting"
CHANGING = frozenset({"rule", "term", "position", "person"})
"""Kinds of fact (`knowledge/facts.py`) that hold until something replaces them."""
LEANS = re.compile(
    r"^\W*(why|when|where|who|how)\W*$|^\W*(and|but|or|so|also|what about|how about)\b"
    r"|\b(it|its|they|them|their|theyre|that|this|these|those|he|she|him|her|his|there|then"
    r"|same|ones?|back|else|instead|next|other|another)\b",
    re.IGNORECASE,
)
"""A question with one of these says only together with the one before what it is about."""


@dataclass(frozen=True, slots=True)
class ChatWriter:
    """A writer that may fail: its `provider:model`, and the seconds it may take."""

    name: str
    writer: Writer
    timeout: float


class Answerer:
    """Answers questions from the library, with citations. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        retriever: HybridRetriever,
        quoting: Writer,
        chat: ChatWriter | None = None,
        threshold: float = 0.5,
    ) -> None:
        """Join the parts; `threshold` is the least confidence at which a question is answered."""
        self._library = library
        self._retriever = retriever
        self._quoting = quoting
        self._chat = chat
        self._threshold = threshold

    @property
    def chat_model(self) -> str | None:
        """The chat model's `provider:model`; None where answers are quotations."""
        return self._chat.name if self._chat else None

    def answer(self, question: str, history: Sequence[Turn] = (), guild: str | None = None) -> Answer:
        """Answer from the starter scope and the guild's own documents, or abstain.

        Args:
            question: in a person's own words.
            history: the conversation so far, oldest turn first.
            guild: a Discord id; its documents are searched too.

        Raises:
            InvalidScope: `guild` is no id.
            IndexMissing, IndexMismatch, IndexFault: see `knowledge/errors.py`.
        """
        scopes = [STARTER] if guild is None else [STARTER, scope_of(guild)]
        self._library.ready_to_read()
        whole = standalone(question, history)
        evidence = self.gather(whole, scopes)
        confidence = abstain.confidence(evidence)
        if confidence < self._threshold:
            return abstain.abstention(question, evidence, confidence)
        answer = self._write(question, evidence, confidence)
        if _may_change(understand(whole), answer):
            answer = replace(answer, as_of=self._library.catalogue.newest(scopes))
        return answer

    def gather(self, text: str, scopes: Sequence[str]) -> Evidence:
        """Find what an answer to a question that stands alone may rest on."""
        question = understand(text)
        documents = self._retriever.invoke(text, scopes=scopes)
        return weigh(
            question,
            [Found.from_langchain(document) for document in documents],
            self._library.catalogue.rarity(scopes, question.terms),
            self._library.encoder,
        )

    def _write(self, question: str, evidence: Evidence, confidence: float) -> Answer:
        if self._chat is not None:
            try:
                draft = _within(self._chat.timeout, self._chat.writer, evidence)
            except Exception:  # whatever a provider raises, the quotation comes instead
                log.exception("%s failed; quoting instead", self._chat.name)
            else:
                text, citations = cite(draft, evidence)
                if draft.strip().startswith(NOT_IN_THE_SOURCES):
                    return abstain.abstention(question, evidence, confidence)
                if citations:
                    return Answer(question, text, citations, confidence, self._chat.name)
                log.warning("%s cited nothing; quoting instead", self._chat.name)
                log.debug("its draft: %r", draft)
        text, citations = cite(self._quoting.invoke(evidence), evidence)
        answerer = f"{QUOTING} instead of {self._chat.name}" if self._chat else QUOTING
        return Answer(question, text, citations, confidence, answerer)


def _may_change(question: Question, answer: Answer) -> bool:
    """Whether the answer tells a state of affairs, which a later source may change."""
    kinds = {citation.source.details.get("kind") for citation in answer.citations}
    return question.means_now or (not question.years and bool(kinds & CHANGING))


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Make a follow-up searchable by itself: the question before it says what it is about.

    That may be a follow-up, too. Of unions, the one named last takes the place of the others.
    """
    if not (history and LEANS.search(question)):
        return question
    before = standalone(history[-1].question, history[:-1])
    return f"{words.without_rivals(before, question)} {question}"


def _within(seconds: float, writer: Writer, evidence: Evidence) -> str:
    """Run a writer, on a thread that a provider may hold up for ever.

    Raises:
        TimeoutError: it took longer.
    """
    result: Future[str] = Future()

    def run() -> None:
        try:
            result.set_result(writer.invoke(evidence))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            result.set_exception(error)

    Thread(target=run, daemon=True, name="chat model").start()
    return result.result(timeout=seconds)
