"""The four legal dimensions 目的 内容 方式 评价: what the text shows of each."""

from functools import cache
from pathlib import Path
from typing import get_args

from ahocorasick_rs import AhoCorasick

from classifier.errors import DataError
from classifier.reading import Reading
from classifier.records import Dimension, DimensionName, State
from classifier.strict_yaml import check_keys, read_yaml, texts_of

DIMENSIONS_FILE = Path(__file__).parent / "data" / "dimensions.yml"
MAX_SPANS = 5
UNKNOWN = Dimension(state="unknown")


class Dimensions:
    """The words of the four dimensions, ready to be looked for."""

    def __init__(self, words: list[tuple[str, DimensionName, State]]) -> None:
        self._words = words
        self._automaton = AhoCorasick([word for word, _, _ in words])

    def judge(self, reading: Reading) -> dict[DimensionName, Dimension]:
        """Return each dimension with its quotes; a denial stands only where nothing shows it."""
        first: dict[int, tuple[int, int]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(
            reading.joined, overlapping=True
        ):
            if number not in first:
                first[number] = start, end
        found: dict[tuple[DimensionName, State], dict[str, tuple[int, int]]] = {}
        for number, place in first.items():
            word, name, state = self._words[number]
            found.setdefault((name, state), {}).setdefault(word, place)
        return {name: self._dimension(name, found, reading) for name in get_args(DimensionName)}

    @staticmethod
    def _dimension(
        name: DimensionName,
        found: dict[tuple[DimensionName, State], dict[str, tuple[int, int]]],
        reading: Reading,
    ) -> Dimension:
        denials = list(found.get((name, "unmet"), {}).values())
        shown = [
            place
            for place in found.get((name, "met"), {}).values()
            if not any(start <= place[0] < end for start, end in denials)
        ]
        places = shown or denials
        if not places:
            return UNKNOWN
        spans = tuple(reading.span(start, end) for start, end in sorted(places)[:MAX_SPANS])
        return Dimension(state="met" if shown else "unmet", spans=spans)


def unknown_dimensions() -> dict[DimensionName, Dimension]:
    """Return the answer for a text that offers nothing to minors."""
    return dict.fromkeys(get_args(DimensionName), UNKNOWN)


def read_dimensions(path: Path) -> Dimensions:
    """Read the words.

    Raises:
        DataError: a dimension or key is missing or unknown.
    """
    tables = read_yaml(path)
    if not isinstance(tables, dict):
        raise DataError(f"{path.name}: expected one table per dimension.")
    check_keys(tables, where=path.name, required=get_args(DimensionName))
    words: list[tuple[str, DimensionName, State]] = []
    for name in get_args(DimensionName):
        where = f"{path.name}, {name}"
        check_keys(tables[name], where=where, required=("zh", "met", "unmet"))
        for state in ("met", "unmet"):
            words += [(word, name, state) for word in texts_of(tables[name], state, where=where)]
    return Dimensions(words)


@cache
def load_dimensions() -> Dimensions:
    """Return the dimensions of the package, read once."""
    return read_dimensions(DIMENSIONS_FILE)
