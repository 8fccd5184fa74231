"""A trial job: `jianwei site try` for an address that somebody typed at the desk."""

import json
import logging
from datetime import datetime, timedelta

from audit.models import Job
from audit.work_job import STOPPED, JobRun
from crawler.site import site_for_url

log = logging.getLogger(__name__)

_LONGEST = timedelta(minutes=5)


class TrialRun(JobRun):
    """Takes one trial from its lease to its result."""

    _until: datetime | None = None

    @property
    def name(self) -> str:
        return self.job.url

    def begin(self, now: datetime) -> None:
        """Unlike an operator at a shell, the desk gives no permission by typing an address."""
        if self.may_crawl(site_for_url([self.job.url]), now):
            self._until = now + _LONGEST
            self.start("site", "try", self.job.url, "--listed-only", "--json")

    def wait(self, now: datetime) -> None:
        if self._until is not None and now > self._until:
            self.stop()

    def follow(self, code: int, output: str, words: str, now: datetime) -> None:
        if self.is_stopped:
            self.finish(Job.State.STOPPED, now, error=STOPPED)
        elif code == 0:
            self.finish(Job.State.DONE, now, result=json.loads(output))
        else:
            log.warning("Trial failed", extra={"job": self.job.pk, "code": code, "error": words})
            self.fail("试抓没有完成，请核对地址后重试，原因见日志", now)
