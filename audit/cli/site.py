"""`jianwei site`: check, try, add and list site declarations."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from audit import config
from audit.cli.setup import open_database
from audit.cli.site_lookup import BUNDLED, open_rows
from crawler.errors import SiteError
from crawler.site import Site, load_site, load_sites, site_for_url


@click.group(name="site")
def site_command() -> None:
    """Add, list and check sites."""


@site_command.command(name="check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check_command(files: tuple[Path, ...]) -> None:
    """Check site files; names the first fault of each. Needs no database."""
    failed = False
    for file in files:
        try:
            site = load_site(file)
        except SiteError as error:
            failed = True
            click.echo(f"jianwei: {error}", err=True)
        else:
            click.echo(f"{file}: ok ({site.title})")
    if failed:
        sys.exit(1)


@site_command.command(name="add")
@click.argument("file", type=click.Path(path_type=Path))
def add_command(file: Path) -> None:
    """Add a site from its file, or replace its declaration. What runs is what was added."""
    site = load_site(file)
    open_database(create=True)
    from audit.site_changes import add_site

    is_new = add_site(site, by=config.get("operator"), now=datetime.now(UTC))
    click.echo(f"{site.site_id}: {'added' if is_new else 'replaced'} ({site.title})")


@site_command.command(name="try")
@click.argument("what", metavar="URL|FILE")
@click.option(
    "--max-pages",
    default=8,
    show_default=True,
    type=click.IntRange(1, 50),
    help="Ask the site for no more pages.",
)
@click.option(
    "--listed-only",
    is_flag=True,
    help="Permit no private address but those of setting 'permitted_addresses'.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def try_command(what: str, *, max_pages: int, listed_only: bool, as_json: bool) -> None:
    """Crawl a few pages of an address or a site file, and show what would be made of them.

    Keeps nothing: no evidence, no rows. A private address typed here is permitted for that host
    and port alone, unless --listed-only is given.
    """
    from audit.cli.setup import open_logs
    from audit.cli.trial_text import trial_lines

    open_logs()
    is_url = "://" in what
    site = site_for_url([what]) if is_url else load_site(Path(what))
    typed = (what,) if is_url and not listed_only else ()
    trial = _try(site, typed=typed, max_pages=max_pages)
    if as_json:
        click.echo(json.dumps(trial, ensure_ascii=False))
    else:
        click.echo("\n".join(trial_lines(trial)))


def _try(site: Site, *, typed: tuple[str, ...], max_pages: int) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    import django

    django.setup()
    from audit.permitted import permitted_addresses
    from audit.trials import try_site
    from crawler.netguard import permissions_for

    trial = try_site(
        site,
        max_pages=max_pages,
        operator=config.get("operator"),
        contact=config.get("contact"),
        permitted=permissions_for(typed) | permitted_addresses(),
    )
    return trial.to_dict()


@site_command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_command(*, as_json: bool) -> None:
    """List the added sites and the bundled ones."""
    added = open_rows(required=False).declarations
    rows = [{**declaration, "origin": "added"} for declaration in added.values()]
    rows += [
        {**site.to_dict(), "origin": "bundled"}
        for name, site in load_sites(BUNDLED).items()
        if name not in added
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    width = max((len(row["site_id"]) for row in rows), default=0)
    for row in rows:
        region = row["region"] or "-"
        click.echo(f"{row['site_id']:<{width}}  {row['origin']:<7}  {region:<12}  {row['title']}")
