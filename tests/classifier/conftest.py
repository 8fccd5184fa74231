"""What the tests of judging share: a model with scores we choose, and a classifier around it."""

from collections.abc import Callable, Sequence

import pytest

from classifier.assess import Classifier
from classifier.fingerprint import fingerprint
from classifier.labels import load_labels
from classifier.rules import load_rules
from classifier.weights import load_weights


class ChosenModel:
    """Gives every text the same scores; a label not named scores 0.5, its threshold."""

    version = "chosen-1"

    def __init__(self, **scores: float) -> None:
        self.labels_ = (*load_labels().ids, "needs_review")
        self.thresholds_ = dict.fromkeys(self.labels_, 0.5)
        self._row = [scores.get(label, 0.5) for label in self.labels_]

    def scores(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._row for _ in texts]

    def contributions(self, text: str, label: str, *, top: int = 8) -> list[tuple[str, float]]:
        pairs = [text[start : start + 2] for start in range(0, len(text) - 1, 7)]
        return [(pair, 1.0) for pair in pairs if not pair.isspace()][:top]


@pytest.fixture(scope="session")
def classifier_with() -> Callable[..., Classifier]:
    """A function: label scores of the model → a classifier with the package's rules."""

    def build(**scores: float) -> Classifier:
        return Classifier(
            model=ChosenModel(**scores),
            rules=load_rules(),
            labels=load_labels(),
            weights=load_weights(),
            fingerprint=fingerprint,
        )

    return build
