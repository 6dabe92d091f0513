"""Which words of a cited passage carry the answer."""

import re
from collections.abc import Iterator

from knowledge.cite import MARK
from knowledge.question import CARRIERS, understand
from knowledge.sentences import is_heading, sentences
from knowledge.types import Answer, Citation
from knowledge.words import stems

Span = tuple[int, int]
"""Where words begin and end in a passage, in characters."""


def carriers(answer: Answer, citation: Citation) -> list[Span]:
    """Find the words of a citation's passage on which the answer rests, in order.

    In the sentences that the answer takes from the passage: what the question asks for, such as a
    date; where that has no form of its own, those sentences whole.
    """
    taken = list(_taken(answer, citation))
    kind = understand(answer.question).kind
    pattern = CARRIERS.get(kind) if kind else None
    found = [match.span() for start, end in taken for match in _matches(pattern, citation, start, end)]
    whole = [(start, end) for start, end in taken if end - start < len(citation.passage.strip())]
    return found or whole


def _matches(
    pattern: re.Pattern[str] | None, citation: Citation, start: int, end: int
) -> Iterator[re.Match[str]]:
    return pattern.finditer(citation.passage, start, end) if pattern else iter(())


def _taken(answer: Answer, citation: Citation) -> Iterator[Span]:
    """The passage's sentence nearest to each of the answer's that bear the citation's mark."""
    spans = list(_spans(citation.passage))
    spans = [span for span in spans if not is_heading(citation.passage[slice(*span)])] or spans
    nearest = {
        max(spans, key=lambda span: _alike(said, citation.passage[slice(*span)]))
        for said in _sentences_marked(answer.text, citation.n)
        if spans
    }
    yield from sorted(nearest)


def _sentences_marked(text: str, n: int) -> Iterator[str]:
    """The words before each mark `[n]`, back to the mark before."""
    end, said = 0, ""
    for mark in MARK.finditer(text):
        said = text[end : mark.start()].strip() or said  # "[1] [2]": both stand for the same words
        end = mark.end()
        if mark[1] == str(n):
            yield said


def _spans(passage: str) -> Iterator[Span]:
    at = 0
    for sentence in sentences(passage):
        pattern = r"\s+".join(map(re.escape, sentence.split()))
        if match := re.compile(pattern).search(passage, at):
            at = match.end()
            yield match.span()


def _alike(one: str, other: str) -> float:
    """The share of words that two sentences have in common, 0 to 1 (Jaccard)."""
    first, second = set(stems(one)), set(stems(other))
    return len(first & second) / max(len(first | second), 1)
