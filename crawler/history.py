"""What earlier runs saw of a site: the last body of each URL, so that unchanged pages are known."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.errors import RunError
from crawler.ledger import read_entries, read_header

# Looked through newest first; a page that none of these runs saw is saved in full again.
MAX_RUNS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The saved response that a body is compared with."""

    capture_id: str
    payload_digest: str
    fetched_at: datetime
    warc_file: str
    warc_offset: int


def read_history(
    runs_folder: Path, *, site_id: str, but_not: str, evidence_folder: Path
) -> dict[str, Earlier]:
    """Return by URL the newest response that earlier runs of a site saved and that is still there.

    Runs that cannot be read are passed over: without them pages are only saved in full again.
    """
    history: dict[str, Earlier] = {}
    files = {path.name for path in (evidence_folder / "crawl").glob("*.warc.gz")}
    looked_at = 0
    for folder in sorted(runs_folder.glob("*/run.json"), reverse=True):  # ULIDs: newest first
        run_folder = folder.parent
        if run_folder.name == but_not or looked_at == MAX_RUNS:
            continue
        try:
            if all(site.site_id != site_id for site in read_header(run_folder).sites):
                continue
            looked_at += 1
            seen = _seen_in(run_folder, site_id=site_id, files=files)
        except RunError:
            continue
        history = seen | history
    return history


def _seen_in(run_folder: Path, *, site_id: str, files: set[str]) -> dict[str, Earlier]:
    seen: dict[str, Earlier] = {}
    for entry in read_entries(run_folder):
        if entry.site_id != site_id or entry.status != 200 or not entry.payload_digest:
            continue
        capture_id = entry.refers_to or entry.capture_id
        moment = entry.refers_to_date or entry.fetched_at
        if capture_id and moment and _file_name(entry.warc_file) in files:
            seen[entry.url] = Earlier(
                capture_id=capture_id,
                payload_digest=entry.payload_digest,
                fetched_at=moment,
                warc_file=entry.warc_file or "",
                warc_offset=entry.warc_offset or 0,
            )
    return seen


def _file_name(warc_file: str | None) -> str:
    return Path(warc_file or "").name.removesuffix(".open")
