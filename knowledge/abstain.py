"""THE abstention policy: how likely the passages found hold the answer, and what is said if not."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from knowledge.question import understand
from knowledge.types import Answer, Evidence, Source
from knowledge.write import MOST_SENTENCES

INTERCEPT, WEIGHT = 1.538, 0.325
"""A logistic regression, by `benchmarks/confidence.py`, over the signal below; on questions in members' own
words, of which the sources cannot answer one in four: whether the best three sentences held the answer."""
NEAR = 0.3
"""The cosine from which a passage is near enough to a question to be worth naming."""
MOST_NEAREST = 3


def confidence(evidence: Evidence) -> float:
    """Estimate how likely the passages hold the answer, 0 to 1; without a word in common, not at all."""
    if not (evidence.sentences and evidence.coverage):
        return 0.0
    return 1 / (1 + math.exp(-INTERCEPT - WEIGHT * signal(evidence)))


def signal(evidence: Evidence) -> float:
    """What the confidence rests on: how sure the reader is, as a logit, of an answer in what may be quoted.

    There must be a sentence. What else tells something, the reader has in view: see `benchmarks/README.md`.
    """
    return max(sentence.reading for sentence in evidence.sentences[:MOST_SENTENCES])


def abstention(question: str, evidence: Evidence, confidence: float) -> Answer:
    """Say that the sources do not hold the answer, and name the nearest thing that they do."""
    near = {found.source.id: found.source for found in evidence.found if found.cosine >= NEAR}
    nearest = tuple(near.values())[:MOST_NEAREST]
    looked_for = understand(evidence.question).terms
    return Answer(question, _said(nearest), (), confidence, None, looked_for, nearest)


def naming_no_more(abstention: Answer, document_ids: Collection[str]) -> Answer:
    """Have an abstention say nothing of some documents, as if they had not come near."""
    nearest = tuple(source for source in abstention.nearest if source.id not in document_ids)
    return replace(abstention, text=_said(nearest), nearest=nearest)


def _said(nearest: Sequence[Source]) -> str:
    if not nearest:
        return "My sources hold nothing on that."
    return f"My sources do not answer that; the nearest they come to it is “{nearest[0].provenance.title}”."
