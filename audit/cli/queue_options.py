"""What the queue's commands have in common: who acts, on which case, how it is told."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from audit.cli.case_text import beijing, minutes_left
from audit.cli.progress import ProgressLine
from audit.cli.setup import open_database
from audit.errors import AuditError

as_user = click.option("--user", "user_name", required=True, help="Who acts.")
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
one_case = click.argument("case_id", metavar="CASE", type=int)
some_cases = click.argument("case_ids", metavar="CASE...", type=int, nargs=-1, required=True)


def open_as(user_name: str) -> Any:
    """Open the database and return the user of that name."""
    open_database()
    from audit.accounts import find_user
    from audit.database import read

    return read(lambda: find_user(user_name))


def print_json(values: Any) -> None:
    click.echo(json.dumps(values, ensure_ascii=False))


def say(case: Any, *, as_json: bool) -> None:
    """Bring the index up to date with an act, and print where its case is now."""
    _print_state(case, as_json=as_json)
    _drain(quiet=as_json)


def say_each(case_ids: tuple[int, ...], act: Callable[[int], Any], *, as_json: bool) -> None:
    """Do it for every case; say what was refused, and exit 1 then."""
    refused = 0
    for case_id in case_ids:
        try:
            _print_state(act(case_id), as_json=as_json)
        except AuditError as error:
            refused += 1
            click.echo(f"jianwei: {error}", err=True)
    if refused < len(case_ids):
        _drain(quiet=as_json)
    if refused:
        sys.exit(1)


def _drain(*, quiet: bool) -> None:
    from audit.drain import drain

    with ProgressLine(quiet=quiet or not sys.stderr.isatty()) as progress:
        report = drain(on_progress=lambda done, total: progress("写入索引", done, total))
    if report.problem:
        click.echo(
            f"jianwei: saved, but the index is behind by {report.waiting}: {report.problem}",
            err=True,
        )


def _print_state(case: Any, *, as_json: bool) -> None:
    from audit.queue_rows import state_values

    now = datetime.now(UTC)
    values = state_values(case, now=now)
    if as_json:
        print_json(values)
        return
    line = f"案件 {values['case']}：{values['state_zh']}"
    if values["conclusion_zh"]:
        line += f"，结论：{values['conclusion_zh']}"
    if values["claimed_by"]:
        left = minutes_left(values["lease_until"], now)
        until = beijing(values["lease_until"])
        line += f"，由 {values['claimed_by']} 领取，{until} 到期（{left} 分钟）"
    if values["assigned_to"]:
        line += f"，已指派给 {values['assigned_to']}"
    if values["due_at"]:
        line += f"，补证期限 {beijing(values['due_at'])}"
    click.echo(line)
