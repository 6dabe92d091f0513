"""Fit the confidence of `knowledge/abstain.py`.

    python benchmarks/confidence.py QUESTIONS.jsonl...

A logistic regression over the signal of whether the evidence holds the answer; a question counts as
answered where the best three sentences hold every key point. Prints the coefficients, and by ten-fold
cross-validation the area under the ROC curve (answerable or not; answered or not), how well calibrated
it is, and what a threshold keeps and refuses. What the questions ask about: see `benchmarks/asked.py`.
"""

import sys

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

THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7)


def measure(paths: list[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give the signal, of shape (questions, 1), whether each can be answered, and whether it was."""
    library = build_library(Settings())
    rows: list[list[float]] = []
    labels: list[tuple[bool, bool]] = []
    for asked in ask_all(paths, READ):
        evidence = weighed(asked, library, library.reader)
        best = " ".join(sentence.text for sentence in evidence.sentences[:3])
        points = asked.question["answers"]
        rows.append([abstain.signal(evidence)])
        labels.append((bool(points), bool(points) and all(holds(best, point) for point in points)))
    answerable, answered = np.array(labels).T
    return np.array(rows), answerable, answered


def main() -> None:
    """Print the fit and how good it is."""
    signals, answerable, answered = measure(sys.argv[1:])
    model = LogisticRegression(C=10).fit(signals, answered)
    print(
        "intercept, weight:",
        [*model.intercept_.round(3), *model.coef_[0].round(3)],
    )
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    sure = cross_val_predict(model, signals, answered, cv=folds, method="predict_proba")[:, 1]
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
