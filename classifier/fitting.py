"""Fit linear heads on windows of labelled texts, hold writers out, calibrate.

Needs scikit-learn (the `train` extra).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifier import normalise, segment
from classifier.examples import Example
from classifier.ngrams import counts, slots

# Chosen on folds by hand and source; see docs/adr/0006.
MIN_WINDOWS = 3  # an n-gram must occur in so many windows
INVERSE_PENALTY = 4.0
UNSURE_WEIGHT = 0.5  # of a text whose label two careful readers could see differently
FOLDS = 5
SEED = 20240723

Counted = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Windows:
    """All windows of all texts; `owner[i]` is the place of window i's text."""

    texts: tuple[str, ...]
    owner: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear heads: margin = values @ weights + intercepts, one column per label."""

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]


def cut(examples: Sequence[Example]) -> Windows:
    """Cut the texts into the windows that run time will score."""
    texts: list[str] = []
    owner: list[int] = []
    for place, example in enumerate(examples):
        title = normalise.normalise(example.title).decoded
        body = normalise.normalise(example.text).decoded
        for start, end in segment.windows(body, ()):
            texts.append(f"{title}\n{body[start:end]}")
            owner.append(place)
    return Windows(tuple(texts), np.array(owner, dtype=np.int64))


def vocabulary(
    counted: Sequence[Counted],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the n-gram keys worth keeping, in rising order, and their smoothed IDF.

    Of several n-grams that share a slot of the run-time table only the commonest stays.
    """
    keys, seen = np.unique(np.concatenate([found for found, _ in counted]), return_counts=True)
    keys, seen = keys[seen >= MIN_WINDOWS], seen[seen >= MIN_WINDOWS]
    commonest_first = np.lexsort((keys, -seen))
    _, kept = np.unique(slots(keys[commonest_first]), return_index=True)
    kept = np.sort(commonest_first[kept])
    idf = np.log((1.0 + len(counted)) / (1.0 + seen[kept])) + 1.0
    return keys[kept], idf.astype(np.float32)


def matrix(
    counted: Sequence[Counted],
    *,
    keys: NDArray[np.int64],
    idf: NDArray[np.float32],
) -> sparse.csr_matrix:
    """Return the TF-IDF rows (sublinear, unit length) exactly as `Model` computes them."""
    rows: list[NDArray[np.float64]] = []
    columns: list[NDArray[np.int64]] = []
    for found, often in counted:
        places = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
        known = keys[places] == found
        values = (1.0 + np.log(often[known])) * idf[places[known]]
        length = np.sqrt(values @ values)
        rows.append(values / length if length else values)
        columns.append(places[known])
    bounds = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
    return sparse.csr_matrix(
        (np.concatenate(rows), np.concatenate(columns), bounds), shape=(len(counted), len(keys))
    )


def targets(
    examples: Sequence[Example], labels: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    truth = np.array([[label in example.labels for label in labels] for example in examples])
    unsure = np.array([[label in example.uncertain for label in labels] for example in examples])
    return truth, np.where(unsure, UNSURE_WEIGHT, 1.0)


def _fit_head(
    rows: sparse.csr_matrix, truth: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    head = LogisticRegression(
        C=INVERSE_PENALTY, class_weight="balanced", solver="liblinear", random_state=SEED
    )
    head.fit(rows, truth, sample_weight=weight)
    return head.coef_[0], float(head.intercept_[0])


def fit_heads(
    rows: sparse.csr_matrix,
    owner: NDArray[np.int64],
    truth: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> Heads:
    """Fit one head per label on windows whose labels are only known per text.

    A text without the label gives only negatives. A text with it gives one positive, its
    strongest window: first guessed by a head that takes every window as positive.
    """
    coefficients = np.zeros((rows.shape[1], truth.shape[1]))
    intercepts = np.zeros(truth.shape[1])
    share = 1.0 / np.bincount(owner)[owner]
    for column in range(truth.shape[1]):
        positive = truth[owner, column]
        each = weight[owner, column]
        spread = np.where(positive, each * share, each)
        coef, intercept = _fit_head(rows, positive, spread)
        kept = ~positive
        kept[_strongest(rows @ coef, owner)[truth[np.unique(owner), column]]] = True
        coef, intercept = _fit_head(rows[kept], positive[kept], each[kept])
        coefficients[:, column] = coef
        intercepts[column] = intercept
    return Heads(coefficients, intercepts)


def _strongest(margins: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each text's strongest window, in the order of the texts."""
    order = np.lexsort((-margins, owner))
    first = np.concatenate(([True], np.diff(owner[order]) > 0))
    return order[first]


def pooled(margins: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each text's strongest margin per label, shape (n_texts, n_labels)."""
    best = np.full((int(owner[-1]) + 1, margins.shape[1]), -np.inf)
    np.maximum.at(best, owner, margins)
    return best


def out_of_fold(
    examples: Sequence[Example],
    windows: Windows,
    truth: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return pooled margins of every text from a model that saw neither its hand nor its source."""
    counted = [counts(text) for text in windows.texts]
    groups = [example.group for example in examples]
    margins = np.zeros(truth.shape)
    places = np.arange(len(examples))
    for train, test in GroupKFold(FOLDS).split(places, groups=groups):
        seen = np.isin(windows.owner, train)
        keys, idf = vocabulary([counted[i] for i in np.flatnonzero(seen)])
        rows = matrix(counted, keys=keys, idf=idf)
        inside = np.searchsorted(train, windows.owner[seen])
        heads = fit_heads(rows[seen], inside, truth[train], weight[train])
        margins[test] = pooled(rows @ heads.weights + heads.intercepts, windows.owner)[test]
    return margins


def calibrated(
    margins: NDArray[np.float64], truth: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a slope and an offset per label (Platt) on out-of-fold margins."""
    slopes = np.ones(margins.shape[1])
    offsets = np.zeros(margins.shape[1])
    for column in range(margins.shape[1]):
        platt = LogisticRegression(C=1.0, solver="lbfgs", random_state=SEED)
        platt.fit(margins[:, [column]], truth[:, column], sample_weight=weight[:, column])
        # a head that its own folds contradict must not be turned upside down
        slopes[column] = max(float(platt.coef_[0, 0]), 0.05)
        offsets[column] = float(platt.intercept_[0])
    return slopes, offsets


def best_threshold(scores: NDArray[np.float64], truth: NDArray[np.bool_], *, beta: float) -> float:
    """Return the threshold with the best F score; `beta` above 1 favours recall."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    square = beta**2
    value = (1 + square) * hits / (np.arange(1, len(order) + 1) + square * truth.sum())
    best = int(np.argmax(value))
    below = scores[order[best + 1]] if best + 1 < len(order) else 0.0
    return float((scores[order[best]] + below) / 2)
