"""Fit the confidence of `knowledge/abstain.py`.

    python benchmarks/confidence.py QUESTIONS.jsonl...

A logistic regression over how sure the reader is, for facts and for documents, of whether the evidence
holds the answer; a question counts as answered where the best three sentences hold every key point. Those
that the sources cannot answer weigh as if they were one in four, in documents one in six. Prints the
coefficients, and by ten-fold cross-validation the area under the ROC curve (answerable or not; answered or
not), how well calibrated it is, and what a threshold keeps and refuses. What the questions ask about: see
`benchmarks/asked.py`.
"""

import sys
from dataclasses import dataclass

import numpy as np
from asked import ask_all, weighed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.evaluation import holds
from knowledge import abstain
from knowledge.build import build_library
from knowledge.retrieve import READ
from knowledge.settings import Settings

THRESHOLDS = (0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
UNANSWERABLE = {"facts": 1 / 4, "documents": 1 / 6}


@dataclass(frozen=True, slots=True)
class Measured:
    """Of the same questions, in order."""

    signals: NDArray[np.float64]
    """How sure the reader is, as logits, of shape (questions, 1)."""
    of_document: NDArray[np.bool_]
    """Whether it is a document that the surest sentence stands in."""
    answerable: NDArray[np.bool_]
    answered: NDArray[np.bool_]


def measure(paths: list[str]) -> Measured:
    """Ask all questions; those for which no sentence is found are passed over."""
    library = build_library(Settings())
    rows: list[tuple[float, bool, bool, bool]] = []
    for asked in ask_all(paths, READ):
        evidence = weighed(asked, library, library.reader)
        if not evidence.sentences:
            continue
        best = " ".join(sentence.text for sentence in evidence.sentences[:3])
        points = asked.question["answers"]
        held = bool(points) and all(holds(best, point) for point in points)
        rows.append((*abstain.signals(evidence), bool(points), held))
    signals, *labels = np.array(rows).T
    return Measured(signals[:, None], *(label.astype(bool) for label in labels))


def fitted(measured: Measured, of: NDArray[np.bool_], unanswerable: float) -> NDArray[np.float64]:
    """Fit some of the questions, print how, and give how sure each is, by cross-validation.

    Args:
        measured: all of them.
        of: which.
        unanswerable: the share that those which cannot be answered are to have.
    """
    answerable, answered = measured.answerable[of], measured.answered[of]
    many = unanswerable / (1 - unanswerable) * answerable.sum() / (~answerable).sum()
    weights = np.where(answerable, 1.0, many)
    model = LogisticRegression(C=10).fit(measured.signals[of], answered, weights)
    print(f"intercept {model.intercept_[0]:.3f}, weight {model.coef_[0][0]:.3f}")
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    sure: NDArray[np.float64] = cross_val_predict(
        model,
        measured.signals[of],
        answered,
        cv=folds,
        method="predict_proba",
        params={"sample_weight": weights},
    )
    return sure[:, 1]


def main() -> None:
    """Print the fit and how good it is."""
    measured = measure(sys.argv[1:])
    answerable, answered = measured.answerable, measured.answered
    sure = np.empty(len(answered))
    for name, of in (("facts", ~measured.of_document), ("documents", measured.of_document)):
        print(name, end=": ")
        sure[of] = fitted(measured, of, UNANSWERABLE[name])
    for name, labels in (("answerable", answerable), ("answered", answered)):
        print(f"AUROC, {name} or not: {roc_auc_score(labels, sure):.3f}")
    for low in np.arange(0.0, 1.0, 0.2):
        of = (sure >= low) & (sure < low + 0.2)
        if of.any():
            share = answered[of].mean()
            print(f"confidence {low:.1f}-{low + 0.2:.1f}: {of.sum():4} questions, {share:.2f} answered")
    print("threshold  answered kept  answerable kept  unanswerable refused")
    for threshold in THRESHOLDS:
        kept = [(sure[of] >= threshold).mean() for of in (answered, answerable, ~answerable)]
        print(f"{threshold:9}  {kept[0]:13.3f}  {kept[1]:15.3f}  {1 - kept[2]:20.3f}")


if __name__ == "__main__":
    main()
