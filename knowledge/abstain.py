"""THE abstention policy: how likely the passages found hold the answer, and what is said if not."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from knowledge.question import understand
from knowledge.types import Answer, Evidence, Source

OF_FACTS, OF_DOCUMENTS = (2.198, 0.631), (1.577, 0.549)
"""Intercept and weight of a logistic regression, by `benchmarks/confidence.py`, over how sure the reader is;
on questions in members' own words: whether the best three sentences held the answer, if the sources could
not answer one in four, and documents one in six: whoever asks a server knows what its own are about.
Documents are not written as facts are, and the reader knows the facts."""
NEAR = 0.3
"""The cosine from which a passage is near enough to a question to be worth naming."""
MOST_NEAREST = 3


def confidence(evidence: Evidence) -> float:
    """Estimate how likely the passages hold the answer, 0 to 1; without a word in common, not at all."""
    if not (evidence.sentences and evidence.coverage):
        return 0.0
    reading, of_document = signals(evidence)
    intercept, weight = OF_DOCUMENTS if of_document else OF_FACTS
    return 1 / (1 + math.exp(-intercept - weight * reading))


def signals(evidence: Evidence) -> tuple[float, bool]:
    """What the confidence rests on: how sure the reader is; whether a document would be quoted first.

    There must be a sentence. What else tells something, the reader has in view: see `benchmarks/README.md`.
    """
    first = evidence.found[evidence.sentences[0].n - 1]
    return evidence.surest, first.source.kind == "document"


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
