"""What the model says of a document: the best score of each label over its windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from classifier.reading import Reading

# More windows than this say nothing new; a page of a megabyte is scored on a sample of them.
MAX_WINDOWS = 400


class Scorer(Protocol):
    """What the classifier asks of a model; `Model` and `LightModel` have it."""

    @property
    def version(self) -> str: ...
    @property
    def labels_(self) -> tuple[str, ...]: ...
    @property
    def thresholds_(self) -> dict[str, float]: ...
    def scores(self, texts: Sequence[str], /) -> Any: ...
    def contributions(self, text: str, label: str, *, top: int) -> list[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Scored:
    """The model's view: per label its highest score and the window that gave it."""

    best: dict[str, float]
    window: dict[str, tuple[int, int]]


def score_windows(reading: Reading, model: Scorer) -> Scored:
    """Return the scores of the strongest windows of a reading."""
    windows = reading.windows[1:] or reading.windows
    if len(windows) > MAX_WINDOWS:
        step = len(windows) / MAX_WINDOWS
        windows = tuple(windows[int(place * step)] for place in range(MAX_WINDOWS))
    title = reading.title.decoded
    scores = model.scores([f"{title}\n{reading.joined[start:end]}" for start, end in windows])
    best: dict[str, float] = {}
    at: dict[str, tuple[int, int]] = {}
    rows = [[float(score) for score in row] for row in scores]
    for label, *column in zip(model.labels_, *rows, strict=True):
        best[label] = max(column)
        at[label] = windows[column.index(best[label])]
    return Scored(best, at)
