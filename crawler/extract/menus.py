"""Menus that nothing names as such: lines that are nothing but links, one of them leading home."""

import re
from collections.abc import Iterable
from dataclasses import replace

from crawler.records import Block, Link

_HOME = frozenset(
    ("首页", "网站首页", "返回首页", "主页", "首頁", "网站主页", "回到首页", "home", "index")
)
_BETWEEN = re.compile(r"[\s|｜/·•>»›,，、\-—]+")
_MIN_LINKS = 3
_MAX_LINK_CHARS = 12


def mark_menus(text: str, blocks: tuple[Block, ...], links: Iterable[Link]) -> tuple[Block, ...]:
    """Return the blocks with menus, in one line or one line per link, as navigation."""
    entries = {word for link in links for word in _BETWEEN.split(link.text) if link.text}
    if entries.isdisjoint(_HOME) and not any(entry.lower() in _HOME for entry in entries):
        return blocks
    marked = list(blocks)
    run: list[int] = []
    words: list[str] = []
    for number, block in enumerate([*blocks, None]):
        found = _entries_of(text, block, entries) if block is not None else []
        if found:
            run.append(number)
            words += found
            continue
        if len(words) >= _MIN_LINKS and any(word.lower() in _HOME for word in words):
            for place in run:
                marked[place] = replace(blocks[place], kind="nav", main=False)
        run, words = [], []
    return tuple(marked)


def _entries_of(text: str, block: Block, entries: set[str]) -> list[str]:
    """Return the words of a block when every one of them is a short link."""
    if block.kind == "heading":
        return []
    words = [word for word in _BETWEEN.split(text[block.start : block.end]) if word]
    if all(len(word) <= _MAX_LINK_CHARS and word in entries for word in words):
        return words
    return []
