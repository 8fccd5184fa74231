"""`jianwei queue`: the audit queue from the shell, under the same policy as the desk."""

from datetime import UTC, datetime
from typing import Any

import click

from audit.cli import queue_acts
from audit.cli.case_text import beijing, case_lines, minutes_left
from audit.cli.later import not_built_yet
from audit.cli.queue_help import help_of
from audit.cli.queue_options import as_json_option, as_user, one_case, open_as, print_json
from audit.cli.queue_table import print_rows

_TABS = ("mine", "unclaimed", "proposed", "returned", "due")


@click.group(name="queue")
def queue_command() -> None:
    """Work on the audit queue: list, show, claim, decide, confirm."""


@queue_command.command(name="list")
@as_user
@click.option("--mine", is_flag=True, help="Only what you hold or what is reserved for you.")
@click.option("--unclaimed", is_flag=True, help="Only what is yours for the taking.")
@click.option("--proposed", is_flag=True, help="Only what waits for a second person.")
@click.option("--returned", is_flag=True, help="Only what was sent back.")
@click.option("--due", is_flag=True, help="Only what waited for evidence until now.")
@click.option("--state", default="", help="One state; without it all but confirmed and closed.")
@click.option("--region", default="", help="A code with everything under it; none: no region.")
@click.option("--label", default="", help="A label that the machine gives.")
@click.option("--disguise", default="", help="A disguise that the machine gives.")
@click.option("--host", default="", help="A host, with its subdomains.")
@click.option("--institution", default="", help="Part of a publisher's name or host.")
@click.option("--title", default="", help="Part of the title.")
@click.option("--min-age", "min_age_days", type=float, default=0, help="Opened so many days ago.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@as_json_option
def list_command(user_name: str, *, as_json: bool, **filters: Any) -> None:
    """List the cases that you may see, the most urgent first."""
    user = open_as(user_name)
    from audit.database import read
    from audit.queue_filters import QueueFilters
    from audit.queue_listing import listing, may_list
    from audit.queue_rows import row_values

    may_list(user)
    now, limit = datetime.now(UTC), filters.pop("limit")
    tabs = tuple(tab for tab in _TABS if filters.pop(tab))
    wanted = QueueFilters(tabs=tabs, **filters)
    found = read(lambda: listing(user, wanted, limit=limit, now=now))
    rows = [row_values(case, now=now) for case in found.cases]
    if as_json:
        print_json({"total": found.total, "cases": rows})
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
@one_case
@as_user
@click.option("--open-personal", is_flag=True, help="Show contacts and names; needs --purpose.")
@click.option("--purpose", default="", help="What the personal data is needed for; is logged.")
@click.option("--full", is_flag=True, help="Show a long text whole.")
@as_json_option
def show_command(
    case_id: int, *, user_name: str, open_personal: bool, purpose: str, full: bool, as_json: bool
) -> None:
    if purpose and not open_personal:
        raise click.UsageError("--purpose goes with --open-personal.")
    if open_personal and not purpose.strip():
        raise click.UsageError("--open-personal needs --purpose: what the data is needed for.")
    user = open_as(user_name)
    from audit.case_view import case_view
    from audit.database import read

    now = datetime.now(UTC)
    why = purpose if open_personal else None
    view = read(lambda: case_view(user, case_id, personal_purpose=why, now=now))
    if as_json:
        print_json(view)
    else:
        click.echo("\n".join(case_lines(view, now=now, full=full)))


for _command in queue_acts.COMMANDS:
    queue_command.add_command(_command)
for _name, _what in (
    ("refer", "Send a confirmed case to an authority."),
    ("recheck", "Look again whether a confirmed case's ads are gone."),
    ("close", "Close a case."),
):
    queue_command.add_command(not_built_yet(f"queue {_name}", _what), name=_name)
