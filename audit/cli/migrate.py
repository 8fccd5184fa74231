"""`jianwei migrate`: create or update the database tables."""

import json
import os

import click

from audit import config
from audit.cli.setup import open_logs


@click.command(name="migrate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def migrate_command(*, as_json: bool) -> None:
    """Create or update the database tables; safe to repeat."""
    config.data_folder().mkdir(parents=True, exist_ok=True)
    open_logs()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    import django

    django.setup()
    from audit.database import migrate, place

    applied = migrate()
    if as_json:
        click.echo(json.dumps({"database": place(), "applied": applied}, ensure_ascii=False))
        return
    for name in applied:
        click.echo(f"applied {name}")
    what = f"{len(applied)} steps applied" if applied else "tables are up to date"
    click.echo(f"{place()}: {what}.")
