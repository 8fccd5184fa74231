"""Rules as data: the set of them that the package ships, and the findings they give."""

import hashlib
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from classifier.compiled_rules import Tables, load_compiled
from classifier.errors import DataError
from classifier.labels import LABELS_FILE, Labels, load_labels
from classifier.literals import alternatives
from classifier.reading import Reading
from classifier.records import Axis, Finding, Span
from classifier.rule_index import RuleIndex
from classifier.rule_loader import AGAINST, Rule, RuleReader, expand, read_words
from classifier.rule_matcher import Search, merged
from classifier.rule_scan import Place

log = logging.getLogger(__name__)

RULES_FOLDER = Path(__file__).parent / "data" / "rules"
COMPILED_FILE = Path(__file__).parent / "data" / "rules.json"
WORDS_FILE = "_words.yml"
# A finding quotes at most this many places, so that it stays readable.
MAX_SPANS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a rule of against.yml found: a reason that speaks against a flag, and its weight."""

    rule_id: str
    weight: float
    reason: str
    spans: tuple[Span, ...]


class Rules:
    """The rules, ready to be matched."""

    def __init__(self, index: RuleIndex, labels: Labels) -> None:
        self._index = index
        self._labels = labels
        self._axes: dict[str, Axis] = {label: labels.axis(label) for label in labels.ids}
        self.all = index.rules

    def search(self, reading: Reading) -> Search:
        """Scan a reading once; the other methods work on what it found."""
        return Search(self._index, reading)

    def match(
        self,
        search: Search,
        *axes: Axis,
        labels: Collection[str] = (),
        only: Callable[[Rule], bool] = lambda rule: True,
    ) -> list[Finding]:
        """Return the findings on these axes, in the order of the files.

        Args:
            labels: what is held already, for rules that build on a label.
            only: which rules of the axes to match; the others cost nothing.
        """
        return [
            self._finding(rule, units, search.reading)
            for rule, units in search.matches(
                lambda rule: self._axes.get(rule.label) in axes and only(rule), labels
            )
        ]

    def points(self, search: Search) -> list[Point]:
        """Return what speaks against a flag."""
        return [
            Point(
                rule_id=rule.id,
                weight=rule.score,
                reason=rule.reason,
                spans=_spans(units, search.reading),
            )
            for rule, units in search.matches(lambda rule: rule.label == AGAINST)
        ]

    def _finding(self, rule: Rule, units: Sequence[Sequence[Place]], reading: Reading) -> Finding:
        spans = _spans(units, reading)
        return Finding(
            label=rule.label,
            axis=self._axes[rule.label],
            origin=rule.origin,
            score=rule.score,
            spans=spans,
            reason=rule.reason,
            decoded=reading.plain_of(spans),
            basis=rule.basis or self._labels.basis(rule.label),
        )


def _spans(units: Sequence[Sequence[Place]], reading: Reading) -> tuple[Span, ...]:
    places = merged(place for unit in units for place in unit)[:MAX_SPANS]
    return tuple(reading.span(start, end) for start, end in places)


def read_rules(folder: Path, *, labels: Labels) -> Rules:
    """Read every rule file of a folder.

    Raises:
        DataError: file, entry, what is wrong, the nearest right name.
    """
    return Rules(index_of(read_sources(folder, labels=labels)), labels)


def read_sources(folder: Path, *, labels: Labels) -> Tables:
    """Read the YAML of a folder and derive the patterns' literals.

    Raises:
        DataError: file, entry, what is wrong, the nearest right name.
    """
    words = read_words(folder / WORDS_FILE)
    reader = RuleReader(labels=labels.ids, words=words)
    rules = [
        rule
        for path in sorted(folder.glob("*.yml"))
        if path.name != WORDS_FILE
        for rule in reader.read(path)
    ]
    if not rules:
        raise DataError(f"{folder}: no rule file (*.yml) found. Restore the folder.")
    patterns = {c.name for rule in rules for c in rule.conditions() if c.kind == "pattern"}
    literals = {
        pattern: tuple(
            tuple(tuple(sorted(group)) for group in groups)
            for groups in alternatives(expand(pattern, words, where=folder.name))
        )
        for pattern in sorted(patterns)
    }
    return Tables(rules=tuple(rules), words=words, literals=literals)


def index_of(tables: Tables) -> RuleIndex:
    """Prepare the tables for matching."""
    return RuleIndex(tables.rules, words=tables.words, literals=tables.literals)


@cache
def load_rules() -> Rules:
    """Return the rules of the package, read once.

    They come from the compiled file while it fits the YAML, else from the YAML itself: the same
    rules, a second later.
    """
    labels = load_labels()
    tables = load_compiled(COMPILED_FILE, digest=sources_digest())
    if tables is None:
        log.info("Rules read from YAML: the compiled file is older")
        tables = read_sources(RULES_FOLDER, labels=labels)
    return Rules(index_of(tables), labels)


@cache
def rules_version() -> str:
    """Return a short digest of the rules, their words and the labels."""
    return f"rules-{sources_digest()[:12]}"


@cache
def sources_digest() -> str:
    """Return the sha256 of all files that decide what the rules find."""
    digest = hashlib.sha256()
    for path in [LABELS_FILE, *sorted(RULES_FOLDER.glob("*.yml"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
