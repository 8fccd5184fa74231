"""A run's ledger as pages of URLs: filtered and counted in one pass, in little memory.

Only the lines that are shown are read as JSON; the others are looked at where the crawler writes
site, outcome and reason (`crawler.ledger.Entry`). Of several lines of a URL the last one counts.
"""

import json
import re
from array import array
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crawler.errors import RunError
from crawler.ledger import LEDGER_FILE, Entry

# The beginning of a line: url and site_id (its key), outcome, depth, and the reason if any.
_HEAD = re.compile(
    rb'(\{"url": "[^"\\]*(?:\\.[^"\\]*)*", "site_id": "([^"\\]*)"), "outcome": "([a-z]+)"'
    rb', "depth": \d+(?:, "reason": "([^"\\]*)")?'
)

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which URLs of a ledger; an empty field means all, an empty `sites` none."""

    sites: frozenset[str]
    site: str = ""
    outcome: str = ""
    reason: str = ""

    def takes(self, key: Key) -> bool:
        site, outcome, reason = key
        return (
            site in self.sites
            and self.site in ("", site)
            and self.outcome in ("", outcome)
            and self.reason in ("", reason)
        )


@dataclass(frozen=True, slots=True)
class LedgerScan:
    """What one pass over a ledger found: URLs by site, outcome and reason, and the wanted lines."""

    counts: Counter[Key] = field(default_factory=Counter)
    offsets: Sequence[int] = ()


def scan_ledger(run_folder: Path, wanted: Wanted) -> LedgerScan:
    """Read a ledger through once; without a ledger file nothing was found yet.

    Raises:
        RunError: a whole line that is not an entry.
    """
    path = run_folder / LEDGER_FILE
    if not path.is_file():
        return LedgerScan()
    offsets, urls, kinds = array("Q"), array("q"), array("H")
    names: dict[tuple[bytes, bytes, bytes], int] = {}
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                break
            match = _HEAD.match(line)
            if match is None:
                raise RunError(f"{path}: line {number} is not an entry as this program writes it.")
            url, site, outcome, reason = match.groups(default=b"")
            offsets.append(offset)
            urls.append(hash(url))
            kinds.append(names.setdefault((site, outcome, reason), len(names)))
            offset += len(line)
    keys = [(site.decode(), outcome.decode(), reason.decode()) for site, outcome, reason in names]
    return _last_lines(offsets, urls, kinds, keys, wanted)


def _last_lines(
    offsets: "array[int]",
    urls: "array[int]",
    kinds: "array[int]",
    keys: Sequence[Key],
    wanted: Wanted,
) -> LedgerScan:
    if not offsets:
        return LedgerScan()
    _, from_the_end = np.unique(np.array(urls)[::-1], return_index=True)
    last = np.sort(len(urls) - 1 - from_the_end)
    kind_of = np.array(kinds)[last]
    counts = Counter(
        {
            keys[kind]: int(count)
            for kind, count in enumerate(np.bincount(kind_of, minlength=len(keys)))
            if count
        }
    )
    taken = np.array([wanted.takes(key) for key in keys])[kind_of]
    return LedgerScan(counts=counts, offsets=np.array(offsets)[last[taken]].tolist())


def read_lines(run_folder: Path, offsets: Sequence[int]) -> Iterator[Entry]:
    """Yield the entries that begin at these offsets of the ledger."""
    with (run_folder / LEDGER_FILE).open("rb") as file:
        for offset in offsets:
            file.seek(offset)
            yield Entry.from_dict(json.loads(file.readline()))


def start_urls(run_folder: Path, site_ids: Container[str]) -> frozenset[str]:
    """Return where the sites' crawls began, and where those addresses led."""
    path = run_folder / LEDGER_FILE
    if not path.is_file():
        return frozenset()
    with path.open("rb") as file:
        begun = [line for line in file if line.endswith(b"\n") and b'"depth": 0' in line]
    entries = (Entry.from_dict(json.loads(line)) for line in begun)
    return frozenset(one.url for one in entries if one.depth == 0 and one.site_id in site_ids)


def totals_of(counts: Counter[Key], site: str = "") -> dict[str, int]:
    """Return found, fetched, unchanged, skipped and failed, of one site or of all."""
    totals = dict.fromkeys(("found", "fetched", "unchanged", "skipped", "failed"), 0)
    for (of_site, outcome, _), count in counts.items():
        if site in ("", of_site):
            totals[outcome] += count
            totals["found"] += count
    return totals
