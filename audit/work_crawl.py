"""A crawl job: crawl, then ingest until the run's evidence is read, then its end."""

import logging
from datetime import datetime, timedelta
from typing import Any

from audit import config
from audit.crawl_reasons import in_chinese
from audit.models import Job, SiteRow, SiteYield
from audit.work_job import STOPPED, JobRun
from audit.work_progress import RunProgress
from audit.yields import read_files
from crawler.errors import RunError
from crawler.ledger import Ledger, RunOutcome, read_header, read_ledger
from crawler.run import runs_folder
from crawler.site import Site

log = logging.getLogger(__name__)

# Evidence that another process reads just now is looked at again after a while.
_INGEST_PAUSE = timedelta(seconds=5)
_MAX_INGESTS = 40
_RETRY_AFTER = timedelta(seconds=20)


class CrawlRun(JobRun):
    """Takes one crawl of a site from its lease to its yield."""

    def __init__(self, job: Job, site: SiteRow, worker: str) -> None:
        super().__init__(job, worker)
        self._site = site
        self._data = config.data_folder()
        self._folder = runs_folder(self._data) / job.run_id
        self._progress = RunProgress(self._folder)
        self._is_crawled = False
        self._ingests = 0
        self._next_ingest: datetime | None = None

    @property
    def name(self) -> str:
        return self._site.site_id

    def progress(self) -> dict[str, int]:
        return self._progress.read()

    def heed_stop(self) -> None:
        """End the crawl; what it captured is ingested all the same."""
        if not self._is_crawled:
            self.stop()

    def begin(self, now: datetime) -> None:
        if self._outcome() == "done":  # the worker before this one died after the crawl
            self._ingest()
        elif self.may_crawl(Site.from_dict(self._site.declaration), now):
            self.start("crawl", self.name, "--run", self.job.run_id, "--no-ingest", "--json")

    def follow(self, code: int, output: str, words: str, now: datetime) -> None:
        if self._is_crawled:
            self._ingest_ended(output, words, now)
        else:
            self._crawl_ended(code, words, now)

    def wait(self, now: datetime) -> None:
        if self._next_ingest is not None and now >= self._next_ingest:
            self._ingest()

    def _crawl_ended(self, code: int, words: str, now: datetime) -> None:
        outcome = self._outcome()
        if outcome in ("done", "failed") or self.is_stopped:
            self._ingest()
            return
        log.warning(
            "Crawl ended before its end",
            extra={"run_id": self.job.run_id, "code": code, "outcome": outcome, "error": words},
        )
        self.hand_back(
            now,
            not_before=now + _RETRY_AFTER,
            counts=outcome != "stopped",
            error=f"抓取没有完成，已试过 {self.job.attempts} 次，请查看日志后重新发起",
        )

    def _ingest(self) -> None:
        self._is_crawled = True
        self._ingests += 1
        self._next_ingest = None
        self.start("ingest", "--json")

    def _ingest_ended(self, output: str, words: str, now: datetime) -> None:
        is_whole = output.startswith("{")
        if not is_whole:
            log.warning("Ingest broke off", extra={"run_id": self.job.run_id, "error": words})
        if is_whole and read_files(self.job.run_id, self._data) is not None:
            self._finish(now)
        elif self._ingests < _MAX_INGESTS:
            self._next_ingest = now + _INGEST_PAUSE
        else:
            self.fail("抓取已结束，存证却没有读完，请查看日志后重新发起", now)

    def _finish(self, now: datetime) -> None:
        try:
            ledger = read_ledger(self._folder)
        except RunError:  # stopped before it had begun
            self.finish(Job.State.STOPPED, now, error=STOPPED)
            return
        totals = ledger.totals()
        result: dict[str, Any] = {"outcome": ledger.outcome, **totals}
        given = SiteYield.objects.filter(run_id=self.job.run_id, site_id=self.name).first()
        if given is not None:
            result |= {"ads": given.ads, "flagged": given.flagged}
        if ledger.outcome == "failed":
            error = "抓取中途失败，原因见运行记录中的提示"
            self.finish(Job.State.FAILED, now, error=error, result=result)
        elif ledger.outcome != "done":
            self.finish(Job.State.STOPPED, now, error=STOPPED, result=result)
        elif not totals["fetched"] and not totals["unchanged"]:
            error = f"没有取得任何页面（{_reasons(ledger)}）"
            self.finish(Job.State.FAILED, now, error=error, result=result)
        else:
            self.finish(Job.State.DONE, now, result=result)

    def _outcome(self) -> RunOutcome | None:
        """Return what the run's files say; None when there are none."""
        try:
            return read_header(self._folder).outcome
        except RunError:
            return None


def _reasons(ledger: Ledger) -> str:
    found = ledger.by_reason()
    counted = {**found["skipped"], **found["failed"]}
    return "，".join(f"{in_chinese(reason)} {count}" for reason, count in counted.items())
