"""The labels as data: what exists, what it means, and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from classifier.errors import DataError
from classifier.records import Axis
from classifier.strict_yaml import check_keys, nearest, read_entries, text_of, texts_of

Review = Literal["always", "on_minor_offer", "never"]

LABELS_FILE = Path(__file__).parent / "data" / "labels.yml"
_KEYS = ("id", "axis", "zh", "means", "basis", "review", "stands_alone", "needs_offering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label. `needs_offering` names the offerings beside which it may stand; empty: any."""

    id: str
    axis: Axis
    zh: str
    means: str
    basis: tuple[str, ...]
    review: Review
    stands_alone: bool
    needs_offering: tuple[str, ...]


class Labels:
    """All labels in the order of the file, and the questions that they answer."""

    def __init__(self, labels: Iterable[Label]) -> None:
        self._by_id = {label.id: label for label in labels}
        self.ids = tuple(self._by_id)
        self._order = {label: place for place, label in enumerate(self.ids)}

    def __contains__(self, label: str) -> bool:
        return label in self._by_id

    def __getitem__(self, label: str) -> Label:
        try:
            return self._by_id[label]
        except KeyError:
            hint = nearest(label, self.ids)
            raise DataError(f"labels.yml: unknown label '{label}'.{hint}") from None

    def axis(self, label: str) -> Axis:
        return self[label].axis

    def zh(self, label: str) -> str:
        return self[label].zh

    def means(self, label: str) -> str:
        return self[label].means

    def basis(self, label: str) -> tuple[str, ...]:
        return self[label].basis

    def by_axis(self, axis: Axis) -> tuple[str, ...]:
        return tuple(label for label in self.ids if self._by_id[label].axis == axis)

    def ordered(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Return the labels once each, in the order of the file."""
        return tuple(sorted(set(labels), key=self._order.__getitem__))

    def minor_offerings(self) -> tuple[str, ...]:
        """Return the offerings made to minors: those that combine."""
        return tuple(label for label in self.by_axis("offering") if not self[label].stands_alone)

    def reviewed_offerings(self) -> tuple[str, ...]:
        """Return the offerings that are reviewed by themselves."""
        return tuple(label for label in self.by_axis("offering") if self[label].review == "always")

    def needs_review(self, offerings: Iterable[str], violations: Iterable[str]) -> bool:
        """Say whether a person must look: a regulated offer, or a breach on an offer to minors."""
        made = set(offerings)
        if any(self[label].review == "always" for label in made):
            return True
        to_minors = any(not self[label].stands_alone for label in made)
        return to_minors and any(self[label].review == "on_minor_offer" for label in violations)


def _choice(entry: Mapping[str, Any], key: str, allowed: tuple[Any, ...], where: str) -> Any:
    value = entry[key]
    if value not in allowed or type(value) is not type(allowed[0]):
        hint = nearest(str(value), [str(name) for name in allowed])
        raise DataError(f"{where}: '{key}' must be one of {list(allowed)}. Got {value!r}.{hint}")
    return value


def _label(entry: Mapping[str, Any], where: str) -> Label:
    check_keys(entry, where=where, required=_KEYS)
    return Label(
        id=text_of(entry, "id", where=where),
        axis=_choice(entry, "axis", get_args(Axis), where),
        zh=text_of(entry, "zh", where=where),
        means=text_of(entry, "means", where=where),
        basis=texts_of(entry, "basis", where=where),
        review=_choice(entry, "review", get_args(Review), where),
        stands_alone=_choice(entry, "stands_alone", (True, False), where),
        needs_offering=texts_of(entry, "needs_offering", where=where),
    )


def read_labels(path: Path) -> Labels:
    """Read and check one labels file.

    Raises:
        DataError: file, entry, what is wrong.
    """
    labels: list[Label] = []
    for number, entry in enumerate(read_entries(path), 1):
        where = f"{path.name}, entry {number} ({entry.get('id', 'without id')})"
        label = _label(entry, where)
        if any(label.id == other.id for other in labels):
            raise DataError(f"{where}: the id stands twice. Remove one.")
        labels.append(label)
    offerings = {label.id for label in labels if label.axis == "offering"}
    for label in labels:
        for offering in label.needs_offering:
            if offering not in offerings:
                raise DataError(
                    f"{path.name}, {label.id}: 'needs_offering' names '{offering}', which is no "
                    f"offering.{nearest(offering, offerings)}"
                )
    return Labels(labels)


@cache
def load_labels() -> Labels:
    """Return the labels of the package, read once."""
    return read_labels(LABELS_FILE)
