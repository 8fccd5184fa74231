"""`jianwei migrate`: create or update the database tables."""

import json

import click

from audit import config
from audit.cli.setup import open_logs


@click.command(name="migrate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def migrate_command(*, as_json: bool) -> None:
    """Create or update the database tables; safe to repeat."""
    config.data_folder().mkdir(parents=True, exist_ok=True)
    open_logs()
    _configure_django()
    from audit.database import migrate, place

    applied = migrate()
    if as_json:
        click.echo(json.dumps({"database": place(), "applied": applied}, ensure_ascii=False))
        return
    for name in applied:
        click.echo(f"applied {name}")
    click.echo(f"{place()}: {len(applied)} steps applied." if applied else _nothing_to_do(place()))


def _nothing_to_do(place: str) -> str:
    return f"{place}: tables are up to date."


def _configure_django() -> None:
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "audit.django_settings")
    import django

    django.setup()
