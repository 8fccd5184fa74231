"""The ledger of a run: each URL that was found, and the one way in which it ended.

`<data>/runs/<run_id>/run.json` says what the run was, `ledger.jsonl` has one line per ended URL,
appended and handed to the system at once. When a URL has several lines (a capped or stopped run
that was taken up again), the last one counts; so found is always the sum of the outcomes.
"""

import errno
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from crawler.errors import CrawlerError, RunError
from crawler.records import Record
from crawler.site import Site

Outcome = Literal["fetched", "unchanged", "skipped", "failed"]
RunOutcome = Literal["running", "done", "stopped", "failed"]

OUTCOMES: tuple[Outcome, ...] = ("fetched", "unchanged", "skipped", "failed")
LEDGER_FILE = "ledger.jsonl"
RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """How one URL of one site ended; `reason` for skipped and failed, `detail` for people.

    `redirect_to` is where a redirect led. An unchanged page names the response it equals
    (`refers_to`), so that the next run need not look further back; `warc_file` holds its body.
    """

    url: str
    site_id: str
    outcome: Outcome
    depth: int
    reason: str = ""
    detail: str = ""
    status: int | None = None
    capture_id: str | None = None
    payload_digest: str | None = None
    fetched_at: datetime | None = None
    found_on: str | None = None
    redirect_to: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    refers_to: str | None = None
    refers_to_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader(Record):
    """What `run.json` holds; `settings` are the versions and limits that shaped the run."""

    run_id: str
    sites: tuple[Site, ...]
    started_at: datetime
    ended_at: datetime | None = None
    outcome: RunOutcome = "running"
    settings: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Ledger:
    """The entries of a run, the last one of each URL, with its sums."""

    def __init__(self, header: RunHeader) -> None:
        self.header = header
        self._entries: dict[tuple[str, str], Entry] = {}
        self._counts: Counter[tuple[str, Outcome, str]] = Counter()

    @property
    def run_id(self) -> str:
        return self.header.run_id

    @property
    def sites(self) -> tuple[Site, ...]:
        return self.header.sites

    @property
    def started_at(self) -> datetime:
        return self.header.started_at

    @property
    def ended_at(self) -> datetime | None:
        return self.header.ended_at

    @property
    def outcome(self) -> RunOutcome:
        return self.header.outcome

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.header.warnings

    def add(self, entry: Entry) -> None:
        """Take an entry in; it replaces an earlier one of the same site and URL."""
        earlier = self._entries.get((entry.site_id, entry.url))
        if earlier is not None:
            self._counts[earlier.site_id, earlier.outcome, earlier.reason] -= 1
        self._counts[entry.site_id, entry.outcome, entry.reason] += 1
        self._entries[entry.site_id, entry.url] = entry

    def get(self, site_id: str, url: str) -> Entry | None:
        return self._entries.get((site_id, url))

    def entries(self, site_id: str | None = None) -> Iterator[Entry]:
        """Yield the entries in the order in which their URLs first ended."""
        for entry in self._entries.values():
            if site_id is None or entry.site_id == site_id:
                yield entry

    def totals(self, site_id: str | None = None) -> dict[str, int]:
        """Return found, fetched, unchanged, skipped, failed; found is the sum of the others."""
        totals: dict[str, int] = dict.fromkeys(("found", *OUTCOMES), 0)
        for (of_site, outcome, _), count in self._counts.items():
            if site_id is None or of_site == site_id:
                totals[outcome] += count
                totals["found"] += count
        return totals

    def by_reason(self) -> dict[str, dict[str, int]]:
        """Return the skipped and the failed by reason, most frequent first."""
        reasons: dict[str, Counter[str]] = {"skipped": Counter(), "failed": Counter()}
        for (_, outcome, reason), count in self._counts.items():
            if outcome in reasons and count:
                reasons[outcome][reason] += count
        return {outcome: dict(counts.most_common()) for outcome, counts in reasons.items()}

    def by_site(self) -> dict[str, dict[str, int]]:
        """Return the totals of each site, sites without a URL included."""
        return {site.site_id: self.totals(site.site_id) for site in self.sites}


class LedgerWriter:
    """Appends entries to `ledger.jsonl`; a line that a full disk cut short is taken back."""

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / LEDGER_FILE
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._size = _whole_lines(self._path)
        os.ftruncate(self._file, self._size)  # the torn last line of a killed run

    def append(self, entry: Entry) -> None:
        """Write one line.

        Raises:
            RunError: the file system refuses (full disk, read-only).
        """
        line = json.dumps(_without_blanks(entry), ensure_ascii=False).encode() + b"\n"
        try:
            written = os.write(self._file, line)
            if written != len(line):
                os.ftruncate(self._file, self._size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RunError(
                f"{self._path}: the ledger cannot be written ({error.strerror}). Free some space, "
                f"then go on with --run."
            ) from error
        self._size += written

    def close(self) -> None:
        os.fsync(self._file)
        os.close(self._file)


def read_ledger(run_folder: Path) -> Ledger:
    """Read a run as its files tell it; a torn last line is left out.

    Raises:
        RunError: no such run, or a file that is not what this program wrote.
    """
    ledger = Ledger(read_header(run_folder))
    for entry in read_entries(run_folder):
        ledger.add(entry)
    return ledger


def read_header(run_folder: Path) -> RunHeader:
    """Read `run.json`.

    Raises:
        RunError: see `read_ledger`.
    """
    path = run_folder / RUN_FILE
    try:
        values = json.loads(path.read_bytes())
        sites = tuple(Site.from_dict(site) for site in values["sites"])
        header = RunHeader.from_dict({**values, "sites": []})
    except FileNotFoundError as error:
        raise RunError(f"{run_folder}: no run here (run.json is missing).") from error
    except (OSError, ValueError, KeyError, TypeError, CrawlerError) as error:
        raise RunError(f"{path}: not a run as this program writes it ({error}).") from error
    return replace(header, sites=sites)


def write_header(run_folder: Path, header: RunHeader) -> None:
    """Replace `run.json` in one step.

    Raises:
        RunError: the file system refuses.
    """
    values = header.to_dict()
    path = run_folder / RUN_FILE
    draft = path.with_suffix(".json.new")
    try:
        with draft.open("wb") as file:
            file.write(json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror}). Free some space.") from error


def read_entries(run_folder: Path) -> Iterator[Entry]:
    """Yield the lines of a ledger in file order.

    Raises:
        RunError: a whole line that is not an entry.
    """
    path = run_folder / LEDGER_FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Entry.from_dict(dict(json.loads(line)))
            except (ValueError, TypeError, CrawlerError) as error:
                raise RunError(f"{path}: line {number} is not an entry ({error}).") from error


def _whole_lines(path: Path) -> int:
    """Return how many bytes of a file are whole lines."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while size:
            start = max(0, size - 65_536)
            file.seek(start)
            end = file.read(size - start).rfind(b"\n")
            if end >= 0:
                return start + end + 1
            size = start
    return 0


def _without_blanks(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in entry.to_dict().items() if value not in (None, "")}
