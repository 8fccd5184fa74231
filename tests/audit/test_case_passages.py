"""How an ad's words are cut for the page: overlaps, decoded words, blocks, long texts."""

import random
import time
from typing import Any

from audit.case_passages import PART_CHARS, Passage, Quote, Run, Words, lay_out, line_of, words_of


def quote(number: int, start: int, end: int, axis: str = "offering") -> Quote:
    return Quote(number=number, axis=axis, start=start, end=end)


def decoding(start: int, end: int, plain: str) -> dict[str, Any]:
    return {"start": start, "end": end, "plain": plain}


def text_of(runs: tuple[Run, ...]) -> str:
    return "".join(piece.text for run in runs for piece in run.pieces)


def passages_of(words: Words) -> list[Passage]:
    return [passage for stretch in words.stretches for passage in stretch.passages]


def test_overlapping_quotes_are_split_and_the_shortest_colours() -> None:
    quotes = [quote(1, 0, 6), quote(2, 2, 4, axis="violation"), quote(3, 4, 8, axis="disguise")]

    (run,) = line_of("零一二三四五六七八", quotes=quotes, decodings=[])

    assert [(piece.text, piece.axes, piece.numbers) for piece in run.pieces] == [
        ("零一", ("offering",), (1,)),
        ("二三", ("violation", "offering"), (1, 2)),
        ("四五", ("disguise", "offering"), (1, 3)),
        ("六七", ("disguise",), (3,)),
        ("八", (), ()),
    ]
    assert [[end.number for end in piece.ends] for piece in run.pieces] == [[], [2], [1], [3], []]


def test_decoded_word_stays_whole_where_a_quote_ends_inside_it() -> None:
    runs = line_of("初三竖学班", quotes=[quote(1, 0, 3)], decodings=[decoding(2, 4, "数学")])

    assert [(text_of((run,)), run.plain) for run in runs] == [
        ("初三", ""),
        ("竖学", "数学"),
        ("班", ""),
    ]
    assert [piece.text for piece in runs[1].pieces] == ["竖", "学"]


def test_decodings_side_by_side_keep_their_own_words() -> None:
    decodings = [decoding(0, 2, "数学"), decoding(1, 3, "错"), decoding(2, 4, "数学")]

    runs = line_of("竖学书学", quotes=[], decodings=decodings)

    assert [(text_of((run,)), run.plain) for run in runs] == [("竖学", "数学"), ("书学", "数学")]


def test_quote_over_two_blocks_is_marked_in_both() -> None:
    text = "初三数学\n周末上课"
    blocks = [
        {"start": 0, "end": 4, "kind": "heading", "main": True},
        {"start": 5, "end": 9, "kind": "para", "main": True},
    ]

    words = words_of(text, lay_out(text, blocks), part=1, quotes=[quote(1, 2, 7)], decodings=[])

    first, second = passages_of(words)
    assert [piece.numbers for piece in first.runs[0].pieces] == [(), (1,)]
    assert [(piece.text, piece.numbers) for piece in second.runs[0].pieces] == [
        ("周末", (1,)),
        ("上课", ()),
    ]


def test_menus_are_a_stretch_of_their_own_and_say_when_they_are_quoted() -> None:
    text = "首页\n关于\n正文\n页脚补课"
    kinds = ["nav", "nav", "para", "footer"]
    blocks, at = [], 0
    for line, kind in zip(text.split("\n"), kinds, strict=True):
        blocks.append({"start": at, "end": at + len(line), "kind": kind, "main": kind == "para"})
        at += len(line) + 1

    words = words_of(text, lay_out(text, blocks), part=1, quotes=[quote(1, 11, 13)], decodings=[])

    assert [(item.is_main, len(item.passages), item.is_quoted) for item in words.stretches] == [
        (False, 2, False),
        (True, 1, False),
        (False, 1, True),
    ]


def test_text_that_no_block_covers_is_shown_too() -> None:
    text = "甲\n乙乙\n丙"

    layout = lay_out(text, [{"start": 2, "end": 4, "kind": "item", "main": True}])
    words = words_of(text, layout, part=1, quotes=[], decodings=[])

    shown = [(passage.kind, text_of(passage.runs)) for passage in passages_of(words)]
    assert shown == [("para", "甲"), ("item", "乙乙"), ("para", "丙")]


def test_parts_hold_the_whole_text_and_know_where_an_offset_is() -> None:
    text = "\n".join("甲" * 7_000 for _ in range(12)) + "\n" + "乙" * 70_000
    layout = lay_out(text, [])
    count = len(layout.part_starts)

    parts = [
        words_of(text, layout, part=part, quotes=[], decodings=[]) for part in range(1, count + 1)
    ]

    shown = "".join(text_of(item.runs) for part in parts for item in passages_of(part))
    assert shown == text.replace("\n", "")
    assert all(
        sum(len(text_of(item.runs)) for item in passages_of(part)) <= PART_CHARS for part in parts
    )
    far = text.index("乙") + 65_000
    assert any(
        piece.start <= far < piece.start + len(piece.text)
        for passage in passages_of(parts[layout.part_of(far) - 1])
        for run in passage.runs
        for piece in run.pieces
    )


def test_any_quotes_give_back_the_text_and_cover_what_they_say() -> None:
    seeded = random.Random(7)
    text = "".join(seeded.choice("数学语文班课\n😀") for _ in range(400))
    layout = lay_out(text, [])
    for _ in range(50):
        quotes = []
        for number in range(1, 12):
            start = seeded.randrange(len(text))
            quotes.append(quote(number, start, min(start + seeded.randrange(1, 30), len(text))))
        words = words_of(text, layout, part=1, quotes=quotes, decodings=[])
        for passage in passages_of(words):
            for run in passage.runs:
                for piece in run.pieces:
                    assert piece.text == text[piece.start : piece.start + len(piece.text)]
                    end = piece.start + len(piece.text)
                    over = {
                        item.number
                        for item in quotes
                        if item.start < end and item.end > piece.start
                    }
                    assert set(piece.numbers) == over


def test_many_quotes_in_a_huge_text_take_no_time() -> None:
    text = "补课" * 500_000
    quotes = [quote(number, number * 20, number * 20 + 15) for number in range(1, 1_500)]

    started = time.process_time()
    words_of(text, lay_out(text, []), part=1, quotes=quotes, decodings=[])

    assert time.process_time() - started < 1
