"""Score answers to questions whose key points are known.

    picket ask --batch QUESTIONS.jsonl > ANSWERS.jsonl
    python benchmarks/score.py QUESTIONS.jsonl ANSWERS.jsonl

Each question has `answers`, a list of key points with their alternatives, and `must_not`; without
`answers` it cannot be answered from the sources. Prints shares, in all and by type of question:
right (every key point, nothing forbidden, 900 characters at most; or refused where due), supported
(of the key points said, those that a cited passage holds too), marked (of the answers, those whose
marks and citations resolve one another), refused, and characters on average.
"""

import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST = 900
MARK = re.compile(r"\[(\d+)\]")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
QUOTES = {ord("‘"): "'", ord("’"): "'", ord("“"): '"', ord("”"): '"'}


def normal(text: str) -> str:
    """Bring a text to the form in which key points are looked for."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(DASHES | QUOTES)
    return re.sub(r"[*_`]", "", MARK.sub("", re.sub(r"(?<=\d),(?=\d{3})", "", folded)))


def holds(text: str, alternatives: Sequence[str]) -> bool:
    """Whether a text has one of a key point's alternatives in it."""
    return any(normal(alternative) in normal(text) for alternative in alternatives)


def judge(question: dict[str, Any], answer: dict[str, Any]) -> dict[str, float | None]:
    """Score one answer; None where a measure does not apply."""
    text, refused, points = answer["answer"], answer["abstained"], question["answers"]
    cited = " ".join(citation["passage"] for citation in answer["citations"])
    said = [point for point in points if holds(text, point)]
    right = (
        not refused
        and len(said) == len(points)
        and len(text) <= LONGEST
        and not any(holds(text, [stale]) for stale in question["must_not"])
    )
    if not points or (refused and question["type"] == "false_premise"):
        right = refused
    marks = {int(n) for n in MARK.findall(text)}
    resolved = marks == {c["n"] for c in answer["citations"] if c["url"] or c["title"]}
    return {
        "right": right,
        "supported": None if refused or not said else sum(holds(cited, p) for p in said) / len(said),
        "marked": None if refused else bool(marks) and resolved,
        "refused": refused,
        "length": None if refused else len(text),
    }


def report(questions: Sequence[dict[str, Any]], answers: Sequence[dict[str, Any]]) -> None:
    """Print a table: a row a type of question, and one for all."""
    by_id = {answer["id"]: answer for answer in answers}
    rows: dict[str, list[dict[str, float | None]]] = defaultdict(list)
    for question in questions:
        verdict = judge(question, by_id[question["id"]])
        rows[question["type"]].append(verdict)
        rows["all answerable" if question["answers"] else "all unanswerable"].append(verdict)
        rows["all"].append(verdict)
    print(f"{'':18}{'n':>5}{'right':>8}{'supported':>11}{'marked':>8}{'refused':>9}{'length':>8}")
    for name, verdicts in sorted(rows.items(), key=lambda row: (row[0].startswith("all"), row[0])):
        cells = "".join(
            _cell([v[measure] for v in verdicts], form)
            for measure, form in (
                ("right", "8.3f"),
                ("supported", "11.3f"),
                ("marked", "8.3f"),
                ("refused", "9.3f"),
                ("length", "8.0f"),
            )
        )
        print(f"{name:18}{len(verdicts):5}{cells}")


def _cell(values: Sequence[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    width = int(form.partition(".")[0])
    return f"{sum(known) / len(known):{form}}" if known else "-".rjust(width)


def read(path: str) -> list[dict[str, Any]]:
    """Read a file of JSON objects, one a line."""
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]


if __name__ == "__main__":
    report(read(sys.argv[1]), read(sys.argv[2]))
