"""Menus that nothing names as such: lines that are nothing but links, one of them leading home."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from crawler.records import Block, Link

_HOME_WORDS = ("首页", "首頁", "主页", "Home", "HOME", "home")
_HOME = re.compile(r"(?:网站|返回|回到|網站)?(?:首页|首頁|主页|[Hh]ome|HOME)")
_BETWEEN = re.compile(r"[\s|｜/·•>»›,，、\-—]+")
_MIN_LINKS = 3
_MAX_LINK_CHARS = 12
_MAX_LINE_CHARS = 200
_NAMED = frozenset(("nav", "footer", "heading"))


def mark_menus(text: str, blocks: tuple[Block, ...], links: Iterable[Link]) -> tuple[Block, ...]:
    """Return the blocks with menus, in one line or one line per link, as navigation."""
    starts = [block.start for block in blocks]
    homes = {bisect_right(starts, place) - 1 for place in _home_places(text)}
    homes = {home for home in homes if blocks[home].kind not in _NAMED}
    if not homes:
        return blocks
    entries = {word for link in links for word in _BETWEEN.split(link.text) if word}
    marked = list(blocks)
    for home in sorted(homes):
        run = _run_around(home, text, blocks, entries)
        if sum(len(words) for words in run.values()) >= _MIN_LINKS and any(
            _HOME.fullmatch(word) for words in run.values() for word in words
        ):
            for place in run:
                marked[place] = replace(blocks[place], kind="nav", main=False)
    return tuple(marked)


def _home_places(text: str) -> Iterator[int]:
    for word in _HOME_WORDS:
        place = text.find(word)
        while place >= 0:
            yield place
            place = text.find(word, place + 1)


def _run_around(
    home: int, text: str, blocks: tuple[Block, ...], entries: set[str]
) -> dict[int, list[str]]:
    """Return the words of the blocks around a home link for as long as all of them are links."""
    run: dict[int, list[str]] = {}
    for step in (-1, 1):
        place = home
        while 0 <= place < len(blocks):
            words = _entries_of(text, blocks[place], entries)
            if not words:
                break
            run[place] = words
            place += step
    return run


def _entries_of(text: str, block: Block, entries: set[str]) -> list[str]:
    """Return the words of a block when every one of them is a short link."""
    if block.kind == "heading" or block.end - block.start > _MAX_LINE_CHARS:
        return []
    words = [word for word in _BETWEEN.split(text[block.start : block.end]) if word]
    if all(len(word) <= _MAX_LINK_CHARS and word in entries for word in words):
        return words
    return []
