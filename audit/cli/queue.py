"""`jianwei queue`: the audit queue from the shell, under the same policy as the desk."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from audit.cli.case_text import beijing, case_lines, minutes_left
from audit.cli.later import not_built_yet
from audit.cli.queue_help import help_of
from audit.cli.queue_table import print_rows
from audit.cli.setup import open_database
from audit.errors import AuditError

_as_user = click.option("--user", "user_name", required=True, help="Who acts.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_case = click.argument("case_id", metavar="CASE", type=int)


def _open(user_name: str) -> Any:
    open_database()
    from audit.accounts import find_user
    from audit.database import read

    return read(lambda: find_user(user_name))


def _print_json(values: Any) -> None:
    click.echo(json.dumps(values, ensure_ascii=False))


@click.group(name="queue")
def queue_command() -> None:
    """Work on the audit queue: list, show, claim, decide, confirm."""


@queue_command.command(name="list")
@_as_user
@click.option("--mine", is_flag=True, help="Only what you hold or what is reserved for you.")
@click.option("--unclaimed", is_flag=True, help="Only what you could claim.")
@click.option("--proposed", is_flag=True, help="Only what waits for a second person.")
@click.option("--returned", is_flag=True, help="Only what was sent back.")
@click.option("--due", is_flag=True, help="Only what waited for evidence until now.")
@click.option("--state", help="One state; without it all but confirmed and closed.")
@click.option("--region", help="A region code, with everything under it.")
@click.option("--label", help="An offering, subject or violation that the machine gives.")
@click.option("--disguise", help="A disguise that the machine gives.")
@click.option("--host", help="A host, with its subdomains.")
@click.option("--min-age", "min_age_days", type=float, metavar="DAYS", help="Opened so long ago.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@_as_json
def list_command(user_name: str, *, as_json: bool, **filters: Any) -> None:
    """List the cases that you may see, the most urgent first."""
    user = _open(user_name)
    from audit.database import read
    from audit.queue_listing import listing, may_list
    from audit.queue_rows import row_values

    may_list(user)
    now = datetime.now(UTC)
    found = read(lambda: listing(user, now=now, **filters))
    rows = [row_values(case, now=now) for case in found.cases]
    if as_json:
        _print_json({"total": found.total, "cases": rows})
        return
    if not rows:
        click.echo("没有符合条件的案件。队列由巡查发现的涉嫌广告生成；也可以放宽筛选条件。")
        return
    print_rows([_list_row(row, now) for row in rows])
    click.echo(f"共 {found.total} 件，列出 {len(rows)} 件。")


def _list_row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    state = row["state_zh"]
    if row["claimed_by"]:
        state = f"{row['claimed_by']} {minutes_left(row['lease_until'], now)}分"
    elif row["assigned_to"]:
        state = f"指派 {row['assigned_to']}"
    elif row["due_at"]:
        state = f"补证至{beijing(row['due_at'])[5:10]}"
    return {
        "case": row["case"],
        "priority": f"{row['priority']:.1f}",
        "risk": f"{row['risk']:.2f}",
        "state": state,
        "region": row["region"] or "未定",
        "placements": row["placements"],
        "labels": "、".join(row["labels_zh"]),
        "title": f"（{row['note_zh']}）{row['title']}" if row["note_zh"] else row["title"],
    }


@queue_command.command(name="show", help=help_of("show"))
@_case
@_as_user
@click.option("--open-personal", is_flag=True, help="Show contacts and names; needs --purpose.")
@click.option("--purpose", default="", help="What the personal data is needed for; is logged.")
@click.option("--full", is_flag=True, help="Show a long text whole.")
@_as_json
def show_command(
    case_id: int, *, user_name: str, open_personal: bool, purpose: str, full: bool, as_json: bool
) -> None:
    if purpose and not open_personal:
        raise click.UsageError("--purpose goes with --open-personal.")
    if open_personal and not purpose.strip():
        raise click.UsageError("--open-personal needs --purpose: what the data is needed for.")
    user = _open(user_name)
    from audit.case_view import case_view
    from audit.database import read

    now = datetime.now(UTC)
    why = purpose if open_personal else None
    view = read(lambda: case_view(user, case_id, personal_purpose=why, now=now))
    if as_json:
        _print_json(view)
    else:
        click.echo("\n".join(case_lines(view, now=now, full=full)))


def _say(case: Any, *, as_json: bool) -> None:
    """Print where a case is now."""
    from audit.queue_rows import state_values

    now = datetime.now(UTC)
    values = state_values(case, now=now)
    if as_json:
        _print_json(values)
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


def _for_each(case_ids: tuple[int, ...], act: Callable[[int], Any], *, as_json: bool) -> None:
    """Do it for every case; say what was refused, and exit 1 then."""
    refused = 0
    for case_id in case_ids:
        try:
            _say(act(case_id), as_json=as_json)
        except AuditError as error:
            refused += 1
            click.echo(f"jianwei: {error}", err=True)
    if refused:
        sys.exit(1)


@queue_command.command(name="claim", help=help_of("claim"))
@click.argument("case_ids", metavar="CASE...", type=int, nargs=-1, required=True)
@_as_user
@_as_json
def claim_command(case_ids: tuple[int, ...], *, user_name: str, as_json: bool) -> None:
    user = _open(user_name)
    from audit.queue import claim

    _for_each(case_ids, lambda pk: claim(user, pk, now=datetime.now(UTC)), as_json=as_json)


@queue_command.command(name="release", help=help_of("release"))
@click.argument("case_ids", metavar="CASE...", type=int, nargs=-1, required=True)
@_as_user
@_as_json
def release_command(case_ids: tuple[int, ...], *, user_name: str, as_json: bool) -> None:
    user = _open(user_name)
    from audit.queue import release

    _for_each(case_ids, lambda pk: release(user, pk, now=datetime.now(UTC)), as_json=as_json)


@queue_command.command(name="decide", help=help_of("decide"))
@_case
@_as_user
@click.option(
    "--conclusion",
    required=True,
    help="violation, no_violation, out_of_scope, unclear or needs_evidence.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    help="The right labels when the machine's are wrong; give all of them. `none`: no label.",
)
@click.option("--clause", "clauses", multiple=True, help="A clause of the legal basis, by its id.")
@click.option("--reason", required=True, help="Why, in one sentence.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Until when evidence is awaited.")
@_as_json
def decide_command(
    case_id: int,
    *,
    user_name: str,
    conclusion: str,
    labels: tuple[str, ...],
    clauses: tuple[str, ...],
    reason: str,
    due: datetime | None,
    as_json: bool,
) -> None:
    user = _open(user_name)
    from audit.queue import decide
    from audit.queue_conclusions import by_axis
    from audit.queue_rows import end_of_day

    chosen = by_axis(name for name in labels if name != "none") if labels else None
    decision = decide(
        user,
        case_id,
        conclusion=conclusion,
        labels=chosen,
        clauses=clauses,
        reason=reason,
        due_at=end_of_day(due.date()) if due else None,
        now=datetime.now(UTC),
    )
    _say(_fresh(decision), as_json=as_json)


def _fresh(decision: Any) -> Any:
    decision.case.refresh_from_db()
    return decision.case


@queue_command.command(name="confirm", help=help_of("confirm"))
@_case
@_as_user
@click.option("--reason", default="", help="A remark.")
@_as_json
def confirm_command(case_id: int, *, user_name: str, reason: str, as_json: bool) -> None:
    user = _open(user_name)
    from audit.queue import confirm

    _say(_fresh(confirm(user, case_id, reason=reason, now=datetime.now(UTC))), as_json=as_json)


@queue_command.command(name="return", help=help_of("return"))
@_case
@_as_user
@click.option("--reason", required=True, help="What is missing or wrong.")
@_as_json
def return_command(case_id: int, *, user_name: str, reason: str, as_json: bool) -> None:
    user = _open(user_name)
    from audit.queue import return_

    _say(_fresh(return_(user, case_id, reason=reason, now=datetime.now(UTC))), as_json=as_json)


@queue_command.command(name="assign", help=help_of("assign"))
@_case
@_as_user
@click.option("--to", "to_name", required=True, help="Who is to work on it.")
@click.option("--region", help="The region of a case that has none yet.")
@_as_json
def assign_command(
    case_id: int, *, user_name: str, to_name: str, region: str | None, as_json: bool
) -> None:
    user = _open(user_name)
    from audit.accounts import find_user
    from audit.queue import assign

    to = find_user(to_name)
    _say(assign(user, case_id, to=to, region=region, now=datetime.now(UTC)), as_json=as_json)


for _name, _what in (
    ("refer", "Send a confirmed case to an authority."),
    ("recheck", "Look again whether a confirmed case's ads are gone."),
    ("close", "Close a case."),
):
    queue_command.add_command(not_built_yet(f"queue {_name}", _what), name=_name)
