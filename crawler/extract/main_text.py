"""Which blocks are the page's main text: extractors vote, no text is dropped.

resiliparse votes first; trafilatura is asked as well when the first finds little (it costs ten
times as much). What neither finds stays in the text, with `main` False.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from resiliparse.extract.html2text import extract_plain_text

from crawler.records import Block, Link

log = logging.getLogger(__name__)

# Shorter pages are all main: there is nothing to tell apart.
_MIN_CHARS = 200
# An extractor that finds less than this share of a page is not believed alone.
_MIN_SHARE = 0.25
# A block this long is found inside a longer line of an extractor, a shorter one only as a line.
_MIN_INSIDE_CHARS = 12
# Extractors lose short lines, tables and code between paragraphs: a gap is filled unless half of
# its lines are nothing but links, as in a list of other pages.
_MAX_GAP_BLOCKS = 300
_MAX_LINK_LINES = 0.5
_MAX_BEFORE_BLOCKS = 6
_MAX_SOURCE_CHARS = 2_000_000
_MAX_SECOND_OPINION_CHARS = 400_000


def vote(
    text: str, blocks: tuple[Block, ...], *, source: str, links: Iterable[Link]
) -> tuple[Block, ...]:
    """Return the blocks with `main` set by vote; navigation, footers and asides stay out."""
    eligible = [number for number, block in enumerate(blocks) if block.main]
    total = sum(_size(blocks[number]) for number in eligible)
    if total < _MIN_CHARS or len(source) > _MAX_SOURCE_CHARS:
        return blocks
    found = _found(text, blocks, eligible, _resiliparse(source))
    if _share(found, blocks, total) < _MIN_SHARE and len(source) <= _MAX_SECOND_OPINION_CHARS:
        found |= _found(text, blocks, eligible, _trafilatura(source))
    if _share(found, blocks, total) < _MIN_SHARE:
        return blocks
    linked = {link.text for link in links}
    link_lines = {n for n in eligible if text[blocks[n].start : blocks[n].end] in linked}
    return only(blocks, _without_gaps(found, eligible, link_lines, blocks))


def only(blocks: tuple[Block, ...], chosen: set[int] | frozenset[int]) -> tuple[Block, ...]:
    """Return the blocks with `main` True for the chosen indexes alone."""
    return tuple(
        block if block.main == (number in chosen) else replace(block, main=number in chosen)
        for number, block in enumerate(blocks)
    )


def _size(block: Block) -> int:
    return block.end - block.start


def _share(found: set[int], blocks: tuple[Block, ...], total: int) -> float:
    return sum(_size(blocks[number]) for number in found) / total


def _found(text: str, blocks: tuple[Block, ...], eligible: list[int], extracted: str) -> set[int]:
    lines = {"".join(line.split()) for line in extracted.splitlines()}
    joined = "\n".join(lines)
    found = set()
    for number in eligible:
        block = blocks[number]
        shown = "".join(text[block.start : block.end].split())
        if shown in lines or (len(shown) >= _MIN_INSIDE_CHARS and shown in joined):
            found.add(number)
    return found


def _resiliparse(source: str) -> str:
    text: str = extract_plain_text(
        source,
        main_content=True,
        preserve_formatting=True,
        list_bullets=False,
        alt_texts=False,
    )
    return text


def _trafilatura(source: str) -> str:
    import trafilatura  # half a second: only for the pages that need a second opinion

    try:
        return trafilatura.extract(source, favor_recall=True, include_comments=False) or ""
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        log.info("Second opinion on main text failed", extra={"error": repr(error)})
        return ""


def _without_gaps(
    found: set[int], eligible: list[int], link_lines: set[int], blocks: tuple[Block, ...]
) -> set[int]:
    """Add the runs of blocks between found ones, and the heading right before the first."""
    places = [place for place, number in enumerate(eligible) if number in found]
    chosen = set(found)
    for before, after in pairwise(places):
        gap = eligible[before + 1 : after]
        if len(gap) <= _MAX_GAP_BLOCKS and (
            len(link_lines.intersection(gap)) < len(gap) * _MAX_LINK_LINES
        ):
            chosen.update(gap)
    if places:
        first = places[0]
        for place in range(max(0, first - _MAX_BEFORE_BLOCKS), first):
            if blocks[eligible[place]].kind == "heading":
                chosen.update(eligible[place:first])
                break
    return chosen
