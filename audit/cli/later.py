"""Commands of the contract that are not built yet: one line, exit 1, nothing pretended."""

import sys
from typing import Any

import click


def not_built_yet(name: str, what: str) -> click.Command:
    """Return a command that says that it is not built yet and exits 1."""

    @click.command(
        name=name,
        help=f"{what} (Not built yet.)",
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("args", nargs=-1, type=click.UNPROCESSED, expose_value=False)
    def command() -> Any:
        click.echo(f"jianwei {name}: not built yet.", err=True)
        sys.exit(1)

    return command


export_command = not_built_yet("export", "Write case bundles.")
registry_command = not_built_yet("registry", "Import the register of licensed providers.")
backup_command = not_built_yet("backup", "Write a backup of all state.")
restore_command = not_built_yet("restore", "Restore a backup.")
