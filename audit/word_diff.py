"""What changed between two wordings, in whole words; bounded however long they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Indel

from classifier.segment import words

Kind = Literal["same", "gone", "new"]

# Longer texts are compared by lines: cutting and comparing their words would take seconds.
_MAX_WORD_CHARS = 60_000
# The comparison's memory grows with the product of the two counts.
_MAX_UNITS = 20_000
_CONTEXT_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch that both wordings have, or only the earlier or the later one.

    `left_out` counts the characters in the middle of a long `same` stretch that are not repeated;
    `text` is what stands before them and `tail` what stands behind.
    """

    kind: Kind
    text: str
    left_out: int = 0
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """The changes in reading order; `by_lines` when the texts were too long to compare words."""

    changes: tuple[Change, ...]
    new_chars: int
    gone_chars: int
    by_lines: bool


def diff(before: str, after: str) -> Diff:
    """Compare two wordings."""
    by_lines = max(len(before), len(after)) > _MAX_WORD_CHARS
    cut: Callable[[str], list[str]] = _lines if by_lines else words
    changes = _changes(cut(before), cut(after))
    return Diff(
        changes=tuple(_folded(kind, text) for kind, text in changes),
        new_chars=sum(len(text) for kind, text in changes if kind == "new"),
        gone_chars=sum(len(text) for kind, text in changes if kind == "gone"),
        by_lines=by_lines,
    )


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _changes(before: Sequence[str], after: Sequence[str]) -> list[tuple[Kind, str]]:
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    middle: list[tuple[Kind, str]] = [("gone", "".join(old)), ("new", "".join(new))]
    if max(len(old), len(new)) <= _MAX_UNITS:
        middle = _compared(old, new)
    found: list[tuple[Kind, str]] = [
        ("same", "".join(before[:head])),
        *middle,
        ("same", "".join(before[len(before) - tail :])),
    ]
    return [(kind, text) for kind, text in found if text]


def _shared(before: Sequence[str], after: Sequence[str]) -> int:
    """Count the units at the start that both have."""
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            return index
    return min(len(before), len(after))


def _compared(old: Sequence[str], new: Sequence[str]) -> list[tuple[Kind, str]]:
    """Compare unit by unit; what is gone stands before what is new in its place."""
    found: list[tuple[Kind, str]] = []
    gone = new_text = ""
    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            same = "".join(old[step.src_start : step.src_end])
            found += [("gone", gone), ("new", new_text), ("same", same)]
            gone = new_text = ""
        else:
            gone += "".join(old[step.src_start : step.src_end])
            new_text += "".join(new[step.dest_start : step.dest_end])
    return [*found, ("gone", gone), ("new", new_text)]


def _folded(kind: Kind, text: str) -> Change:
    left_out = len(text) - 2 * _CONTEXT_CHARS
    if kind != "same" or left_out <= _CONTEXT_CHARS:
        return Change(kind=kind, text=text)
    head, tail = text[:_CONTEXT_CHARS], text[-_CONTEXT_CHARS:]
    return Change(kind=kind, text=head, left_out=left_out, tail=tail)
