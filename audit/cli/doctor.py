"""`jianwei doctor`: each setting, where it came from, and whether what is behind it answers."""

import json
import sys
from typing import Any

import click

from audit import config


def settings_table() -> list[dict[str, str]]:
    """Return each setting's name, value (secrets hidden), source and meaning."""
    return [
        {
            "name": value.setting.name,
            "value": "***" if value.setting.secret and value.value else str(value.value),
            "source": value.source,
            "means": value.setting.means,
        }
        for value in config.read_settings().values()
    ]


@click.command(name="doctor")
@click.option("--audit", "deep", is_flag=True, help="Also re-walk the event chain and evidence.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor_command(*, deep: bool, as_json: bool) -> None:
    """Check settings and what stands behind them; exit 1 when something does not answer."""
    from audit.cli.setup import open_logs

    open_logs()
    from audit.health import examine

    settings = settings_table()
    checks = [check.to_dict() for check in examine(deep=deep)]
    if as_json:
        click.echo(json.dumps({"settings": settings, "checks": checks}, ensure_ascii=False))
    else:
        _print(settings, checks)
    if any(check["state"] == "failed" for check in checks):
        sys.exit(1)


def _print(settings: list[dict[str, str]], checks: list[dict[str, Any]]) -> None:
    width = max(len(row["name"]) for row in settings)
    click.echo("Settings")
    for row in settings:
        click.echo(f"  {row['name']:<{width}}  {row['value'] or '(empty)'}  [{row['source']}]")
    click.echo("Checks")
    for check in checks:
        mark = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}[check["state"]]
        click.echo(f"  {mark} {check['name']}: {check['says']}")
