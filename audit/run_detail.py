"""One run: its ledger by site and reason, where it came from, and what its files say."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from audit import config
from audit.crawl_reasons import in_chinese
from audit.displayable import displayable
from audit.errors import NoSuchObjectError, StoreError
from audit.ledger_view import Key, LedgerScan, Wanted, scan_ledger, start_urls, totals_of
from audit.ledger_words import OUTCOMES_ZH, RUN_OUTCOMES_ZH, warning_zh
from audit.live_runs import LiveRun, live_run
from audit.models import DueRun, EvidenceFile, Job, Run, SiteYield, User
from audit.run_view import totals_of_run
from audit.site_names import SiteName, SiteNames
from crawler.errors import RunError
from crawler.ledger import RUN_FILE, RunHeader, read_header
from crawler.run import is_worked_on, runs_folder
from crawler.site import SITE_ID

_RUN_ID = re.compile(SITE_ID.pattern, re.IGNORECASE)  # as `crawler.run` takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """How many URLs were skipped, or failed, for one reason."""

    outcome: str
    outcome_zh: str
    reason: str
    reason_zh: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLedger:
    """The ledger of one site in the run; `given` is None until its evidence has been read."""

    site: SiteName
    totals: Mapping[str, int]
    given: SiteYield | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A warning in Chinese, and as the crawler wrote it."""

    zh: str
    original: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetail:
    """One run as its files, or without them its row, tell it."""

    run_id: str
    outcome: str
    outcome_zh: str
    started_at: datetime
    ended_at: datetime | None
    sites: tuple[SiteName, ...]
    totals: Mapping[str, int]
    ledgers: Sequence[SiteLedger]
    reasons: Sequence[ReasonLine]
    warnings: Sequence[Warned]
    has_files: bool
    is_damaged: bool
    job: Job | None
    live: LiveRun | None
    due_run: DueRun | None
    evidence: Sequence[EvidenceFile]
    start_urls: frozenset[str]

    @property
    def seconds(self) -> int | None:
        return int((self.ended_at - self.started_at).total_seconds()) if self.ended_at else None


def run_folder_of(run_id: str) -> Path:
    return runs_folder(config.data_folder()) / run_id


def no_such_run(user: User, run_id: str) -> NoSuchObjectError:
    """Return the one answer for a run that does not exist and for one of other regions."""
    return NoSuchObjectError(
        f"Run '{run_id}': no such run for '{user.username}'.",
        zh="没有这次抓取，或者它不在您的管辖范围内。",
    )


def read_run(user: User, run_id: str) -> RunDetail:
    """Return a run of the user's regions.

    Raises:
        NoSuchObjectError: there is none, or it is of other regions.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise no_such_run(user, run_id)
    row = Run.objects.filter(run_id=run_id).first()
    job = Job.objects.select_related("site").filter(run_id=run_id).first()
    header = _header(run_id)
    names = SiteNames(user)
    sites = names.of(_site_ids(row, job, header))
    if not sites or (row is None and job is None and header is None):
        raise no_such_run(user, run_id)
    is_live = job is not None and job.state in (Job.State.WAITING, Job.State.RUNNING)
    outcome = _outcome(row, job, header, run_id)
    counts = _counts(run_id, sites) if header is not None else None
    return RunDetail(
        run_id=run_id,
        outcome=outcome,
        outcome_zh=RUN_OUTCOMES_ZH.get(outcome, "等待"),
        started_at=_begin(row, job, header),
        ended_at=row.ended_at if row is not None else (header.ended_at if header else None),
        sites=sites,
        totals=totals_of(counts) if counts is not None else _totals(row, job, sites),
        ledgers=_ledgers(run_id, counts, row, sites),
        reasons=_reasons(counts) if counts is not None else (),
        warnings=_warnings(row, header),
        has_files=header is not None,
        is_damaged=header is not None and counts is None,
        job=job,
        live=live_run(job) if is_live and job is not None else None,
        due_run=DueRun.objects.filter(run_id=run_id).select_related("schedule__site").first(),
        evidence=evidence_of(run_id, sites),
        start_urls=_starts(header),
    )


def evidence_of(run_id: str, sites: Sequence[SiteName]) -> list[EvidenceFile]:
    """Return the run's evidence files that are known to the rows, of these sites."""
    files = EvidenceFile.objects.filter(path__startswith=f"crawl/{run_id}-").order_by("path")
    starts = tuple(f"crawl/{run_id}-{site.site_id}-" for site in sites)
    return [file for file in files if file.path.startswith(starts)]


