import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import RunError
from crawler.ledger import (
    Entry,
    Ledger,
    LedgerWriter,
    RunHeader,
    read_entries,
    read_ledger,
    write_header,
)
from crawler.site import site_for_url

SITE = site_for_url(["http://127.0.0.1:8080/"])
HEADER = RunHeader(run_id="R", sites=(SITE,), started_at=datetime(2026, 1, 1, tzinfo=UTC))


def make_entry(url: str = "http://127.0.0.1:8080/", **more: object) -> Entry:
    values = {"site_id": SITE.site_id, "outcome": "fetched", "depth": 0, **more}
    return Entry(url=url, **values)  # type: ignore[arg-type]


def write_ledger(folder: Path, *entries: Entry) -> None:
    write_header(folder, HEADER)
    writer = LedgerWriter(folder)
    for entry in entries:
        writer.append(entry)
    writer.close()


def test_ledger_reads_what_was_written(tmp_path: Path) -> None:
    entry = make_entry(
        outcome="unchanged",
        status=200,
        capture_id="urn:uuid:x",
        payload_digest="sha256:aa",
        fetched_at=datetime(2026, 1, 2, 3, tzinfo=UTC),
        found_on="http://127.0.0.1:8080/a",
        refers_to="urn:uuid:y",
    )
    write_ledger(tmp_path, entry)
    ledger = read_ledger(tmp_path)
    assert list(ledger.entries()) == [entry]
    assert ledger.sites == (SITE,)
    assert ledger.started_at == HEADER.started_at


def test_ledger_sums_reconcile_and_the_last_line_of_a_url_counts() -> None:
    ledger = Ledger(HEADER)
    ledger.add(make_entry("http://a/", outcome="skipped", reason="stopped"))
    ledger.add(make_entry("http://a/"))
    ledger.add(make_entry("http://b/", outcome="failed", reason="http_500"))
    ledger.add(make_entry("http://c/", outcome="skipped", reason="trap"))
    ledger.add(make_entry("http://d/", outcome="unchanged"))
    assert ledger.totals() == {
        "found": 4,
        "fetched": 1,
        "unchanged": 1,
        "skipped": 1,
        "failed": 1,
    }
    assert ledger.by_reason() == {"skipped": {"trap": 1}, "failed": {"http_500": 1}}
    assert ledger.by_site() == {SITE.site_id: ledger.totals()}


def test_ledger_leaves_out_a_torn_last_line_and_writing_goes_on(tmp_path: Path) -> None:
    write_ledger(tmp_path, make_entry("http://a/"))
    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b'{"url": "http://b/", "site')
    assert read_ledger(tmp_path).totals()["found"] == 1
    writer = LedgerWriter(tmp_path)
    writer.append(make_entry("http://c/"))
    writer.close()
    assert [entry.url for entry in read_entries(tmp_path)] == ["http://a/", "http://c/"]


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b'{"url": "http://a/"}\n', b'{"url": 1, "x": 2}\n', b"[]\n"]
)
def test_ledger_refuses_a_whole_line_that_is_no_entry(tmp_path: Path, line: bytes) -> None:
    write_ledger(tmp_path)
    (tmp_path / "ledger.jsonl").write_bytes(line)
    with pytest.raises(RunError, match="line 1 is not an entry"):
        read_ledger(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"run_id": "R"}', json.dumps({"sites": 3})])
def test_ledger_refuses_another_run_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(RunError, match="not a run"):
        read_ledger(tmp_path)


def test_ledger_says_that_there_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run here"):
        read_ledger(tmp_path / "x")
