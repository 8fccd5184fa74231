"""What changed between two wordings."""

import random
import time

from audit.word_diff import Change, diff


def side(changes: tuple[Change, ...], gone: str) -> str:
    return "".join(change.text for change in changes if change.kind in {"same", gone})


def test_changes_are_whole_words() -> None:
    found = diff("初三数学一对一，周末上课。", "初三英语一对一，周末上课。")

    assert [(change.kind, change.text) for change in found.changes] == [
        ("same", "初三"),
        ("gone", "数学"),
        ("new", "英语"),
        ("same", "一对一，周末上课。"),
    ]
    assert (found.new_chars, found.gone_chars) == (2, 2)


def test_equal_wordings_have_no_change() -> None:
    found = diff("初三数学", "初三数学")

    assert [change.kind for change in found.changes] == ["same"]
    assert (found.new_chars, found.gone_chars) == (0, 0)


def test_empty_sides() -> None:
    assert diff("", "").changes == ()
    assert [change.kind for change in diff("", "数学").changes] == ["new"]
    assert [change.kind for change in diff("数学", "").changes] == ["gone"]


def test_long_stretch_without_change_is_folded() -> None:
    same = "甲乙丙丁" * 200

    (first, *_, last) = diff(f"{same}数学", f"{same}英语").changes

    assert len(first.text) + first.left_out + len(first.tail) == len(same)
    assert (first.text, first.tail) == (same[:60], same[-60:])
    assert last.kind == "new"


def test_both_sides_can_be_read_back() -> None:
    seeded = random.Random(3)
    letters = "数学语文班课，。"
    for _ in range(100):
        before = "".join(seeded.choice(letters) for _ in range(60))
        after = list(before)
        for _ in range(seeded.randrange(6)):
            after[seeded.randrange(len(after))] = seeded.choice(["", "新", "周末"])
        found = diff(before, "".join(after))
        assert side(found.changes, "gone") == before
        assert side(found.changes, "new") == "".join(after)


def test_huge_texts_are_compared_by_lines_in_little_time() -> None:
    seeded = random.Random(5)
    lines = ["".join(seeded.choice("数学语文班课") for _ in range(40)) for _ in range(2_500)]
    changed = [*lines[:500], "新的一行", *lines[600:]]

    started = time.process_time()
    found = diff("\n".join(lines), "\n".join(changed))

    assert found.by_lines
    assert found.new_chars == len("新的一行\n")
    assert time.process_time() - started < 1


def test_wholly_different_texts_stay_bounded() -> None:
    before, after = "甲乙 " * 19_000, "丙丁 " * 18_000

    started = time.process_time()
    found = diff(before, after)

    assert {change.kind for change in found.changes} >= {"gone", "new"}
    assert time.process_time() - started < 5
