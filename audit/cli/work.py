"""`jianwei work`: schedules and workers."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from audit.cli.setup import open_database

if TYPE_CHECKING:
    from audit.work import WorkReport
    from audit.work_job import JobRun

_STATES = {
    "": "开始",
    "done": "完成",
    "failed": "失败",
    "stopped": "已停止",
    "waiting": "退回等待",
    "lost": "已由别的工作进程接手",
}


@click.command(name="work")
@click.option(
    "--workers",
    "slots",
    default=2,
    show_default=True,
    type=click.IntRange(1, 32),
    help="Jobs done side by side by this process.",
)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--poll",
    "poll_seconds",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.05, 60),
    help="Seconds between two looks at what there is to do.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each job.")
def work_command(*, slots: int, once: bool, poll_seconds: float, as_json: bool) -> None:
    """Run schedules and workers.

    Notes what is due, crawls and ingests it, does what people ask for at the desk, and keeps the
    search index up to date. Any number of these processes may run, on PostgreSQL on any number of
    machines. SIGTERM or Ctrl-C stops cleanly: begun jobs wait for the next worker and go on where
    they were.
    """
    open_database(create=True)
    from audit.work import Work

    work = Work(slots=slots, on_job=_json_line if as_json else _line)
    report = work.run(once=once, poll_seconds=poll_seconds)
    if as_json:
        click.echo(json.dumps(_summary(report)))
    else:
        click.echo(_summary_line(report))


def _line(run: "JobRun") -> None:
    when = f"{datetime.now(UTC).astimezone():%H:%M:%S}"
    click.echo(f"{when} {run.job.get_kind_display()} {run.name} {_STATES[run.state]}")


def _json_line(run: "JobRun") -> None:
    found = {
        "job": run.job.pk,
        "kind": run.job.kind,
        "name": run.name,
        "run_id": run.job.run_id,
        "state": run.state or "running",
    }
    click.echo(json.dumps(found, ensure_ascii=False))


def _summary(report: "WorkReport") -> dict[str, object]:
    noted = report.noted
    return {
        "due": {"queued": noted.queued, "skipped": noted.skipped, "missed": noted.missed},
        "jobs": dict(report.ended),
        "indexed": report.indexed,
    }


def _summary_line(report: "WorkReport") -> str:
    noted = report.noted
    ended = "，".join(f"{_STATES[state]} {count}" for state, count in report.ended.items())
    return (
        f"到期 {noted.queued} 次排入，{noted.skipped} 次跳过，{noted.missed} 次错过；"
        f"任务：{ended or '无'}；写入索引 {report.indexed} 条"
    )
