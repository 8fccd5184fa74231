"""`jianwei site`: check, add and list site declarations."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from audit import config
from audit.cli.setup import open_database
from audit.cli.site_lookup import BUNDLED, open_rows
from crawler.errors import SiteError
from crawler.site import load_site, load_sites


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
