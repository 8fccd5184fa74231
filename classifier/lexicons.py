"""Word lists of the facts: one automaton that finds every word of every list."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifier.errors import DataError
from classifier.folding import fold
from classifier.strict_yaml import read_yaml, texts_of

FOLDER = Path(__file__).parent / "data" / "lexicons"
FILES = ("subjects.yml", "teachers.yml", "venues.yml")


class Hit(NamedTuple):
    lexicon: str
    word: str
    start: int
    end: int


class Lexicons:
    """The lists by name, and a search over all of them."""

    def __init__(self, lists: dict[str, tuple[str, ...]]) -> None:
        self._lists = lists
        owners: dict[str, list[str]] = {}
        for name, words in lists.items():
            for word in words:
                owners.setdefault(word, []).append(name)
        self._owners = tuple((word, tuple(names)) for word, names in owners.items())
        self._automaton = AhoCorasick(
            list(owners), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
        )

    def names(self) -> tuple[str, ...]:
        return tuple(self._lists)

    def words(self, name: str) -> tuple[str, ...]:
        return self._lists[name]

    def find(self, text: str) -> list[Hit]:
        """Find all words in folded or decoded text, overlapping ones too, by the end of the word.

        A word in letters counts only where no letter or digit goes on beside it.
        """
        return list(self.hits(text))

    def hits(self, text: str) -> Iterator[Hit]:
        """Find as `find` does, one by one, by the end of the word."""
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word, names = self._owners[number]
            if not (word[0].isascii() and _is_cut(text, start, end)):
                for name in names:
                    yield Hit(name, word, start, end)


def _is_cut(text: str, start: int, end: int) -> bool:
    beside = text[max(0, start - 1) : start] + text[end : end + 1]
    return any(character.isascii() and character.isalnum() for character in beside)


@cache
def load_lexicons() -> Lexicons:
    """Read every list once.

    Raises:
        DataError: a file that is no mapping of lists, a name or word given twice, a word that is
            not in its folded form and so would never be found.
    """
    return read_lexicons(FOLDER / name for name in FILES)


def read_lexicons(paths: Iterable[Path]) -> Lexicons:
    lists: dict[str, tuple[str, ...]] = {}
    for path in paths:
        entries = read_yaml(path)
        if not isinstance(entries, dict):
            raise DataError(f"{path.name}: expected 'lexicon: [word, …]' lines.")
        for name in entries:
            where = f"{path.name}, {name}"
            if name in lists:
                raise DataError(f"{where}: the lexicon stands twice. Join the two.")
            words = texts_of(entries, name, where=where)
            _check_words(words, where)
            lists[name] = words
    return Lexicons(lists)


def _check_words(words: tuple[str, ...], where: str) -> None:
    if not words:
        raise DataError(f"{where}: the lexicon is empty. Add a word or remove it.")
    for place, word in enumerate(words):
        if fold(word)[0] != word:
            raise DataError(f"{where}: write '{word}' as '{fold(word)[0]}'.")
        if word in words[:place]:
            raise DataError(f"{where}: '{word}' stands twice. Remove one.")
