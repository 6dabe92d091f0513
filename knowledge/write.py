"""The writer that quotes: evidence in, a draft whose marks `[n]` name the passages out.

What a chat model writes is in `knowledge/chat.py`.
"""

import re
import textwrap

from langchain_core.runnables import Runnable, RunnableLambda

from knowledge.types import Evidence, Sentence

Writer = Runnable[Evidence, str]

LONGEST_ANSWER = 700
"""Characters, marks included."""
MOST_SENTENCES = 3
_MARK = " [10] "
MARGIN = 0.75
"""The share of the best sentence's score that a further one needs to be quoted too."""
LEANS = re.compile(r"(It|Its|He|His|She|Her|They|Their|This|That|These|Those|Both|Such|But|However)\b")
"""How a sentence begins that says little without the one before it."""


def quoting_writer() -> Writer:
    """Quote the one to three sentences that answer best, word for word; needs no chat model."""
    return RunnableLambda(_quote)


def _quote(evidence: Evidence) -> str:
    taken: list[Sentence] = []
    standing = [s for s in evidence.sentences if not evidence.found[s.n - 1].outdated]
    standing = standing or list(evidence.sentences)
    for sentence in standing:
        if sentence.score < MARGIN * standing[0].score:
            break
        together = [
            *taken,
            *(s for s in _with_what_it_leans_on(sentence, evidence) if s not in taken),
        ]
        if len(together) <= MOST_SENTENCES and _length(together) <= LONGEST_ANSWER:
            taken = together
        elif not taken:
            taken = [sentence]
    rank = {n: place for place, n in enumerate(dict.fromkeys(sentence.n for sentence in taken))}
    in_order = sorted(taken, key=lambda sentence: (rank[sentence.n], sentence.position))
    return " ".join(f"{_cut(sentence.text)} [{sentence.n}]" for sentence in in_order)


def _with_what_it_leans_on(sentence: Sentence, evidence: Evidence) -> list[Sentence]:
    if not LEANS.match(sentence.text):
        return [sentence]
    before = (sentence.n, sentence.position - 1)
    return [*(s for s in evidence.sentences if (s.n, s.position) == before), sentence]


def _length(sentences: list[Sentence]) -> int:
    return sum(len(sentence.text) + len(_MARK) for sentence in sentences)


def _cut(text: str) -> str:
    """Leave a sentence as it is, unless it alone is longer than an answer may be."""
    return textwrap.shorten(text, LONGEST_ANSWER - len(_MARK), placeholder=" …")
