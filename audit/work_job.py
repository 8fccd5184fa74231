"""One job in a worker's hands: crawl, then ingest, then its end; or a trial."""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from audit import config, jobs
from audit.crawl_reasons import in_chinese
from audit.models import Job, SiteYield
from audit.work_child import Child
from audit.work_progress import RunProgress
from audit.yields import read_files
from crawler.errors import CrawlerError, RunError
from crawler.ledger import Ledger, RunOutcome, read_header, read_ledger
from crawler.run import runs_folder
from crawler.site import Site, site_for_url

log = logging.getLogger(__name__)

MAX_TRIAL = timedelta(minutes=5)
# Evidence that another process reads just now is looked at again after a while.
_INGEST_PAUSE = timedelta(seconds=5)
_MAX_INGESTS = 40
_RETRY_AFTER = timedelta(seconds=20)

_NO_CONTACT = "没有设置抓取者的联系方式，不得抓取公开网站，请管理员设置后重新发起"
_STOPPED = "已按要求停止"

Phase = Literal["new", "crawl", "ingest", "trial", "over"]


class JobRun:
    """Takes one leased job through its phases; `step` it until `phase` is `over`."""

    def __init__(self, job: Job, worker: str, *, now: datetime) -> None:
        self.job = job
        self.phase: Phase = "new"
        self.state = ""
        self._worker = worker
        self._data = config.data_folder()
        self._child: Child | None = None
        self._progress = RunProgress(self._run_folder)
        self._ingests = 0
        self._next_ingest = now
        self._deadline = now + MAX_TRIAL
        self._is_stopped = False

    @property
    def name(self) -> str:
        """Say what the job is about: a site, or the address of a trial."""
        return self.job.site.site_id if self.job.site is not None else self.job.url

    def step(self, now: datetime) -> None:
        """Keep the lease, hear of a stop, and go on when the phase's process has ended."""
        try:
            self._step(now)
        except CrawlerError as error:  # a declaration or a run's file that cannot be read
            log.error("Job failed", extra={"job": self.job.pk, "error": str(error)})
            self._fail(f"站点声明或运行文件无法读取，请核对后重新发起（{error}）", now)

    def _step(self, now: datetime) -> None:
        beat = jobs.heartbeat(self.job, self._worker, now, progress=self._counts())
        if beat == "lost":
            log.warning("Job lost to another worker", extra={"job": self.job.pk})
            self._over("lost")
            return
        if beat == "stop" and self.phase != "ingest":
            self._is_stopped = True
            self.stop()
        if self.phase == "new":
            self._begin(now)
        if self.phase == "trial" and now > self._deadline:
            self.stop()
        code = self._child.poll() if self._child is not None else None
        if code is not None:
            self._ended(code, now)
        elif self._child is None and self.phase == "ingest" and now >= self._next_ingest:
            self._ingest()

    def stop(self) -> None:
        """Ask the phase's process to end."""
        if self._child is not None:
            self._child.stop()

    def hand_back(self, now: datetime) -> None:
        """Let another worker have the job; this one is going."""
        jobs.hand_back(self.job, self._worker, now=now, counts=False, not_before=now)
        self._over("waiting")

    def has_process(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def _run_folder(self) -> Path:
        return runs_folder(self._data) / (self.job.run_id or "none")

    def _begin(self, now: datetime) -> None:
        if self._is_stopped:
            self._finish(Job.State.STOPPED, now, error=_STOPPED)
        elif self.job.site is None:
            self._begin_trial(now)
        elif self._outcome() == "done":  # the worker before this one died after the crawl
            self.phase = "ingest"
        elif not config.get("contact") and not _is_own(self.job.site.declaration):
            self._fail(_NO_CONTACT, now)
        else:
            self.phase = "crawl"
            site_id, run_id = self.job.site.site_id, self.job.run_id
            self._child = Child("crawl", site_id, "--run", run_id, "--no-ingest", "--json")

    def _begin_trial(self, now: datetime) -> None:
        """Begin a trial; unlike an operator at a shell, the desk gives no permission by typing."""
        if not config.get("contact") and not site_for_url([self.job.url]).is_loopback():
            self._fail(_NO_CONTACT, now)
            return
        self.phase = "trial"
        self._child = Child("site", "try", self.job.url, "--listed-only", "--json")

    def _ended(self, code: int, now: datetime) -> None:
        match self.phase:
            case "trial":
                self._trial_ended(code, now)
            case "crawl":
                self._crawl_ended(code, now)
            case "ingest":
                self._ingest_ended(code, now)

    def _crawl_ended(self, code: int, now: datetime) -> None:
        words = self._close_child()
        outcome = self._outcome()
        if outcome in ("done", "failed") or self._is_stopped:
            self.phase = "ingest"
            return
        log.warning(
            "Crawl ended before its end",
            extra={"run_id": self.job.run_id, "code": code, "outcome": outcome, "error": words},
        )
        jobs.hand_back(
            self.job,
            self._worker,
            now=now,
            counts=outcome != "stopped",
            not_before=now + _RETRY_AFTER,
            error=f"抓取没有完成，已试过 {self.job.attempts} 次，请查看日志（{words or code}）",
        )
        self._over("waiting")

    def _ingest(self) -> None:
        self._ingests += 1
        self._child = Child("ingest", "--json")

    def _ingest_ended(self, code: int, now: datetime) -> None:
        is_whole = self._child is not None and self._child.output().startswith("{")
        words = self._close_child()
        if not is_whole:
            log.warning("Ingest broke off", extra={"run_id": self.job.run_id, "error": words})
        if is_whole and read_files(self.job.run_id, self._data) is not None:
            self._finish_crawl(now)
        elif self._ingests < _MAX_INGESTS:
            self._next_ingest = now + _INGEST_PAUSE
        else:
            self._fail(f"抓取已结束，存证却没有读完，请查看日志（{words or code}）", now)

    def _finish_crawl(self, now: datetime) -> None:
        try:
            ledger = read_ledger(self._run_folder)
        except RunError:  # stopped before it had begun
            self._finish(Job.State.STOPPED, now, error=_STOPPED)
            return
        totals = ledger.totals()
        result: dict[str, Any] = {"outcome": ledger.outcome, **totals}
        given = SiteYield.objects.filter(run_id=self.job.run_id).first()
        if given is not None:
            result |= {"ads": given.ads, "flagged": given.flagged}
        if self._is_stopped:
            self._finish(Job.State.STOPPED, now, error=_STOPPED, result=result)
        elif ledger.outcome == "failed":
            why = ledger.warnings[-1] if ledger.warnings else ""
            self._finish(Job.State.FAILED, now, error=f"抓取中途失败（{why}）", result=result)
        elif not totals["fetched"] and not totals["unchanged"]:
            error = f"没有取得任何页面（{_reasons(ledger)}）"
            self._finish(Job.State.FAILED, now, error=error, result=result)
        else:
            self._finish(Job.State.DONE, now, result=result)

    def _trial_ended(self, code: int, now: datetime) -> None:
        output = self._child.output() if self._child is not None else ""
        words = self._close_child()
        if self._is_stopped:
            self._finish(Job.State.STOPPED, now, error=_STOPPED)
        elif code == 0:
            self._finish(Job.State.DONE, now, result=json.loads(output))
        else:
            log.warning("Trial failed", extra={"job": self.job.pk, "code": code, "error": words})
            self._fail(f"试抓没有完成，请核对地址后重试（{words or code}）", now)

    def _fail(self, error: str, now: datetime) -> None:
        self._finish(Job.State.FAILED, now, error=error)

    def _finish(
        self, state: Job.State, now: datetime, *, error: str = "", result: Any = None
    ) -> None:
        jobs.finish(self.job, self._worker, state, now=now, error=error, result=result)
        self._over(state)

    def _over(self, state: str) -> None:
        if self.has_process() and self._child is not None:
            self._child.kill()
        self._close_child()
        self.phase, self.state = "over", str(state)

    def _close_child(self) -> str:
        """Let go of a process that has ended; return its last words."""
        if self._child is None:
            return ""
        words = self._child.last_words()
        self._child.close()
        self._child = None
        return words

    def _counts(self) -> dict[str, int]:
        return {} if self.job.site is None else self._progress.read()

    def _outcome(self) -> RunOutcome | None:
        """Return what the run's files say; None when there are none."""
        try:
            return read_header(self._run_folder).outcome
        except RunError:
            return None


def _is_own(declaration: dict[str, Any]) -> bool:
    return Site.from_dict(declaration).is_loopback()


def _reasons(ledger: Ledger) -> str:
    found = ledger.by_reason()
    counted = {**found["skipped"], **found["failed"]}
    return "，".join(f"{in_chinese(reason)} {count}" for reason, count in counted.items())
