"""Cut a text into words, sentences and windows."""

import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from classifier.domain import load_domain
from classifier.records import Block

WINDOW_MIN_CHARS = 60
WINDOW_MAX_CHARS = 400
# Above every word of the dictionary that a domain word could be cut into.
USER_WORD_FREQUENCY = 20_000

Range = tuple[int, int]

STOP = re.compile(r"[。！？!?；;…]+[”’」』）)\"']*|\n+|\.(?=\s)")
LINE = re.compile(r"[^\n]+")


def words(text: str) -> list[str]:
    """Cut into words that together are the text, domain words kept whole."""
    return _cutter()(text)


@cache
def _cutter() -> Callable[[str], list[str]]:
    """Load the quick cutter, or the reference one where its wheel is missing."""
    try:
        module = importlib.import_module("rjieba")
    except ImportError:
        return reference_cutter()
    quick = module.Jieba()
    for word in user_words():
        quick.add_word(word, USER_WORD_FREQUENCY, "n")
    cut: Callable[[str], list[str]] = quick.cut
    return cut


def reference_cutter() -> Callable[[str], list[str]]:
    """Load jieba with the same words; it cuts the same, twenty times slower."""
    jieba = importlib.import_module("jieba")
    jieba.setLogLevel("WARNING")
    reference = jieba.Tokenizer()
    for word in user_words():
        reference.add_word(word, USER_WORD_FREQUENCY, "n")
    cut: Callable[[str], list[str]] = reference.lcut
    return cut


def user_words() -> tuple[str, ...]:
    return tuple(word.text for word in load_domain() if not word.text.isascii())


def sentences(text: str) -> list[Range]:
    """Give the sentences without outer blanks; a line break always ends one."""
    ranges = []
    start = 0
    for stop in STOP.finditer(text):
        ranges.append((start, stop.end()))
        start = stop.end()
    ranges.append((start, len(text)))
    return list(_stripped(text, ranges))


def windows(text: str, blocks: Sequence[Block]) -> list[Range]:
    """Give stretches of 60 to 400 characters that begin and end with blocks where they can.

    Blocks that are main text and those that are not never share a window, so that a short menu or
    the end of the text may give a shorter one. Without blocks each line counts as one.
    """
    pieces = [
        (start, end, block.main)
        for block in blocks
        for start, end in _split(text, block.start, block.end)
    ]
    if not blocks:
        pieces = [
            (start, end, True)
            for line in LINE.finditer(text)
            for start, end in _split(text, line.start(), line.end())
        ]
    return list(_stripped(text, _packed(pieces)))


def _packed(pieces: Iterable[tuple[int, int, bool]]) -> Iterator[Range]:
    """Join neighbours of one kind as long as the window stays within its size."""
    start = end = -1
    kind = True
    for low, high, is_main in pieces:
        if start >= 0 and is_main == kind and high - start <= WINDOW_MAX_CHARS:
            end = high
            continue
        if start >= 0:
            yield start, end
        start, end, kind = low, high, is_main
    if start >= 0:
        yield start, end


def _split(text: str, start: int, end: int) -> Iterator[Range]:
    """Cut a block that is too long after sentences, and a sentence that is too long by length."""
    if end - start <= WINDOW_MAX_CHARS:
        yield start, end
        return
    low = start
    last_stop = start
    for stop in STOP.finditer(text, start, end):
        if stop.end() - low > WINDOW_MAX_CHARS and last_stop > low:
            yield low, last_stop
            low = last_stop
        last_stop = stop.end()
        while last_stop - low > WINDOW_MAX_CHARS:
            yield low, low + WINDOW_MAX_CHARS
            low += WINDOW_MAX_CHARS
    if end - low > WINDOW_MAX_CHARS and last_stop > low:
        yield low, last_stop
        low = last_stop
    while end - low > WINDOW_MAX_CHARS:
        yield low, low + WINDOW_MAX_CHARS
        low += WINDOW_MAX_CHARS
    if end > low:
        yield low, end


def _stripped(text: str, ranges: Iterable[Range]) -> Iterator[Range]:
    for start, end in ranges:
        piece = text[start:end]
        low = start + len(piece) - len(piece.lstrip())
        high = start + len(piece.rstrip())
        if low < high:
            yield low, high
