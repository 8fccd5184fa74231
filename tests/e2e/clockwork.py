"""Real `jianwei work` processes over small local sites, and the rows that they leave."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit.models import Job, SiteRow
from audit.site_changes import add_site
from crawler.site import Site
from tests.contract.store import Store
from tests.crawler.site_server import Answer, Exchange, SiteServer, links, page

_COMMAND = [sys.executable, "-m", "audit.cli.main"]
_PATIENCE_SECONDS = 120


class Clockwork:
    """One data folder with its database, and the commands run on it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.permitted: list[str] = []
        self._running: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        permitted = {"JIANWEI_PERMITTED_ADDRESSES": ",".join(self.permitted)}
        return {**os.environ, **self.store.environ, **permitted}

    def add_site(self, server: SiteServer, name: str = "small", **values: Any) -> SiteRow:
        """Add a site that begins at the server's root, and permit its address."""
        place = f"127.0.0.1:{server.port}"
        self.permitted.append(place)
        declaration = {
            "site_id": name,
            "title": name,
            "start_urls": [f"{server.url}/"],
            "allowed_domains": [place],
            "pace": {"delay_seconds": 0.0},
            **values,
        }
        add_site(Site.from_dict(declaration), by="guanli", now=datetime.now(UTC))
        return SiteRow.objects.get(site_id=name)

    def start(self, *args: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*_COMMAND, "work", "--poll", "0.1", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self._running.append(process)
        return process

    def once(self) -> str:
        """Do what is due now; return what was printed."""
        out, err = self.start("--once").communicate(timeout=240)
        assert "Traceback" not in err, err
        return out

    def kill(self, process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> int:
        process.send_signal(number)
        process.communicate(timeout=60)
        return process.returncode

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()


def wait_for(what: Callable[[], bool], *, seconds: float = _PATIENCE_SECONDS) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def backdate(site: SiteRow, **delta: float) -> None:
    """Let the site's schedule count from an earlier moment."""
    since = datetime.now(UTC) - timedelta(**delta)
    schedule = site.schedule
    schedule.since = schedule.checked_until = since
    schedule.save()


def slow(seconds: float, answer: bytes) -> Answer:
    """Answer after a while, or as soon as the server closes."""

    def reply(exchange: Exchange) -> None:
        exchange.stopping.wait(seconds)
        exchange.send(answer)

    return reply


def ring(pages: int, *, seconds: float = 0.0) -> dict[str, Answer]:
    """Return a start page that links to `pages` pages, each with words of its own."""
    routes: dict[str, Answer] = {"/": page(links(*(f"/{n}" for n in range(pages))))}
    for number in range(pages):
        body = page(f"<html><title>第{number}页</title><body><p>编号 {number} 的一页。</p></body>")
        routes[f"/{number}"] = slow(seconds, body) if seconds else body
    return routes


def only_job() -> Job:
    return Job.objects.get()


def fetched() -> int:
    """Return how many pages the one job has fetched so far."""
    job = Job.objects.first()
    return job.progress.get("fetched", 0) if job is not None else 0


def children_of(process: subprocess.Popen[str]) -> Sequence[int]:
    """Return the processes that a process started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in children.read_text(encoding="ascii").split()]