def scan_urls(run: RunDetail, wanted: Wanted) -> LedgerScan:
    """Find the wanted lines of a run's ledger; none when its files are elsewhere.

    Raises:
        StoreError: the ledger is damaged.
    """
    if not run.has_files:
        return LedgerScan()
    try:
        return scan_ledger(run_folder_of(run.run_id), wanted)
    except RunError as error:
        raise StoreError(
            str(error), zh="这次抓取的明细文件已损坏，无法列出网址。请管理员检查磁盘和备份。"
        ) from error


def _starts(header: RunHeader | None) -> frozenset[str]:
    if header is None:
        return frozenset()
    crawled = {site.site_id for site in header.sites if site.kind != "urllist"}
    return start_urls(run_folder_of(header.run_id), crawled)


def _header(run_id: str) -> RunHeader | None:
    """Return what the run's files say; None when they are not on this machine."""
    folder = run_folder_of(run_id)
    if not (folder / RUN_FILE).is_file():
        return None
    try:
        return read_header(folder)
    except RunError:  # damaged: the row tells what is left
        return None


def _site_ids(row: Run | None, job: Job | None, header: RunHeader | None) -> list[str]:
    if row is not None:
        return list(row.site_ids)
    if header is not None:
        return [site.site_id for site in header.sites]
    return [job.site.site_id] if job is not None and job.site is not None else []


def _outcome(row: Run | None, job: Job | None, header: RunHeader | None, run_id: str) -> str:
    if job is not None and job.state == Job.State.WAITING:
        return "waiting"
    if row is not None and row.outcome != "running":
        return row.outcome
    if header is not None and header.outcome == "running":
        return "running" if is_worked_on(run_folder_of(run_id)) else "stopped"
    return header.outcome if header is not None else "running"


def _begin(row: Run | None, job: Job | None, header: RunHeader | None) -> datetime:
    if row is not None:
        return row.started_at
    if header is not None:
        return header.started_at
    if job is None:
        raise TypeError("A run is told by its row, its job or its files.")
    return job.started_at or job.created_at


def _counts(run_id: str, sites: Sequence[SiteName]) -> Counter[Key] | None:
    wanted = Wanted(sites=frozenset(site.site_id for site in sites))
    try:
        scan = scan_ledger(run_folder_of(run_id), wanted)
    except RunError:
        return None
    shown = {site.site_id for site in sites}
    return Counter({key: count for key, count in scan.counts.items() if key[0] in shown})


def _totals(row: Run | None, job: Job | None, sites: Sequence[SiteName]) -> Mapping[str, int]:
    if row is not None:
        return totals_of_run(row.counts, sites)
    return dict.fromkeys(OUTCOMES_ZH, 0) | (job.progress if job is not None else {})


def _ledgers(
    run_id: str, counts: Counter[Key] | None, row: Run | None, sites: Sequence[SiteName]
) -> list[SiteLedger]:
    written = row.counts.get("sites", {}) if row is not None else {}
    given = {one.site_id: one for one in SiteYield.objects.filter(run_id=run_id)}
    return [
        SiteLedger(
            site=site,
            totals=written.get(site.site_id, {})
            if counts is None
            else totals_of(counts, site.site_id),
            given=given.get(site.site_id),
        )
        for site in sites
    ]


def _reasons(counts: Counter[Key]) -> list[ReasonLine]:
    by_reason: Counter[tuple[str, str]] = Counter()
    for (_, outcome, reason), count in counts.items():
        if reason:
            by_reason[outcome, reason] += count
    return [
        ReasonLine(
            outcome=outcome,
            outcome_zh=OUTCOMES_ZH[outcome],
            reason=reason,
            reason_zh=in_chinese(reason),
            count=count,
        )
        for (outcome, reason), count in by_reason.most_common()
    ]


def _warnings(row: Run | None, header: RunHeader | None) -> list[Warned]:
    written = row.warnings if row is not None else (header.warnings if header else ())
    return [Warned(zh=warning_zh(one), original=displayable(one)) for one in written]
