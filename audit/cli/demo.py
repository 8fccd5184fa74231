"""`jianwei demo`: the bundled sample town, crawled over real HTTP, judged, indexed, at the desk."""

import json
import os
import time
from pathlib import Path
from typing import Any

import click

from audit import config
from audit.cli.listening import refuse_taken_port
from audit.cli.progress import ProgressLine
from audit.demo_folder import mark, prepare, served_at
from audit.errors import AuditError

DESK_PORT = 8800
TOWN_PORT_OFFSET = 10
TOWN_REGION = "159900"


@click.command(name="demo")
@click.option("--no-serve", is_flag=True, help="Stop after the summary; open no audit desk.")
@click.option(
    "--port",
    default=DESK_PORT,
    show_default=True,
    type=click.IntRange(1024, 65000),
    help="Port of the audit desk; the town's sites start ten above it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def demo_command(*, no_serve: bool, port: int, as_json: bool) -> None:
    """Crawl the bundled sample town, show what was found, and open the audit desk on it.

    All state lies in the folder `demo` of the data folder. A complete demo of the same version is
    continued (crawled once more); any other is wiped and started clean. The desk, its worker and
    the town stay up until Ctrl-C.
    """
    started = time.monotonic()
    folder = config.data_folder() / "demo"
    if address := served_at(folder):
        _tell_it_runs(address, no_serve=no_serve)
        return
    if not no_serve:
        refuse_taken_port("127.0.0.1", port)
    runs = prepare(folder)
    if not as_json:
        again = f"continuing the demo in {folder} (crawl number {runs + 1})"
        clean = f"starting clean in {folder}"
        click.echo(f"jianwei demo: {again if runs else clean}", err=True)
    os.environ["JIANWEI_DATA"] = str(folder)
    os.environ.setdefault("JIANWEI_CONTACT", "demo@example.org")
    config.forget()

    from crawler.town.server import Town

    with Town.serve(port + TOWN_PORT_OFFSET, shift=runs) as town:
        summary = _crawl_and_judge(town, folder, quiet=as_json)
        mark(folder, runs=runs + 1, complete=True)
        summary["seconds"] = round(time.monotonic() - started, 1)
        _print(summary, folder, as_json=as_json)
        if not no_serve:
            from audit.cli.demo_desk import keep_open

            keep_open(folder, port=port, permitted=town.permitted)


def _tell_it_runs(address: str, *, no_serve: bool) -> None:
    if no_serve:
        raise AuditError(
            f"the demo is being served at {address}. Stop that one (Ctrl-C) first, "
            "or set another JIANWEI_DATA."
        )
    click.echo(f"jianwei demo: already running, the audit desk is at {address}")


def _crawl_and_judge(town: Any, folder: Path, *, quiet: bool) -> dict[str, object]:
    from ulid import ULID

    from audit.cli.setup import open_database

    open_database(create=True)
    from audit.events import head
    from audit.ingest import ingest
    from audit.summary import summarise
    from crawler.process import crawl

    with ProgressLine(quiet=quiet) as progress:
        ledger = crawl(
            town.sites,
            data_folder=folder,
            run_id=str(ULID()),
            operator="jianwei demo",
            contact="demo@example.org",
            event_head=head(),
            permitted=town.permitted,
            on_progress=lambda p: progress("crawling", p.fetched, p.found),
        )
        report = ingest(on_progress=progress)
    return {
        "ledger": ledger.totals(),
        "ingest": report.to_dict(),
        "users": _sample_users(),
        **summarise(),
    }


def _sample_users() -> list[dict[str, str]]:
    """Give one user per role a fresh random password; return names and passwords."""
    from audit.accounts import create_user, reset_password
    from audit.models import Role, User

    names = {
        Role.REVIEWER: "shenhe",
        Role.SUPERVISOR: "fuhe",
        Role.INVESTIGATOR: "diaocha",
        Role.AUDITOR: "shenji",
        Role.ADMINISTRATOR: "guanli",
    }
    made = []
    for role, name in names.items():
        if User.objects.filter(username=name).exists():
            password = reset_password(name, must_change=False, actor="demo")
        else:
            password = create_user(
                name, role=role, region=TOWN_REGION, must_change=False, actor="demo"
            )
        made.append({"name": name, "role": str(role.label), "password": password})
    return made


def _print(summary: dict[str, Any], folder: Path, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    from audit.cli.demo_summary import print_summary

    print_summary(summary, folder)
