"""The acts of `jianwei queue`: each calls one function of the store and tells where the case is."""

from datetime import UTC, datetime
from typing import Any

import click

from audit.cli.queue_help import help_of
from audit.cli.queue_options import (
    as_json_option,
    as_user,
    one_case,
    open_as,
    say,
    say_each,
    some_cases,
)


@click.command(name="claim", help=help_of("claim"))
@some_cases
@as_user
@as_json_option
def claim_command(case_ids: tuple[int, ...], *, user_name: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.queue import claim

    say_each(case_ids, lambda pk: claim(user, pk, now=datetime.now(UTC)), as_json=as_json)


@click.command(name="release", help=help_of("release"))
@some_cases
@as_user
@as_json_option
def release_command(case_ids: tuple[int, ...], *, user_name: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.queue import release

    say_each(case_ids, lambda pk: release(user, pk, now=datetime.now(UTC)), as_json=as_json)


@click.command(name="decide", help=help_of("decide"))
@one_case
@as_user
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
@as_json_option
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
    user = open_as(user_name)
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
    say(_fresh(decision), as_json=as_json)


def _fresh(decision: Any) -> Any:
    decision.case.refresh_from_db()
    return decision.case


@click.command(name="confirm", help=help_of("confirm"))
@one_case
@as_user
@click.option("--reason", default="", help="A remark.")
@as_json_option
def confirm_command(case_id: int, *, user_name: str, reason: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.queue import confirm

    say(_fresh(confirm(user, case_id, reason=reason, now=datetime.now(UTC))), as_json=as_json)


@click.command(name="return", help=help_of("return"))
@one_case
@as_user
@click.option("--reason", required=True, help="What is missing or wrong.")
@as_json_option
def return_command(case_id: int, *, user_name: str, reason: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.queue import return_

    say(_fresh(return_(user, case_id, reason=reason, now=datetime.now(UTC))), as_json=as_json)


@click.command(name="assign", help=help_of("assign"))
@one_case
@as_user
@click.option("--to", "to_name", required=True, help="Who is to work on it.")
@click.option("--region", help="The region of a case that has none yet.")
@as_json_option
def assign_command(
    case_id: int, *, user_name: str, to_name: str, region: str | None, as_json: bool
) -> None:
    user = open_as(user_name)
    from audit.accounts import find_user
    from audit.queue import assign

    to = find_user(to_name)
    say(assign(user, case_id, to=to, region=region, now=datetime.now(UTC)), as_json=as_json)


@click.command(name="withdraw", help=help_of("withdraw"))
@one_case
@as_user
@as_json_option
def withdraw_command(case_id: int, *, user_name: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.queue import withdraw

    say(_fresh(withdraw(user, case_id, now=datetime.now(UTC))), as_json=as_json)


@click.command(name="tie", help=help_of("tie"))
@one_case
@as_user
@click.option("--reason", required=True, help="What the tie is.")
@as_json_option
def tie_command(case_id: int, *, user_name: str, reason: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.ties import declare_tie

    say(declare_tie(user, case_id, reason=reason, now=datetime.now(UTC)), as_json=as_json)


@click.command(name="pull-out", help=help_of("pull_out"))
@one_case
@click.argument("ad_id", metavar="AD")
@as_user
@as_json_option
def pull_out_command(case_id: int, *, ad_id: str, user_name: str, as_json: bool) -> None:
    user = open_as(user_name)
    from audit.pull_out import pull_out
    from audit.queue import find_case

    opened = pull_out(user, case_id, ad_id, now=datetime.now(UTC))
    say(opened or find_case(user, case_id), as_json=as_json)


COMMANDS = (
    claim_command,
    release_command,
    assign_command,
    decide_command,
    confirm_command,
    return_command,
    withdraw_command,
    pull_out_command,
    tie_command,
)
