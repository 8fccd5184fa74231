"""`jianwei crawl`: run spiders, keep the evidence, ingest it."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from audit import config
from audit.cli.progress import ProgressLine
from audit.cli.site_lookup import Lookup, open_rows, sites_for_urls


@click.command(name="crawl")
@click.argument("sites", nargs=-1, metavar="[SITE]...")
@click.option(
    "--sites",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of site files; without SITE all of them are crawled.",
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    help="Crawl from here without a site file, keeping to this host and port.",
)
@click.option("--max-pages", type=click.IntRange(min=1), help="Ask each site for no more pages.")
@click.option("--no-ingest", is_flag=True, help="Keep the evidence and stop there.")
@click.option("--run", "run_id", help="Go on with this run, or start one of this name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def crawl_command(
    sites: tuple[str, ...],
    *,
    folder: Path | None,
    urls: tuple[str, ...],
    max_pages: int | None,
    no_ingest: bool,
    run_id: str | None,
    as_json: bool,
) -> None:
    """Crawl sites, keep the evidence, ingest it.

    SITE is looked for among the added sites, then in --sites, then among the bundled ones. With
    --run and nothing else a run that was broken off goes on with its own sites. A private or
    loopback address given with --url is permitted for that host and port alone; others are
    permitted by setting 'permitted_addresses'.

    Ends with a ledger: found = fetched + unchanged + skipped + failed. Exits 0 when pages failed,
    1 when nothing of a site could be crawled or the run was stopped.
    """
    from audit.permitted import permitted_addresses
    from crawler.ledger import read_header
    from crawler.netguard import permissions_for
    from crawler.run import runs_folder

    lookup = Lookup(rows=open_rows(required=not no_ingest), folder=folder)
    chosen = [*lookup.find(sites, all_of_folder=not urls), *sites_for_urls(urls)]
    if not chosen and run_id is not None:
        chosen = list(read_header(runs_folder(config.data_folder()) / run_id).sites)
    if not chosen:
        raise click.UsageError("Name a SITE, or give --sites, --url or --run.")
    ledger = _crawl(
        chosen,
        run_id=run_id,
        max_pages=max_pages,
        permitted=permissions_for(urls) | permitted_addresses(),
        event_head=lookup.rows.event_head,
        quiet=as_json,
    )
    report = None if no_ingest or ledger.outcome == "stopped" else _ingest(quiet=as_json)
    _print(ledger, report, lookup.warnings, as_json=as_json)


def _crawl(
    sites: list[Any],
    *,
    run_id: str | None,
    max_pages: int | None,
    permitted: frozenset[tuple[str, int]],
    event_head: str,
    quiet: bool,
) -> Any:
    from ulid import ULID

    from crawler.errors import EvidenceError
    from crawler.process import Progress, crawl

    run_id = run_id or str(ULID())
    with ProgressLine(quiet=quiet) as progress:

        def show(now: Progress) -> None:
            progress("抓取", now.fetched + now.unchanged, now.found)

        try:
            return crawl(
                sites,
                data_folder=config.data_folder(),
                run_id=run_id,
                operator=config.get("operator"),
                contact=config.get("contact"),
                event_head=event_head,
                max_pages=max_pages,
                permitted=permitted,
                on_progress=show,
            )
        except EvidenceError as error:
            raise EvidenceError(f"{error} Go on with: jianwei crawl --run {run_id}") from error


def _ingest(*, quiet: bool) -> dict[str, Any]:
    from audit.ingest import ingest

    with ProgressLine(quiet=quiet) as progress:
        report: dict[str, Any] = ingest(on_progress=progress).to_dict()
    return report


def _print(
    ledger: Any, report: dict[str, Any] | None, warnings: list[str], *, as_json: bool
) -> None:
    from audit.cli.crawl_text import ledger_lines, uncrawled
    from audit.cli.ingest import ingest_lines

    failures = list(uncrawled(ledger))
    if ledger.outcome == "stopped":
        failures.append(f"stopped. Go on with: jianwei crawl --run {ledger.run_id}")
    notes = [*warnings, *ledger.warnings, *((report or {}).get("warnings", []))]
    if as_json:
        found = {
            "run_id": ledger.run_id,
            "outcome": ledger.outcome,
            **ledger.totals(),
            "reasons": ledger.by_reason(),
            "sites": ledger.by_site(),
            "warnings": notes,
            **({"ingest": report} if report is not None else {}),
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join([*ledger_lines(ledger), *(ingest_lines(report) if report else [])]))
        for note in notes:
            click.echo(f"jianwei: warning: {note}", err=True)
    for failure in failures:
        click.echo(f"jianwei: {failure}", err=True)
    if failures or (report or {}).get("damaged"):
        sys.exit(1)
