"""Fold a text to its plain form, character by character, and keep the way back.

Width, case, traditional script, circled and accented letters become plain; invisible and
combining marks go. The table is built by `python -m classifier.build_folding`.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE_PATH = Path(__file__).parent / "data" / "lexicons" / "tables" / "folding.json"

# A noncharacter that means "not one to one" in the quick pass; in a text it costs the slow pass.
ODD = "\ufffe"
# `str.translate` is twice as fast where a character is found than where it is missing.
USUAL = (*range(0x3100), *range(0x4E00, 0xA000))
# Halves of characters, of broken input: they are no characters and cannot be encoded.
SURROGATES = range(0xD800, 0xE000)


class FoldingTable(NamedTuple):
    """`quick` maps code points one to one, odd ones to `ODD`; `odd` holds their forms."""

    quick: dict[int, int]
    odd: dict[str, str]


@cache
def folding_table() -> FoldingTable:
    stored = json.loads(TABLE_PATH.read_text(encoding="utf-8"))
    odd = dict(stored["many"])
    for low, high in stored["deleted_ranges"]:
        odd.update((chr(code), "") for code in range(low, high + 1))
    quick = dict(zip(USUAL, USUAL, strict=True))
    quick.update(str.maketrans(stored["one"], stored["one_to"]))
    quick.update(dict.fromkeys(map(ord, odd), ord(ODD)))
    quick.update(dict.fromkeys(SURROGATES, ord("\ufffd")))
    return FoldingTable(quick, odd)


def fold(raw: str) -> tuple[str, Sequence[int]]:
    """Give the folded text and, for each of its characters and its end, the offset in `raw`.

    Folding twice changes nothing. Offsets never fall; they repeat where one character became
    several (`㈠` → `(一)`). A lone surrogate becomes U+FFFD.
    """
    table = folding_table()
    quick = raw.translate(table.quick)
    if ODD not in quick:
        return quick, range(len(raw) + 1)
    parts: list[str] = []
    offsets: list[int] = []
    here = 0
    for part in quick.split(ODD):
        parts.append(part)
        offsets.extend(range(here, here + len(part)))
        here += len(part)
        if here < len(raw):
            form = table.odd.get(raw[here], raw[here])
            parts.append(form)
            offsets.extend([here] * len(form))
            here += 1
    offsets.append(len(raw))
    return "".join(parts), tuple(offsets)


def is_deleted(character: str) -> bool:
    """Tell whether folding drops the character."""
    return folding_table().odd.get(character) == ""
