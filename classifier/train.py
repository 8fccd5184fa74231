"""Train the model on labelled texts and write it as plain arrays with a card.

Needs scikit-learn (the `train` extra); the run time (`classifier.model`) does not.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from classifier import fitting, normalise
from classifier.errors import DataError
from classifier.examples import NEEDS_REVIEW, TRAIN_FOLDER, Example, read_examples
from classifier.labels import load_labels
from classifier.model import MODEL_FOLDER, write_model
from classifier.ngrams import counts

log = logging.getLogger(__name__)

MIN_POSITIVES = 15  # fewer give a head that only remembers its texts
MIN_HELD_OUT_F1 = 0.3  # a head that the texts of other hands contradict is not shipped
# Beside the rules a wrong disguise, subject or violation costs a reviewer more than a missed one.
DETAIL_BETA = 0.5
# Of the flag that fills the queue a miss costs more: nobody looks at what is not flagged.
REVIEW_BETA = 1.5
_WEIGHT_STEPS = 32767


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training learned, calibrated; `held_out` tells per label how it did on other hands."""

    labels: tuple[str, ...]
    keys: NDArray[np.int64]
    idf: NDArray[np.float32]
    heads: fitting.Heads
    thresholds: dict[str, float]
    held_out: dict[str, dict[str, float | int]]
    without_head: dict[str, str]


def trained_labels(examples: Sequence[Example]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the labels that have enough texts for a head, and why the others have none."""
    every = (*load_labels().ids, NEEDS_REVIEW)
    positives = {label: sum(label in example.labels for example in examples) for label in every}
    heads = tuple(label for label in every if positives[label] >= MIN_POSITIVES)
    few = {
        label: f"{positives[label]} texts, {MIN_POSITIVES} wanted"
        for label in every
        if label not in heads
    }
    return heads, few


def fit(examples: Sequence[Example]) -> Fitted:
    """Learn heads, calibration and thresholds from labelled texts.

    Raises:
        DataError: too few texts or writers to hold some out.
    """
    if len({example.group for example in examples}) < fitting.FOLDS:
        raise DataError(f"Training needs texts of at least {fitting.FOLDS} hands or sources.")
    labels, without_head = trained_labels(examples)
    if NEEDS_REVIEW not in labels:
        raise DataError(f"Training needs at least {MIN_POSITIVES} texts that need review.")
    windows = fitting.cut(examples)
    log.info("Training started", extra={"texts": len(examples), "windows": len(windows.texts)})
    truth, weight = fitting.targets(examples, labels)
    margins = fitting.out_of_fold(examples, windows, truth, weight)
    slopes, offsets = fitting.calibrated(margins, truth, weight)
    scores = 1.0 / (1.0 + np.exp(-(margins * slopes + offsets)))
    thresholds, held_out = _judged(labels, scores, truth, weight)
    counted = [counts(text) for text in windows.texts]
    keys, idf = fitting.vocabulary(counted)
    heads = fitting.fit_heads(
        fitting.matrix(counted, keys=keys, idf=idf), windows.owner, truth, weight
    )
    kept = [c for c, label in enumerate(labels) if held_out[label]["f1"] >= MIN_HELD_OUT_F1]
    for label in labels:
        if held_out[label]["f1"] < MIN_HELD_OUT_F1:
            without_head[label] = f"F1 {held_out[label]['f1']} on texts of other hands"
    shipped = tuple(labels[column] for column in kept)
    return Fitted(
        labels=shipped,
        keys=keys,
        idf=idf,
        heads=fitting.Heads(
            (heads.weights * slopes)[:, kept], (heads.intercepts * slopes + offsets)[kept]
        ),
        thresholds={label: thresholds[label] for label in shipped},
        held_out=held_out,
        without_head=without_head,
    )


def _beta(label: str) -> float:
    if label == NEEDS_REVIEW:
        return REVIEW_BETA
    return 1.0 if load_labels().axis(label) == "offering" else DETAIL_BETA


def _judged(
    labels: Sequence[str],
    scores: NDArray[np.float64],
    truth: NDArray[np.bool_],
    weight: NDArray[np.float64],
) -> tuple[dict[str, float], dict[str, dict[str, float | int]]]:
    """Choose thresholds on held-out scores, and tell how good the heads are there."""
    thresholds: dict[str, float] = {}
    table: dict[str, dict[str, float | int]] = {}
    for column, label in enumerate(labels):
        sure = weight[:, column] == 1.0
        real, each = truth[sure, column], scores[sure, column]
        thresholds[label] = fitting.best_threshold(each, real, beta=_beta(label))
        best = fitting.best_threshold(each, real, beta=1.0)
        hits, flagged = int(real[each >= best].sum()), int((each >= best).sum())
        table[label] = {
            "positives": int(truth[:, column].sum()),
            "auc": round(float(roc_auc_score(real, each)), 3) if real.any() else 0.0,
            "f1": round(2 * hits / max(1, flagged + int(real.sum())), 3),
        }
    return thresholds, table


def train(
    *,
    folder: Path = TRAIN_FOLDER,
    out: Path = MODEL_FOLDER,
    on: date | None = None,
) -> dict[str, Any]:
    """Train on every text in a folder, write artefact and card to `out`, return the card.

    The same texts give the same arrays on one CPU kernel and thread count. `on` is only written
    into the card.
    """
    examples = read_examples(folder)
    fitted = fit(examples)
    weights, scales = _quantised(fitted.heads.weights)
    arrays: dict[str, NDArray[Any]] = {
        "keys": fitted.keys,
        "idf": fitted.idf,
        "weights": weights,
        "scales": scales,
        "intercepts": fitted.heads.intercepts.astype(np.float32),
    }
    card = _card(examples, fitted, folder=folder, on=on)
    write_model(out, arrays=arrays, card=card)
    return card


def _quantised(weights: NDArray[np.float64]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Return 16-bit steps and the size of a step per label; the error stays under 1e-4."""
    scales = np.maximum(np.abs(weights).max(axis=0), 1e-9) / _WEIGHT_STEPS
    steps = np.ascontiguousarray(
        np.rint(weights / scales), dtype=np.int16
    )  # row by row: `Model` takes rows
    return steps, scales.astype(np.float32)


def _card(
    examples: Sequence[Example], fitted: Fitted, *, folder: Path, on: date | None
) -> dict[str, Any]:
    return {
        "date": on.isoformat() if on else None,
        "labels": list(fitted.labels),
        "without_head": fitted.without_head,
        "thresholds": {label: round(value, 4) for label, value in fitted.thresholds.items()},
        "features": {
            "ngrams": [1, 3],
            "count": len(fitted.keys),
            "min_windows": fitting.MIN_WINDOWS,
        },
        "fit": {
            "inverse_penalty": fitting.INVERSE_PENALTY,
            "unsure_weight": fitting.UNSURE_WEIGHT,
            "folds": fitting.FOLDS,
            "seed": fitting.SEED,
        },
        "texts": len(examples),
        "data_sha256": {path.name: _sha256(path) for path in sorted(folder.glob("*.jsonl"))},
        "versions": {
            "normaliser": normalise.VERSION,
            **{name: package_version(name) for name in ("numpy", "scipy", "scikit-learn")},
        },
        "held_out": fitted.held_out,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
