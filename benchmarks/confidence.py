"""Fit the confidence of `knowledge/abstain.py`.

    python benchmarks/confidence.py QUESTIONS.jsonl...

A logistic regression over the signals of whether the evidence holds the answer; a question counts as
answered where the best three passages hold every key point. Prints the coefficients, and by ten-fold
cross-validation the area under the ROC curve (answerable or not; answered or not), how well calibrated
it is, and what a threshold keeps and refuses. Needs the index (`make run`).
"""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.evaluation import holds, read
from knowledge import abstain
from knowledge.answer import standalone
from knowledge.build import build_answerer, build_library
from knowledge.settings import Settings
from knowledge.types import STARTER, Turn

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def measure(paths: list[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give the signals, of shape (questions, 3), whether each can be answered, and whether it was."""
    settings = Settings()
    library = build_library(settings)
    library.ready_to_read()
    answerer = build_answerer(settings, library)
    rows: list[tuple[float, ...]] = []
    labels: list[tuple[bool, bool]] = []
    for question in (question for path in paths for question in read(path)):
        history = [Turn(turn["question"], turn["answer"]) for turn in question["history"]]
        evidence = answerer.gather(standalone(question["question"], history), [STARTER])
        rows.append(abstain.signals(evidence))
        labels.append((bool(question["answers"]), _answered(question, evidence.found)))
    answerable, answered = np.array(labels).T
    return np.array(rows), answerable, answered


def _answered(question: dict[str, Any], found: Any) -> bool:
    best = " ".join(one.passage.text for one in found[:3])
    return bool(question["answers"]) and all(holds(best, point) for point in question["answers"])


def main() -> None:
    """Print the fit and how good it is."""
    signals, answerable, answered = measure(sys.argv[1:])
    model = LogisticRegression(C=10).fit(signals, answered)
    print(
        "intercept, cosine, coverage, score:",
        [*model.intercept_.round(2), *model.coef_[0].round(2)],
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
    for threshold in THRESHOLDS:
        print(
            f"threshold {threshold}: keeps {(sure[answered] >= threshold).mean():.3f} of the answered, "
            f"refuses {(sure[~answerable] < threshold).mean():.3f} of the unanswerable"
        )


if __name__ == "__main__":
    main()
