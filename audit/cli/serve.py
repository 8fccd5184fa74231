"""`jianwei serve`: the audit desk."""

import socket

import click

from audit import config
from audit.cli.setup import open_database
from audit.errors import ConfigError


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
    _check_address(host, port)
    from audit.keys import secret_key

    config.data_folder().mkdir(parents=True, exist_ok=True)
    secret_key()
    open_database(create=True)
    from django.db import connections

    from audit.serve import serve

    connections.close_all()
    click.echo(f"jianwei serve: the audit desk is at http://{host}:{port}/ (Ctrl-C stops it)")
    serve(host=host, port=port, workers=workers)


def _check_address(host: str, port: int) -> None:
    """Refuse an address that is taken before anything is started.

    Raises:
        ConfigError: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"--port {port}: {host} cannot be listened on ({error.strerror})."
                " Stop what uses it, or choose another --port."
            ) from error
