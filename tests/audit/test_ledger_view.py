"""Ledgers read in one pass: the same sums as the crawler's own reader, in little memory."""

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from audit.ledger_view import Wanted, read_lines, scan_ledger, start_urls, totals_of
from crawler.errors import RunError
from crawler.ledger import LEDGER_FILE, Entry, Ledger, LedgerWriter, RunHeader
from tests.desk.crawls import entry

BOTH = frozenset({"a", "b"})


def write(folder: Path, *entries: Entry) -> None:
    writer = LedgerWriter(folder)
    for one in entries:
        writer.append(one)
    writer.close()


def by_crawler(*entries: Entry) -> dict[str, int]:
    from datetime import UTC, datetime

    ledger = Ledger(RunHeader(run_id="r", sites=(), started_at=datetime.now(UTC)))
    for one in entries:
        ledger.add(one)
    return ledger.totals()


def shown(folder: Path, wanted: Wanted) -> list[str]:
    return [one.url for one in read_lines(folder, scan_ledger(folder, wanted).offsets)]


def test_scan_sums_as_the_crawler_does(tmp_path: Path) -> None:
    entries = [
        entry("https://a.example/", site_id="a", depth=0, status=200),
        entry('https://a.example/?q="\\x', "failed", site_id="a", reason="http_404"),
        entry("https://a.example/late", "skipped", site_id="a", reason="page_cap"),
        entry("https://a.example/", site_id="b", depth=0),
        entry("https://a.example/late", "unchanged", site_id="a"),
    ]
    write(tmp_path, *entries)

    scan = scan_ledger(tmp_path, Wanted(sites=BOTH))

    assert totals_of(scan.counts) == by_crawler(*entries)
    assert scan.counts == Counter(
        {
            ("a", "fetched", ""): 1,
            ("a", "failed", "http_404"): 1,
            ("a", "unchanged", ""): 1,
            ("b", "fetched", ""): 1,
        }
    )
    assert totals_of(scan.counts, "b")["found"] == 1


@pytest.mark.parametrize(
    ("filters", "urls"),
    [
        ({}, ["/1", "/2", "/3"]),
        ({"outcome": "skipped"}, ["/2", "/3"]),
        ({"outcome": "skipped", "reason": "robots"}, ["/2"]),
        ({"site": "b"}, []),
        ({"reason": "\0"}, []),
    ],
)
def test_scan_narrows_to_what_is_wanted(
    tmp_path: Path, filters: dict[str, str], urls: list[str]
) -> None:
    write(
        tmp_path,
        entry("https://a.example/1", site_id="a"),
        entry("https://a.example/2", "skipped", site_id="a", reason="robots"),
        entry("https://a.example/3", "skipped", site_id="a", reason="trap"),
        entry("https://c.example/4", site_id="c"),
    )

    found = shown(tmp_path, Wanted(sites=BOTH, **filters))

    assert found == [f"https://a.example{path}" for path in urls]


def test_run_without_ledger_has_found_nothing(tmp_path: Path) -> None:
    assert totals_of(scan_ledger(tmp_path, Wanted(sites=BOTH)).counts)["found"] == 0


def test_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, entry("https://a.example/1", site_id="a"))
    with (tmp_path / LEDGER_FILE).open("ab") as file:
        file.write(b'{"url": "https://a.exam')

    assert shown(tmp_path, Wanted(sites=BOTH)) == ["https://a.example/1"]


def test_line_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).write_text('["not an entry"]\n')

    with pytest.raises(RunError, match="line 1 is not an entry"):
        scan_ledger(tmp_path, Wanted(sites=BOTH))


def test_start_urls_are_those_of_depth_zero(tmp_path: Path) -> None:
    write(
        tmp_path,
        entry("https://a.example/", site_id="a", depth=0),
        entry("https://a.example/1", site_id="a", detail='"depth": 0'),
        entry("https://b.example/", site_id="b", depth=0),
    )

    assert start_urls(tmp_path, {"a"}) == {"https://a.example/"}


def test_long_ledger_takes_little_memory(tmp_path: Path) -> None:
    lines = 50_000
    with (tmp_path / LEDGER_FILE).open("w") as file:
        for number in range(lines):
            file.write(
                f'{{"url": "https://a.example/{number:0200}", "site_id": "a", '
                f'"outcome": "skipped", "depth": 1, "reason": "robots"}}\n'
            )
    tracemalloc.start()
    try:
        scan = scan_ledger(tmp_path, Wanted(sites=BOTH, outcome="failed"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert totals_of(scan.counts)["skipped"] == lines
    assert peak < 100 * lines  # a third of the file; its URLs alone are twice as much
