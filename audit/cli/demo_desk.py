"""Keeps the demo's audit desk and worker up, and gives the town's sites their schedules."""

import os
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from datetime import UTC, datetime
from pathlib import Path

import click

from audit.demo_folder import note_not_serving, note_serving
from audit.supervise import Supervised, stop_on_signals, supervise

_READY_SECONDS = 60
# Some sites are crawled again while one looks; the others at night, and one of them not at all.
_OFTEN = {"classifieds": "*/10 * * * *", "weixin": "*/30 * * * *"}
_NIGHTLY = "30 2 * * *"
_UNSCHEDULED = frozenset({"forum"})


def keep_open(folder: Path, *, port: int, permitted: frozenset[tuple[str, int]]) -> None:
    """Serve the desk and run a worker until a signal says stop.

    Raises:
        SuperviseError: desk or worker do not stay up.
    """
    _schedule_sites()
    address = f"http://127.0.0.1:{port}/"
    environ = {
        **os.environ,
        "JIANWEI_PERMITTED_ADDRESSES": ",".join(f"{host}:{at}" for host, at in sorted(permitted)),
    }
    jianwei = [sys.executable, "-m", "audit.cli.main"]
    processes = [
        Supervised(name="serve", command=[*jianwei, "serve", "--port", str(port)], environ=environ),
        Supervised(name="work", command=[*jianwei, "work"], environ=environ),
    ]
    stop = threading.Event()
    stop_on_signals(stop)
    note_serving(folder, address)
    try:
        supervise(processes, stop=stop, on_started=lambda: _tell_when_ready(address, stop))
    finally:
        note_not_serving(folder)
    click.echo("jianwei demo: stopped; 'jianwei demo' continues it.", err=True)


def _schedule_sites() -> None:
    from audit.models import SiteRow
    from audit.schedule import set_schedule

    now = datetime.now(UTC)
    for row in SiteRow.objects.filter(schedule=None).exclude(site_id__in=_UNSCHEDULED):
        set_schedule(row, cron=_OFTEN.get(row.site_id, _NIGHTLY), by="demo", now=now)


def _tell_when_ready(address: str, stop: threading.Event) -> None:
    """Wait until the desk answers, say where it is, and show it where there is a screen."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and not stop.wait(0.2):
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own loopback desk
                break
        except (urllib.error.URLError, OSError):
            continue
    if stop.is_set():
        return
    click.echo(f"审核台已打开：{address}（Ctrl-C 停止）")
    if sys.stdout.isatty() and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(address)
