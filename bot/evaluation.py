"""`picket eval`: how good answers are to questions whose key points are known.

A question has `answers`, a list of key points with their alternatives, and `must_not`; without `answers`
it cannot be answered from the sources.
"""

import json
import re
import statistics
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.batch import respond
from knowledge.answer import Answerer
from knowledge.errors import InvalidDocument

LONGEST = 900
"""Characters; a longer answer is not right."""
BANDS = 5
"""Of confidence, in the reliability diagram."""
WORST = 10
MARK = re.compile(r"\[(\d+)\]")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
QUOTES = {ord("‘"): "'", ord("’"): "'", ord("“"): '"', ord("”"): '"'}
MEASURES = ("right", "points", "supported", "marked", "refused", "length")


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one answer; None where a measure does not apply."""

    id: Any
    type: str
    question: str
    answer: str
    answerable: bool
    confidence: float
    elapsed_ms: int
    refused: bool
    right: bool
    """Every key point, nothing forbidden, not too long; or refused where that is due."""
    points: float | None
    """The share of key points said."""
    supported: float | None
    """Of the key points said, the share that a cited passage holds too."""
    marked: bool | None
    """Whether marks and citations resolve one another."""
    length: int | None
    """Characters of the answer."""


def read(path: str | Path) -> list[dict[str, Any]]:
    """Read questions, one JSON object a line.

    Raises:
        InvalidDocument: the file is none, or a line is no question with key points.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        questions = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise InvalidDocument(f"{path} cannot be read ({error}); give a file of JSON lines") from error
    for number, question in enumerate(questions, start=1):
        if not (isinstance(question, dict) and {"id", "question", "answers"} <= question.keys()):
            raise InvalidDocument(f"{path}, question {number}: needs an id, a question and answers")
    return questions


def evaluate(
    questions: Iterable[Mapping[str, Any]], answerer: Answerer, guild: str | None = None
) -> list[Verdict]:
    """Ask each question, as in a guild where it names none itself, and judge its answer."""
    asked = ("id", "question", "history", "guild")
    whole: Iterable[dict[str, Any]] = ({"guild": guild, **question} for question in questions)
    return [judge(q, respond({name: q[name] for name in asked if name in q}, answerer)) for q in whole]


def judge(question: Mapping[str, Any], answer: Mapping[str, Any]) -> Verdict:
    """Judge one answer, given as `picket ask --batch` writes it."""
    if "error" in answer:
        answer = {
            "answer": answer["error"],
            "abstained": True,
            "confidence": 0.0,
            "elapsed_ms": 0,
            "citations": [],
        }
    text, refused, points = answer["answer"], answer["abstained"], question["answers"]
    kind = question.get("type", "question")
    said = [] if refused else [point for point in points if holds(text, point)]
    cited = " ".join(citation["passage"] for citation in answer["citations"])
    stale = any(holds(text, [forbidden]) for forbidden in question.get("must_not", ()))
    right = not refused and len(said) == len(points) and len(text) <= LONGEST and not stale
    marks = {int(n) for n in MARK.findall(text)}
    resolved = marks == {c["n"] for c in answer["citations"] if c["url"] or c["title"]}
    return Verdict(
        id=question["id"],
        type=kind,
        question=question["question"],
        answer=text,
        answerable=bool(points),
        confidence=answer["confidence"],
        elapsed_ms=answer["elapsed_ms"],
        refused=refused,
        right=refused if not points or (refused and kind == "false_premise") else right,
        points=len(said) / len(points) if points else None,
        supported=sum(holds(cited, point) for point in said) / len(said) if said else None,
        marked=None if refused else bool(marks) and resolved,
        length=None if refused else len(text),
    )


def holds(text: str, alternatives: Sequence[str]) -> bool:
    """Whether a text has one of a key point's alternatives in it."""
    return any(normal(alternative) in normal(text) for alternative in alternatives)


