"""`jianwei demo`: the bundled sample town, crawled over real HTTP, judged, indexed, summed up."""

import hashlib
import json
import os
import shutil
import time
from importlib.metadata import version
from pathlib import Path

import click

from audit import config
from audit.cli.progress import ProgressLine
from audit.errors import AuditError

MARKER = "demo.json"
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
    """Crawl the bundled sample town and show what was found.

    All state lies in the folder `demo` of the data folder. A complete demo of the same version is
    continued (crawled once more); any other is wiped and started clean.
    """
    started = time.monotonic()
    folder = config.data_folder() / "demo"
    runs = prepare(folder)
    if not as_json:
        again = f"continuing the demo in {folder} (crawl number {runs + 1})"
        clean = f"starting clean in {folder}"
        click.echo(f"jianwei demo: {again if runs else clean}", err=True)
    os.environ["JIANWEI_DATA"] = str(folder)
    config.forget()
    summary = _run(folder, runs=runs, town_port=port + TOWN_PORT_OFFSET, quiet=as_json)
    _mark(folder, runs=runs + 1, complete=True)
    summary["seconds"] = round(time.monotonic() - started, 1)
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        from audit.cli.demo_summary import print_summary

        print_summary(summary, folder)
    if not no_serve:
        raise click.ClickException(
            "the audit desk is not built yet. Run 'jianwei demo --no-serve', "
            "then 'jianwei queue list'."
        )


def _demo_version() -> str:
    from crawler.town.server import TRUTH_FILE

    town = hashlib.sha256(TRUTH_FILE.read_bytes()).hexdigest()[:12]
    return f"{version('jianwei')}+{town}"


def prepare(folder: Path) -> int:
    """Make the demo folder ready and return how many crawls of this version it holds.

    Raises:
        AuditError: the folder holds something that no demo made.
    """
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.is_file():
        raise AuditError(
            f"{folder}: exists and was not made by 'jianwei demo'. "
            "Move it away or set JIANWEI_DATA."
        )
    try:
        state = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else {}
    except ValueError:
        state = {}
    if state.get("complete") and state.get("version") == _demo_version():
        runs: int = state["runs"]
    else:
        runs = 0
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _mark(folder, runs=runs, complete=False)
    return runs


def _mark(folder: Path, *, runs: int, complete: bool) -> None:
    state = {"version": _demo_version(), "runs": runs, "complete": complete}
    fresh = folder / f"{MARKER}.new"
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(folder / MARKER)


def _run(folder: Path, *, runs: int, town_port: int, quiet: bool) -> dict[str, object]:
    from ulid import ULID

    from audit.cli.setup import open_database

    open_database(create=True)
    from audit.events import head
    from audit.ingest import ingest
    from audit.summary import summarise
    from crawler.process import crawl
    from crawler.town.server import Town

    users = _sample_users()
    with ProgressLine(quiet=quiet) as progress:
        with Town.serve(town_port, shift=runs) as town:
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
        "users": users,
        **summarise(),
    }


def _sample_users() -> list[dict[str, str]]:
    """Make one user per role with a random password, once; return names and new passwords."""
    from audit.accounts import create_user
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
            continue
        password = create_user(name, role=role, region=TOWN_REGION)
        made.append({"name": name, "role": str(role.label), "password": password})
    return made
