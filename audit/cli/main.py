"""The `jianwei` command: a table of subcommands, each loaded only when it is called."""

import sys
from importlib import import_module
from typing import Any

import click

# name: (module under audit.cli, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Crawl the bundled sample town and show what was found."),
    "crawl": ("crawl", "Crawl sites, keep the evidence, ingest it."),
    "ingest": ("ingest", "Turn evidence into ads with assessments."),
    "classify": ("classify", "Assess texts given as JSON Lines; needs no database."),
    "search": ("search", "Search the ads."),
    "queue": ("queue", "Work on the audit queue."),
    "export": ("later", "Write case bundles."),
    "evidence": ("evidence", "Verify saved evidence."),
    "index": ("index", "Create, rebuild and inspect the search index."),
    "site": ("site", "Add, list and check sites."),
    "registry": ("later", "Import the register of licensed providers."),
    "model": ("model", "Train and evaluate the model."),
    "user": ("user", "Add users."),
    "migrate": ("migrate", "Create or update the database tables."),
    "work": ("work", "Run schedules and workers."),
    "serve": ("serve", "Serve the audit desk."),
    "doctor": ("doctor", "Check settings and what stands behind them."),
    "backup": ("later", "Write a backup of all state."),
    "restore": ("later", "Restore a backup."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own (attribute `<name>_command`)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"audit.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jianwei")
def jianwei() -> None:
    """鉴微: find off-campus training ads that break the rules, prove it, decide it."""


def _known_errors() -> tuple[type[Exception], ...]:
    """Return the packages' error roots, of the packages that are loaded already."""
    roots: list[type[Exception]] = []
    for module, name in (
        ("audit.errors", "AuditError"),
        ("crawler.errors", "CrawlerError"),
        ("classifier.errors", "ClassifierError"),
    ):
        loaded = sys.modules.get(module)
        if loaded is not None:
            roots.append(getattr(loaded, name))
    return tuple(roots)


def _one_line(error: Exception) -> str | None:
    """Return what to print for an error that people can act on; None for a fault of ours."""
    if isinstance(error, _known_errors()):
        return str(error)
    database = sys.modules.get("django.db")
    if database is not None and isinstance(error, database.Error):
        explain = import_module("audit.database").explain
        return str(explain(error))
    return None


def main(argv: list[str] | None = None) -> Any:
    """Run the command and exit: 0 done, 1 failed (one line on stderr), 2 wrong usage."""
    try:
        code = jianwei.main(args=argv, prog_name="jianwei", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("jianwei: stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        line = _one_line(error)
        if line is None:
            raise
        click.echo(f"jianwei: {line}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
