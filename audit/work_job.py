"""One leased job in a worker's hands, whatever its kind."""

import logging
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from audit import config, jobs
from audit.models import Job
from audit.work_child import Child
from crawler.errors import CrawlerError
from crawler.site import Site

log = logging.getLogger(__name__)

STOPPED = "已按要求停止"
_NO_CONTACT = "没有设置抓取者的联系方式，不得抓取公开网站，请管理员设置后重新发起"
_UNREADABLE = "站点声明或运行文件无法读取，请查看日志，核对后重新发起"


class JobRun(ABC):
    """Keeps a job's lease and its one child process; `step` it until `state` says how it ended.

    A state is that of the job, or `lost` when it had passed to another worker.
    """

    def __init__(self, job: Job, worker: str) -> None:
        self.job = job
        self.state = ""
        self.is_stopped = False
        self._worker = worker
        self._child: Child | None = None
        self._has_begun = False
        self._ended: tuple[int, str, str] | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """Say what the job is about."""

    @abstractmethod
    def begin(self, now: datetime) -> None:
        """Start the first child, or finish."""

    @abstractmethod
    def follow(self, code: int, output: str, words: str, now: datetime) -> None:
        """Go on after the child ended with this code, output and last line on stderr."""

    @abstractmethod
    def wait(self, now: datetime) -> None:
        """Do what is to be done while the child runs, or none does."""

    def heed_stop(self) -> None:
        """Somebody wants the job to end: ask the child to."""
        self.stop()

    def progress(self) -> dict[str, int]:
        """Return counts for those who watch."""
        return {}

    def step(self, now: datetime) -> None:
        """Keep the lease, hear of a stop, and go on when the child has ended."""
        try:
            if self._keep(now):
                self._go_on(now)
        except CrawlerError as error:
            log.error("Job failed", extra={"job": self.job.pk, "error": str(error)})
            self.fail(_UNREADABLE, now)

    def _keep(self, now: datetime) -> bool:
        beat = jobs.heartbeat(self.job, self._worker, now, progress=self.progress())
        if beat == "lost":
            log.warning("Job lost to another worker", extra={"job": self.job.pk})
            self._end("lost")
            return False
        if beat == "stop" and not self.is_stopped:
            self.is_stopped = True
            self.heed_stop()
        return True

    def _go_on(self, now: datetime) -> None:
        # A database that is away raises; what was to be done then is done at the next step.
        if not self._has_begun:
            if self.is_stopped:
                self.finish(Job.State.STOPPED, now, error=STOPPED)
            else:
                self.begin(now)
            self._has_begun = True
            return
        code = self._child.poll() if self._child is not None else None
        if self._child is not None and code is not None:
            self._ended = (code, self._child.output(), self._child.last_words())
            self._drop_child()
        if self._ended is not None:
            self.follow(*self._ended, now)
            self._ended = None
        else:
            self.wait(now)

    def stop(self) -> None:
        """Ask the child to end."""
        if self._child is not None:
            self._child.stop()

    def has_process(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, *args: str) -> None:
        """Start the child, a `jianwei` command."""
        self._child = Child(*args)

    def may_crawl(self, site: Site, now: datetime) -> bool:
        """Fail the job where nobody can be reached about the crawl."""
        if config.get("contact") or site.is_loopback():
            return True
        self.fail(_NO_CONTACT, now)
        return False

    def finish(
        self,
        state: Job.State,
        now: datetime,
        *,
        error: str = "",
        result: dict[str, Any] | None = None,
    ) -> None:
        """End the job."""
        jobs.finish(self.job, self._worker, state, now=now, error=error, result=result)
        self._end(state)

    def fail(self, error: str, now: datetime) -> None:
        self.finish(Job.State.FAILED, now, error=error)

    def hand_back(
        self,
        now: datetime,
        *,
        not_before: datetime | None = None,
        counts: bool = False,
        error: str = "",
    ) -> None:
        """Let the job wait for a worker again (`audit.jobs.hand_back`)."""
        jobs.hand_back(
            self.job,
            self._worker,
            now=now,
            counts=counts,
            not_before=not_before or now,
            error=error,
        )
        self._end(Job.State.WAITING)

    def _end(self, state: str) -> None:
        if self._child is not None and self.has_process():
            self._child.kill()
        self._drop_child()
        self.state = str(state)

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None
