"""Two writers behind one shape: evidence in, a draft whose marks `[n]` name the passages out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import Runnable, RunnableLambda

from knowledge import prompt
from knowledge.cite import MARK
from knowledge.embed import Encoder
from knowledge.sentences import sentences
from knowledge.types import Evidence

Writer = Runnable[Evidence, str]

LONGEST_ANSWER = 700
"""Characters, marks included."""
MOST_SENTENCES = 3
MARGIN = 0.75
"""How near to the best a further sentence must score to be quoted too."""
LEANS_ON_THE_ONE_BEFORE = re.compile(
    r"(It|Its|He|His|She|Her|They|Their|This|That|These|Those|Both|Such|But|However)\b"
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of the n-th passage found, from 1."""

    n: int
    position: int
    text: str


def quoting_writer(encoder: Encoder) -> Writer:
    """Quote the one to three sentences that answer best, word for word; needs no chat model.

    A sentence scores by its own cosine with the question, the share of the question's terms that it
    holds (by weight), and its passage's rank: see `benchmarks/README.md`.
    """

    def quote(evidence: Evidence) -> str:
        choice = list(_sentences(evidence))
        scores = _scores(evidence, choice, encoder)
        best_first = sorted(range(len(choice)), key=lambda i: -scores[i])
        near = [choice[i] for i in best_first if scores[i] >= MARGIN * scores[best_first[0]]]
        return " ".join(f"{sentence.text} [{sentence.n}]" for sentence in _fitting(near, choice))

    return RunnableLambda(quote)


def chat_writer(model: BaseChatModel) -> Writer:
    """Ask a chat model. Who calls it quotes instead when it fails."""
    return RunnableLambda(prompt.fill) | prompt.ANSWER | model | StrOutputParser()


def _sentences(evidence: Evidence) -> Iterator[_Sentence]:
    for n, found in enumerate(evidence.found, start=1):
        for position, text in enumerate(sentences(found.passage.text)):
            # A footnote's number in a source must not pass for a mark of ours.
            yield _Sentence(n, position, MARK.sub("", text))


def _scores(evidence: Evidence, choice: Sequence[_Sentence], encoder: Encoder) -> Sequence[float]:
    vectors = encoder.encode([sentence.text for sentence in choice], "passage")
    cosines = vectors @ np.array(encoder.embed_query(evidence.question), np.float32)
    return [
        float(cosine)
        + 0.7 * evidence.rarity.coverage(f"{found.source.provenance.title}. {sentence.text}")
        + found.score
        for sentence, cosine in zip(choice, cosines, strict=True)
        for found in (evidence.found[sentence.n - 1],)
    ]


def _fitting(near: Sequence[_Sentence], all_of_them: Sequence[_Sentence]) -> list[_Sentence]:
    """Take sentences, best first, as long as they fit; those of one passage in its own order."""
    taken: list[_Sentence] = []
    for sentence in near:
        wanted = [s for s in _with_what_it_leans_on(sentence, all_of_them) if s not in taken]
        length = sum(len(s.text) + len(" [10] ") for s in [*taken, *wanted])
        if taken and (len(taken) + len(wanted) > MOST_SENTENCES or length > LONGEST_ANSWER):
            continue
        taken += wanted
    rank = {n: place for place, n in enumerate(dict.fromkeys(s.n for s in taken))}
    return sorted(taken, key=lambda s: (rank[s.n], s.position))


def _with_what_it_leans_on(sentence: _Sentence, choice: Sequence[_Sentence]) -> list[_Sentence]:
    at = choice.index(sentence)
    if sentence.position and LEANS_ON_THE_ONE_BEFORE.match(sentence.text):
        return [choice[at - 1], sentence]
    return [sentence]