def normal(text: str) -> str:
    """Bring a text to the form in which key points are looked for."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(DASHES | QUOTES)
    return re.sub(r"[*_`]", "", MARK.sub("", re.sub(r"(?<=\d),(?=\d{3})", "", folded)))


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Put verdicts into figures: by type and in all, latency, risk and coverage, the worst cases."""
    rows: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in sorted(verdicts, key=lambda verdict: verdict.type):
        rows[verdict.type].append(verdict)
    rows["all answerable"] = [verdict for verdict in verdicts if verdict.answerable]
    rows["all unanswerable"] = [verdict for verdict in verdicts if not verdict.answerable]
    rows["all"] = list(verdicts)
    wrong = [verdict for verdict in verdicts if not verdict.right]
    took = sorted(verdict.elapsed_ms for verdict in verdicts)
    return {
        "by_type": {name: {"n": len(row), **_shares(row)} for name, row in rows.items() if row},
        "latency_ms": {"median": statistics.median(took), "p95": took[int(0.95 * (len(took) - 1))]},
        "risk_coverage": risk_coverage(verdicts),
        "reliability": reliability(verdicts),
        "worst": [asdict(verdict) for verdict in sorted(wrong, key=lambda v: -v.confidence)[:WORST]],
    }


def risk_coverage(verdicts: Sequence[Verdict]) -> list[tuple[float, float]]:
    """Tell, for each share of the questions answered, the surest first, what share of those is not right."""
    answered = sorted((v for v in verdicts if not v.refused), key=lambda v: -v.confidence)
    curve, wrong = [], 0
    for n, verdict in enumerate(answered, start=1):
        wrong += not verdict.right
        curve.append((n / len(verdicts), wrong / n))
    return curve


def reliability(verdicts: Sequence[Verdict]) -> list[tuple[float, float, int]]:
    """Tell by bands of confidence: its mean, the share of right answers among those given, how many."""
    bands: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if not verdict.refused:
            bands[min(int(verdict.confidence * BANDS), BANDS - 1)].append(verdict)
    return [
        (statistics.mean(v.confidence for v in band), statistics.mean(v.right for v in band), len(band))
        for _, band in sorted(bands.items())
    ]


def table(figures: Mapping[str, Any]) -> str:
    """Lay the figures out as lines of text."""
    lines = [f"{'':18}{'n':>5}" + "".join(f"{measure:>11}" for measure in MEASURES)]
    for name, row in figures["by_type"].items():
        cells = "".join(_cell(row[measure], measure) for measure in MEASURES)
        lines.append(f"{name:18}{row['n']:5}{cells}")
    latency = figures["latency_ms"]
    lines.append(f"latency: median {latency['median']:.0f} ms, 95th percentile {latency['p95']:.0f} ms")
    lines += [
        f"wrong at {case['confidence']:.2f}: {case['id']} {case['question']} -> {case['answer']}"
        for case in figures["worst"]
    ]
    return "\n".join(lines)


def picture(figures: Mapping[str, Any]) -> bytes:
    """Draw risk against coverage, and how far confidence can be relied on, as a PNG."""
    from io import BytesIO

    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(*zip(*figures["risk_coverage"], strict=True) if figures["risk_coverage"] else ([], []))
    left.set(
        xlabel="share of questions answered", ylabel="share of those not right", xlim=(0, 1), ylim=(0, 1)
    )
    right.plot((0, 1), (0, 1), linestyle=":", color="grey")
    for mean, share, count in figures["reliability"]:
        right.scatter(mean, share, s=20 + count, color="C0")
        right.annotate(str(count), (mean, share), textcoords="offset points", xytext=(8, -12))
    right.set(xlabel="confidence", ylabel="share of answers right", xlim=(0, 1), ylim=(0, 1))
    png = BytesIO()
    figure.savefig(png, format="png", dpi=120)
    return png.getvalue()


def _shares(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    known = {name: [v for v in (getattr(d, name) for d in verdicts) if v is not None] for name in MEASURES}
    return {name: statistics.mean(values) if values else None for name, values in known.items()}


def _cell(value: float | None, measure: str) -> str:
    if value is None:
        return f"{'-':>11}"
    return f"{value:11.0f}" if measure == "length" else f"{value:11.3f}"
