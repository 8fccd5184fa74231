"""The table of disguised spellings, and one automaton that finds them and the plain words.

Written spellings come from `slang.yml`, derived ones from `tables/` (`build_tables`).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifier.domain import load_domain
from classifier.errors import DataError
from classifier.folding import fold
from classifier.strict_yaml import check_keys, nearest, read_yaml, text_of, texts_of

Needs = Literal["nothing", "context", "contact"]

LEXICONS = Path(__file__).parent / "data" / "lexicons"
SLANG_PATH = LEXICONS / "slang.yml"
TABLES = LEXICONS / "tables"
METHODS = (
    "homophone", "look_alike", "split", "pinyin", "initials", "letter", "digits", "emoji", "short",
    "slang",
)  # fmt: skip


class Spelling(NamedTuple):
    """A disguised spelling.

    `edges`: honest text holds it too, across the border of two words; which borders are looked at
    (left, right).
    """

    text: str
    plain: str
    method: str
    needs: Needs
    unless: tuple[str, ...] = ()
    after: str = ""
    example: str = ""
    edges: tuple[bool, bool] = (False, False)


class Spellings(NamedTuple):
    """`entries[i]` belongs to pattern i of the automaton: a spelling, or None for a plain word."""

    automaton: AhoCorasick
    entries: tuple[Spelling | None, ...]
    is_anchor: tuple[bool, ...]
    word_automaton: AhoCorasick
    words: tuple[str, ...]
    latin: frozenset[str]


class Edges(NamedTuple):
    """The characters with which an outer character makes an ordinary word, before and after it."""

    before: dict[str, str]
    after: dict[str, str]

    def joins(
        self, text: str, start: int, end: int, *, sides: tuple[bool, bool] = (True, True)
    ) -> bool:
        """Tell whether the stretch shares an ordinary word with what stands beside it."""
        left, right = sides
        return (left and start > 0 and text[start - 1] in self.before.get(text[start], "")) or (
            right and end < len(text) and text[end] in self.after.get(text[end - 1], "")
        )


def load_slang(path: Path = SLANG_PATH) -> list[Spelling]:
    """Read the written spellings.

    Raises:
        DataError: an unknown key, method or plain word, a form that is not folded.
    """
    entries = read_yaml(path)
    if not isinstance(entries, dict):
        raise DataError(f"{path.name}: expected 'form: {{plain: …, method: …, example: …}}' lines.")
    plain_words = {word.text for word in load_domain()}
    return [_spelling(form, entry, path.name, plain_words) for form, entry in entries.items()]


def _spelling(form: object, entry: object, name: str, plain_words: set[str]) -> Spelling:
    where = f"{name}, {form}"
    if not isinstance(form, str) or not isinstance(entry, Mapping):
        raise DataError(f"{where}: expected 'form: {{plain: …, …}}' with a quoted form.")
    check_keys(
        entry,
        where=where,
        required=("plain", "method", "example"),
        optional=("needs", "unless", "after"),
    )
    plain = text_of(entry, "plain", where=where)
    if not _is_made_of(plain, plain_words):
        raise DataError(
            f"{where}: '{plain}' is no domain word.{nearest(plain, plain_words)}"
            " Add it to domain.yml or correct it."
        )
    if fold(form)[0] != form or form == plain:
        raise DataError(f"{where}: write the form as '{fold(form)[0]}', and not as its plain word.")
    method = _one_of(entry, "method", METHODS, where)
    is_edged = method in ("homophone", "look_alike") and "needs" not in entry
    return Spelling(
        text=form,
        plain=plain,
        method=method,
        needs=_needs(entry, where),
        unless=texts_of(entry, "unless", where=where),
        after=str(entry.get("after", "")),
        example=text_of(entry, "example", where=where),
        edges=(is_edged and form[0] != plain[0], is_edged and form[-1] != plain[-1]),
    )


def _is_made_of(text: str, words: set[str]) -> bool:
    """Tell whether the text is a row of domain words; a single last character may be left over."""
    ends = {0}
    for end in range(1, len(text) + 1):
        if any(text[start:end] in words for start in ends):
            ends.add(end)
    return max(ends) >= len(text) - 1 and len(ends) > 1


def _one_of(entry: Mapping[str, Any], key: str, known: tuple[str, ...], where: str) -> str:
    value = str(entry[key])
    if value not in known:
        raise DataError(f"{where}: unknown {key} '{value}'.{nearest(value, known)}")
    return value


def _needs(entry: Mapping[str, Any], where: str) -> Needs:
    value = entry.get("needs", "context")
    for known in get_args(Needs):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise DataError(f"{where}: unknown needs '{value}'.{nearest(str(value), get_args(Needs))}")


def _read_rows(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise DataError(
            f"{path.name}: cannot be read ({error}). Run 'python -m classifier.build_tables'."
        ) from error
    return [line.split("\t") for line in lines if line]


@cache
def load_spellings() -> Spellings:
    """Build the automatons over all spellings and plain words."""
    written = {spelling.text: spelling for spelling in load_slang()}
    domain = load_domain()
    patterns: dict[str, Spelling | None] = {word.text: None for word in domain}
    for text, plain, method, needs in _read_rows(TABLES / "forms.tsv"):
        patterns[text] = Spelling(text, plain, method, needs, edges=(True, True))  # type: ignore[arg-type]
    patterns.update(written)
    anchors = {word.text for word in domain if word.anchors}
    words = tuple(word.text for word in domain if len(word.text) > 1 and word.kind != "general")
    return Spellings(
        automaton=_automaton(list(patterns)),
        entries=tuple(patterns.values()),
        is_anchor=tuple(text in anchors for text in patterns),
        word_automaton=_automaton(list(words)),
        words=words,
        latin=frozenset(text for text in patterns if text.isascii() and text.isalpha()),
    )


def _automaton(patterns: list[str]) -> AhoCorasick:
    return AhoCorasick(
        patterns, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
    )


@cache
def load_edges() -> Edges:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for character, left, right in _read_rows(TABLES / "edges.tsv"):
        before[character], after[character] = left, right
    return Edges(before, after)


@cache
def load_readings() -> dict[str, frozenset[str]]:
    """Give the toneless syllables of each domain character."""
    return {
        character: frozenset(syllables.split())
        for character, syllables in _read_rows(TABLES / "readings.tsv")
    }
