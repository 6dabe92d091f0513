"""THE abstention policy: how sure it is that the passages found hold the answer."""

from knowledge.types import Answer, Evidence

NEAREST = 1


def confidence(evidence: Evidence) -> float:
    """Estimate how likely the passages hold the answer, 0 to 1."""
    return max((f.cosine for f in evidence.found), default=0.0)


def abstention(question: str, evidence: Evidence, confidence: float) -> Answer:
    """Say that the sources do not hold the answer, and name the nearest thing that they do."""
    text = "I found nothing on that in my sources."
    if evidence.found:
        nearest = evidence.found[0].source.provenance.title
        text = f"My sources do not answer that; the nearest thing in them is “{nearest}”."
    return Answer(question, text, (), confidence, None)
