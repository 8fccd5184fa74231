"""`jianwei serve`: the audit desk."""

import click

from audit import config
from audit.cli.listening import refuse_taken_port
from audit.cli.setup import open_database


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8800,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes."
)
def serve_command(*, host: str, port: int, workers: int) -> None:
    """Serve the audit desk until Ctrl-C.

    Beyond this machine it must stand behind a proxy that speaks TLS; setting 'desk_hosts' names
    the host names that it is reached by.
    """
    refuse_taken_port(host, port)
    from audit.keys import secret_key

    config.data_folder().mkdir(parents=True, exist_ok=True)
    secret_key()
    open_database(create=True)
    from django.db import connections

    from audit.serve import serve

    connections.close_all()
    click.echo(f"jianwei serve: the audit desk is at http://{host}:{port}/ (Ctrl-C stops it)")
    serve(host=host, port=port, workers=workers)
