"""The retrieval chain: retrieve, abstain?, write, cite."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from knowledge import abstain
from knowledge.cite import cite
from knowledge.errors import BudgetSpent
from knowledge.evidence import weigh
from knowledge.followup import own_part, standalone
from knowledge.library import Library
from knowledge.question import Question, understand
from knowledge.retrieve import HybridRetriever
from knowledge.types import STARTER, Answer, Evidence, Found, Turn, scope_of
from knowledge.write import Writer

if TYPE_CHECKING:
    from knowledge.chat import ChatModel, Draft

log = logging.getLogger(__name__)

QUOTING = "quoting"
CHANGING = frozenset({"rule", "term", "position", "person"})
"""Kinds of fact (`knowledge/facts.py`) that hold until something replaces them."""
SPENT = " (daily budget spent)"
Progress = Callable[[Answer], None]
"""Is told what of a chat model's answer is there already."""


class Answerer:
    """Answers questions from the library, with citations. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        retriever: HybridRetriever,
        quoting: Writer,
        chat: "ChatModel | None" = None,
        *,
        threshold: float,
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

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        guild: str | None = None,
        progress: Progress = lambda _: None,
    ) -> Answer:
        """Answer from the starter scope and the guild's own documents, or abstain.

        Args:
            question: in a person's own words.
            history: the conversation so far, oldest turn first.
            guild: a Discord id; its documents are searched too.
            progress: called on another thread with a chat model's answer as far as it is checked, one
                more sentence each time. What is returned may be another: the quotation, where it fails.

        Raises:
            InvalidScope: `guild` is no id.
            IndexMissing, IndexMismatch, IndexFault: see `knowledge/errors.py`.
        """
        scopes = [STARTER] if guild is None else [STARTER, scope_of(guild)]
        self._library.ready_to_read(scopes)
        whole = standalone(question, history)
        evidence = self.gather(whole, scopes, own_part(question, whole))
        confidence = abstain.confidence(evidence)
        if confidence < self._threshold:
            return abstain.abstention(question, evidence, confidence)
        answer = self._write(Answer(question, "", (), confidence, QUOTING), evidence, guild, progress)
        if _may_change(understand(whole), answer):
            answer = replace(answer, as_of=self._library.catalogue.newest(scopes))
        return answer

    def gather(self, text: str, scopes: Sequence[str], asked: str | None = None) -> Evidence:
        """Find what an answer may rest on.

        Args:
            text: a question that stands alone.
            scopes: where it may rest.
            asked: the same as it was asked, where that is a follow-up.
        """
        documents = self._retriever.invoke(text, scopes=scopes)
        return weigh(
            understand(text),
            [Found.from_langchain(document) for document in documents],
            partial(self._library.catalogue.rarity, scopes),
            self._library.reader,
            understand(asked or text),
        )

    def _write(self, blank: Answer, evidence: Evidence, guild: str | None, progress: Progress) -> Answer:
        instead = blank
        if self._chat is not None:
            instead = replace(blank, answerer=f"{QUOTING} instead of {self._chat.name}")
            try:
                answer = self._by_chat_model(self._chat, blank, evidence, guild, progress)
            except BudgetSpent as spent:
                log.info("%s is not asked: %s", self._chat.name, spent)
                note = f"{str(spent).capitalize()}; this is quoted instead."
                instead = replace(instead, answerer=f"{instead.answerer}{SPENT}", note=note)
            except Exception:  # whatever a provider raises, the quotation comes instead
                log.exception("%s failed; quoting instead", self._chat.name)
            else:
                if answer:
                    return answer
                log.warning("%s said nothing that its sources support; quoting instead", self._chat.name)
        text, citations = cite(self._quoting.invoke(evidence), evidence)
        return replace(instead, text=text, citations=citations)

    @staticmethod
    def _by_chat_model(
        chat: "ChatModel", blank: Answer, evidence: Evidence, guild: str | None, progress: Progress
    ) -> Answer | None:
        """Have a chat model answer, or abstain; None where nothing that it said is supported."""

        def cited(draft: "Draft") -> Answer:
            text, citations = cite(draft.text, evidence)
            checked = draft.kept, draft.said
            return replace(blank, text=text, citations=citations, answerer=chat.name, checked=checked)

        draft = chat.write(evidence, guild, lambda so_far: progress(cited(so_far)))
        if draft.declined:
            return abstain.abstention(blank.question, evidence, blank.confidence)
        return cited(draft) if draft.kept else None


def _may_change(question: Question, answer: Answer) -> bool:
    """Whether the answer tells a state of affairs, which a later source may change."""
    kinds = {citation.source.details.get("kind") for citation in answer.citations}
    return question.means_now or (not question.years and bool(kinds & CHANGING))
