"""The numbers of the merge as data."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from classifier.errors import DataError
from classifier.records import Axis
from classifier.strict_yaml import check_keys, read_yaml

WEIGHTS_FILE = Path(__file__).parent / "data" / "merge.yml"
_GATE = (
    "bias",
    "model",
    "rules",
    "not_training",
    "other_training",
    "non_subject",
    "against",
    "context",
)
_AXIS = ("bias", "model", "rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """`regulated`: the gate of the regulated offerings; `axes`: per axis; `severity`: for risk."""

    regulated: dict[str, float]
    axes: dict[Axis, dict[str, float]]
    severity: dict[str, float]


def _numbers(table: Any, keys: tuple[str, ...], where: str) -> dict[str, float]:
    if not isinstance(table, dict):
        raise DataError(f"{where}: expected {{name: number}}. Got {table!r}.")
    check_keys(table, where=where, required=keys)
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise DataError(f"{where}: '{key}' must be a number. Got {value!r}.")
    return {key: float(value) for key, value in table.items()}


def read_weights(path: Path) -> Weights:
    """Read one weights file.

    Raises:
        DataError: a missing or unknown key, or a value that is no number.
    """
    tables = read_yaml(path)
    axes = get_args(Axis)
    if not isinstance(tables, dict):
        raise DataError(f"{path.name}: expected a mapping of tables.")
    check_keys(tables, where=path.name, required=("regulated", *axes, "severity"))
    return Weights(
        regulated=_numbers(tables["regulated"], _GATE, f"{path.name}, regulated"),
        axes={axis: _numbers(tables[axis], _AXIS, f"{path.name}, {axis}") for axis in axes},
        severity=_numbers(tables["severity"], axes, f"{path.name}, severity"),
    )


@cache
def load_weights() -> Weights:
    """Return the weights of the package, read once."""
    return read_weights(WEIGHTS_FILE)
