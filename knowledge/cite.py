"""From a draft to an answer: every mark `[n]` is checked in code, whoever wrote it."""

import re

from knowledge.types import Citation, Evidence

MARK = re.compile(r"\s*\[\s*(\d{1,999}(?:\s*[,;–-]\s*\d{1,999})*)\s*\]")
"""`[1]`, `[1, 2]`, `[1; 2]` or `[1-3]`."""


def cite(draft: str, evidence: Evidence) -> tuple[str, tuple[Citation, ...]]:
    """Keep the marks that point at a passage, renumbered by first mention; strike out the rest.

    Args:
        draft: text in which `[n]`, or `[n, m]`, means the n-th passage found, from 1.
        evidence: those passages.

    Returns:
        The text, and a citation for each mark in it. No citation: nothing in the draft is supported.
    """
    order: dict[int, int] = {}

    def strike_out(mark: re.Match[str]) -> str:
        return mark[0] if pointed_at(mark, evidence) else ""

    def renumber(mark: re.Match[str]) -> str:
        return "".join(f" [{order.setdefault(n, len(order) + 1)}]" for n in pointed_at(mark, evidence))

    while (struck := MARK.sub(strike_out, draft)) != draft:  # "[[9]9]" leaves another mark behind
        draft = struck
    text = MARK.sub(renumber, draft).strip()
    return text, tuple(
        Citation(shown, evidence.found[n - 1].source, evidence.found[n - 1].passage.text)
        for n, shown in order.items()
    )


def pointed_at(mark: re.Match[str], evidence: Evidence) -> list[int]:
    """Read "1, 3-5" as 1, 3, 4, 5, once each, but for those that point at no passage."""
    ends = [[int(end) for end in re.findall(r"\d+", part)] for part in re.split("[,;]", mark[1])]
    last = len(evidence.found)
    numbers = (n for part in ends for n in range(max(part[0], 1), min(part[-1], last) + 1))
    return list(dict.fromkeys(numbers))
