"""From a draft to an answer: every mark `[n]` is checked in code, whoever wrote it."""

import re

from knowledge.types import Citation, Evidence

MARK = re.compile(r"\s*\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]")


def cite(draft: str, evidence: Evidence) -> tuple[str, tuple[Citation, ...]]:
    """Keep the marks that point at a passage, renumbered by first mention; strike out the rest.

    Args:
        draft: text in which `[n]`, or `[n, m]`, means the n-th passage found, from 1.
        evidence: those passages.

    Returns:
        The text, and a citation for each mark in it. No citation: nothing in the draft is supported.
    """
    order: dict[int, int] = {}

    def pointed_at(mark: re.Match[str]) -> list[int]:
        numbers = dict.fromkeys(int(number) for number in mark[1].split(","))
        return [n for n in numbers if 1 <= n <= len(evidence.found)]

    def strike_out(mark: re.Match[str]) -> str:
        return mark[0] if pointed_at(mark) else ""

    def renumber(mark: re.Match[str]) -> str:
        return "".join(f" [{order.setdefault(n, len(order) + 1)}]" for n in pointed_at(mark))

    while (struck := MARK.sub(strike_out, draft)) != draft:  # "[[9]9]" leaves another mark behind
        draft = struck
    text = MARK.sub(renumber, draft).strip()
    return text, tuple(
        Citation(shown, evidence.found[n - 1].source, evidence.found[n - 1].passage.text)
        for n, shown in order.items()
    )
