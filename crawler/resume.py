"""Takes up a run that was broken off, from its own evidence: what was captured is not asked again.

The ledger says how URLs ended, the WARCs what was seen, the extractor where it leads. Where the
ledger lacks a line the evidence has (killed between the two), the line is added; where it has one
the evidence lacks (power cut), the URL is asked for again.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from crawler.errors import EvidenceError
from crawler.evidence.reader import CapturedRecord, read_captures
from crawler.following import links_of
from crawler.frontier import REOPENED, Frontier, Target
from crawler.history import Earlier
from crawler.ledger import Entry, Outcome
from crawler.records import Capture
from crawler.run import Run


class _Seen(NamedTuple):
    capture: Capture
    earlier: Earlier | None
    links: list[str]


def replay(frontier: Frontier, *, run: Run, history: dict[str, Earlier]) -> None:
    """Bring a seeded frontier to where the run was.

    Raises:
        EvidenceError: a file of the run is damaged in the middle.
    """
    seen = list(_seen_by(run, frontier, history))
    kept = {one.capture.capture_id for one in seen}
    known = {entry.url: entry for entry in run.ledger.entries(frontier.site.site_id)}
    for entry in list(known.values()):
        lost = entry.capture_id is not None and entry.capture_id not in kept
        if entry.reason in REOPENED or lost:
            frontier.add(Target(entry.url, entry.depth, entry.found_on))
            del known[entry.url]
        else:
            frontier.restore(entry)
    while seen:
        later = [one for one in seen if not _take(frontier, one, known)]
        if len(later) == len(seen):  # found by nothing that is left: keep it all the same
            frontier.add(Target(later[0].capture.url, 0))
        seen = later


def _take(frontier: Frontier, one: _Seen, known: dict[str, Entry]) -> bool:
    """Take in one capture; False when what it was found on has not been taken in yet."""
    url = one.capture.url
    entry = known.get(url)
    if entry is not None:
        target = Target(url, entry.depth, entry.found_on)
    else:
        pending = frontier.pending(url)
        if pending is None:
            return False
        target = pending
        frontier.end(target, _outcome(one), **_facts(one))
    frontier.discover(one.links, parent=target)
    return True


def _outcome(one: _Seen) -> Outcome:
    if one.earlier is not None:
        return "unchanged"
    return "fetched" if 200 <= one.capture.http_status < 300 else "failed"


def _facts(one: _Seen) -> dict[str, Any]:
    capture, earlier = one.capture, one.earlier
    facts = facts_of(capture, earlier)
    if _outcome(one) == "failed":
        facts["reason"] = f"http_{capture.http_status}"
    return facts


def facts_of(capture: Capture, earlier: Earlier | None) -> dict[str, Any]:
    """Return the ledger's fields of a captured answer."""
    return {
        "status": capture.http_status,
        "capture_id": capture.capture_id,
        "payload_digest": capture.payload_digest,
        "fetched_at": capture.fetched_at,
        "warc_file": earlier.warc_file if earlier else capture.warc_file,
        "warc_offset": earlier.warc_offset if earlier else capture.warc_offset,
        "refers_to": earlier.capture_id if earlier else None,
        "refers_to_date": earlier.fetched_at if earlier else None,
    }


def _seen_by(run: Run, frontier: Frontier, history: dict[str, Earlier]) -> Iterator[_Seen]:
    site = frontier.site
    for path in _files_of(run, site.site_id):
        for record in read_captures(path, evidence_folder=run.evidence_folder):
            capture = record.capture
            if capture.site_id != site.site_id or capture.robots is None:  # robots.txt has none
                continue
            earlier = None
            if record.is_revisit:
                earlier = _earlier(record, run, history)
                if earlier is None:
                    continue  # what it equals is gone: ask for the page again
                record = _body_of(earlier, run, record)
            links: list[str] = []
            if 200 <= capture.http_status < 300:
                links = links_of(
                    record.body,
                    url=capture.final_url,
                    content_type=record.capture.content_type,
                    site=site,
                    warn=lambda message: run.warn(f"{site.site_id}: {message}"),
                )
            yield _Seen(capture, earlier, links)


def _files_of(run: Run, site_id: str) -> list[Path]:
    """Return the closed files of a site in a run, in the order in which they were written."""
    name = re.compile(rf"{re.escape(f'{run.run_id}-{site_id}')}-(\d+)\.warc\.gz")
    found = []
    for path in (run.evidence_folder / "crawl").glob("*.warc.gz"):
        match = name.fullmatch(path.name)
        if match:
            found.append((int(match[1]), path))
    return [path for _, path in sorted(found)]


def _earlier(record: CapturedRecord, run: Run, history: dict[str, Earlier]) -> Earlier | None:
    """Return the response that a revisit equals, from earlier runs or from this run's ledger."""
    known = history.get(record.capture.url)
    if known is not None and known.capture_id == record.refers_to:
        return known
    entry = run.ledger.get(record.capture.site_id or "", record.capture.url)
    if entry is None or entry.refers_to != record.refers_to or entry.refers_to_date is None:
        return None
    return Earlier(
        capture_id=entry.refers_to or "",
        payload_digest=entry.payload_digest or "",
        fetched_at=entry.refers_to_date,
        warc_file=entry.warc_file or "",
        warc_offset=entry.warc_offset or 0,
    )


def _body_of(earlier: Earlier, run: Run, revisit: CapturedRecord) -> CapturedRecord:
    path = run.evidence_folder / "crawl" / Path(earlier.warc_file).name
    records = read_captures(path, evidence_folder=run.evidence_folder, offset=earlier.warc_offset)
    record = next(records, None)
    if record is None or record.capture.capture_id != earlier.capture_id:
        raise EvidenceError(
            f"{path}: expected capture {earlier.capture_id} at offset {earlier.warc_offset}, which "
            f"{revisit.capture.url} equals. Run 'jianwei evidence verify'."
        )
    return record
