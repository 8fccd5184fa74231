"""Clock times, days and dates have one normal form."""

import pytest

from tests.classifier.stated import values, with_units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19:00—21:30", [("19:00", "start"), ("21:30", "end")]),
        ("晚九点半", [("21:30", "point")]),
        ("下午２点", [("14:00", "point")]),
        ("晚7-9点", [("19:00", "start"), ("21:00", "end")]),
        ("晚7:00-9:00", [("19:00", "start"), ("21:00", "end")]),
        ("晚上6点半至8点半", [("18:30", "start"), ("20:30", "end")]),
        ("中午12点", [("12:00", "point")]),
        ("21时30分", [("21:30", "point")]),
        ("发布时间:2025-04-02 09:12", []),
        ("2026-07-03 18:30-20:30", [("18:30", "start"), ("20:30", "end")]),
        ("有一点难", []),
        ("三点一线", []),
        ("比例1:1", []),
        ("时间", []),
        ("25:30", []),
    ],
)
def test_clock_times_are_hours_and_minutes(text: str, expected: list[tuple[str, str]]) -> None:
    assert with_units(text, "clock") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("周六、日", ["saturday", "sunday"]),
        ("每周六上课", ["saturday"]),
        ("星期天", ["sunday"]),
        ("周一至周五", ["weekday"]),
        ("周一到周六", ["weekday", "saturday"]),
        ("双休日", ["weekend"]),
        ("周末班", ["weekend"]),
        ("寒暑假", ["winter_vacation", "summer_vacation"]),
        ("暑期", ["summer_vacation"]),
        ("国庆集训", ["holiday"]),
        ("国庆", []),
        ("一周六次", []),
        ("每周六节", []),
    ],
)
def test_days_of_lessons(text: str, expected: list[str]) -> None:
    assert sorted(set(values(text, "weekday"))) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025年7月3日", ["2025-07-03"]), ("2025.07.03", ["2025-07-03"]), ("2025-7-3", ["2025-07-03"]),
        ("7月5日-8月1日", ["07-05", "08-01"]), ("2025年7月", ["2025-07"]), ("2025年13月", []),
        ("12025-07-03", []),
    ],
)  # fmt: skip
def test_dates(text: str, expected: list[str]) -> None:
    assert values(text, "date") == expected
