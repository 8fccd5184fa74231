"""Cron in Beijing time: what is accepted, when it is due, how jitter spreads."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from audit.due_times import BEIJING, jitter, moments_between, next_moment, read_cron
from audit.errors import ScheduleError


def beijing(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BEIJING)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        "@daily",
        "0 2 * * mon",
        "0 2 L * *",
        "R 2 * * *",
        "60 2 * * *",
        "0 24 * * *",
        "*/0 * * * *",
        "0 0 30 2 *",
        "0 2 * * 1-5; rm",
        "０ 2 * * *",
    ],
)
def test_cron_that_is_none_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ScheduleError, match="'cron' expected") as caught:
        read_cron(text)

    assert caught.value.zh.endswith("请修改后再保存。")


def test_cron_blanks_are_made_single() -> None:
    assert read_cron("  30  2 * *\t1-5 ") == "30 2 * * 1-5"


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("30 2 * * 1-5", beijing(2026, 11, 20, 2, 30), beijing(2026, 11, 23, 2, 30)),
        ("30 2 * * 1-5", beijing(2026, 11, 20, 2, 29, 59), beijing(2026, 11, 20, 2, 30)),
        ("0 0 1 1 *", beijing(2026, 12, 31, 23, 59), beijing(2027, 1, 1)),
        ("0 0 29 2 *", beijing(2026, 3, 1), beijing(2028, 2, 29)),
        ("*/15 * * * *", beijing(2026, 11, 20, 2, 44, 30), beijing(2026, 11, 20, 2, 45)),
    ],
)
def test_next_moment_is_later_and_in_beijing_time(
    cron: str, after: datetime, expected: datetime
) -> None:
    assert next_moment(cron, after.astimezone(UTC)) == expected


def test_days_have_24_hours_all_year_round() -> None:
    year = moments_between("0 2 * * *", beijing(2026, 1, 1), beijing(2027, 1, 1))

    assert len(year) == 365
    gaps = {later - earlier for earlier, later in itertools.pairwise(year)}
    assert gaps == {timedelta(days=1)}


def test_moments_between_leaves_the_start_out_and_takes_the_end_in() -> None:
    start, end = beijing(2026, 11, 20, 2, 0), beijing(2026, 11, 20, 5, 0)

    found = moments_between("0 * * * *", start, end)

    assert [moment.astimezone(BEIJING).hour for moment in found] == [3, 4, 5]


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_moments_between_knows_seconds_within_a_minute(seconds: int) -> None:
    end = beijing(2026, 11, 20, 5, 0, seconds)

    assert moments_between("0 5 * * *", end - timedelta(hours=1), end) == [
        beijing(2026, 11, 20, 5, 0)
    ]


def test_moments_between_keeps_the_latest_of_too_many() -> None:
    end = beijing(2036, 11, 20, 5, 0)

    found = moments_between("* * * * *", beijing(2026, 11, 20), end, limit=3)

    assert found == [end - timedelta(minutes=2), end - timedelta(minutes=1), end]


def test_moments_agree_forwards_and_backwards() -> None:
    start, end = beijing(2026, 2, 1), beijing(2026, 4, 1)
    forwards, moment = [], next_moment("7,37 */5 1-20 * 1,4", start)
    while moment <= end:
        forwards.append(moment)
        moment = next_moment("7,37 */5 1-20 * 1,4", moment)

    assert moments_between("7,37 */5 1-20 * 1,4", start, end) == forwards


def test_jitter_is_the_same_for_the_same_site_and_moment_and_spreads() -> None:
    due = beijing(2026, 11, 20, 2, 30)
    delays = [jitter(f"site-{number}", due, 300) for number in range(200)]

    assert delays == [jitter(f"site-{number}", due.astimezone(UTC), 300) for number in range(200)]
    assert min(delays) >= timedelta(0)
    assert max(delays) <= timedelta(seconds=300)
    assert len(set(delays)) > 100
    assert jitter("site-1", due, 0) == timedelta(0)
