"""What an answer may rest on: the passages found, and their sentences, weighed one by one."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from knowledge.cite import MARK
from knowledge.embed import Encoder
from knowledge.question import ANSWERS, Question
from knowledge.sentences import sentences
from knowledge.types import Evidence, Found, Sentence
from knowledge.words import Rarity

COSINE = 0.5
"""What a sentence's score gains, besides its passage's, by its own cosine with the question,"""
COVERAGE = 0.7
"""by the share of the question's terms in it, title included,"""
KIND_IN_TEXT = 0.5
"""by having in it what is asked for, such as a date,"""
HEADING = -0.8
"""and by being no whole sentence."""
SPLIT = 6
"""The best passages whose sentences are weighed, each by a vector of its own, which takes time."""
LOOKED_AT = 3
"""The best passages, whose words together tell how much of a question is covered."""
_WHOLE = re.compile(r"[.!?…][\"'”’)\]]*$")


def weigh(question: Question, found: Sequence[Found], rarity: Rarity, encoder: Encoder) -> Evidence:
    """Split passages into sentences and weigh each against the question, best first."""
    split = [
        (n, position, text)
        for n, one in enumerate(found[:SPLIT], start=1)
        for position, text in enumerate(_sentences(one))
    ]
    cosines = _cosines(question, found, [(n, text) for n, _, text in split], encoder)
    weighed = [
        Sentence(n, position, text, COSINE * cosine + _score(question, found[n - 1], text, rarity), cosine)
        for (n, position, text), cosine in zip(split, cosines, strict=True)
    ]
    together = " ".join(_titled(one, one.passage.text) for one in found[:LOOKED_AT])
    return Evidence(
        question=question.text,
        found=tuple(found),
        sentences=tuple(sorted(weighed, key=lambda sentence: -sentence.score)),
        coverage=rarity.coverage(together),
    )


def _sentences(found: Found) -> list[str]:
    # A footnote's number in a source must not pass for a mark of ours.
    return [MARK.sub("", text) for text in sentences(found.passage.text)]


def _cosines(
    question: Question, found: Sequence[Found], split: Sequence[tuple[int, str]], encoder: Encoder
) -> list[float]:
    """Compare each sentence's own vector; a passage of one sentence has been compared already."""
    alone = {n for n, count in Counter(n for n, _ in split).items() if count == 1 and found[n - 1].cosine}
    vectors = encoder.encode([text for n, text in split if n not in alone], "passage")
    asked = np.array(encoder.embed_query(question.text), np.float32)
    fresh = iter(vectors @ asked if len(vectors) else ())
    return [found[n - 1].cosine if n in alone else float(next(fresh)) for n, _ in split]


def _score(question: Question, found: Found, text: str, rarity: Rarity) -> float:
    score = found.score + COVERAGE * rarity.coverage(_titled(found, text))
    if question.kind is not None:
        score += KIND_IN_TEXT * bool(ANSWERS[question.kind].search(text))
    return score + HEADING * (not _WHOLE.search(text))


def _titled(found: Found, text: str) -> str:
    return f"{found.source.provenance.title}. {text}"
