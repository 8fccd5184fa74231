"""Start a real Elasticsearch for a try-out: `make elasticsearch`, or with a version as argument."""

import shutil
import signal
import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.contract.elasticsearch_server import (
    LEAST_JAVA,
    Server,
    ServerUnavailableError,
    server_folder,
)


@click.command()
@click.argument("version", type=click.Choice(list(LEAST_JAVA)), default="8.19.0")
def main(version: str) -> None:
    """Start a server, tell its address, stop it on Ctrl-C and remove its data."""
    folder = server_folder()
    server = Server(version=version, folder=folder)
    try:
        click.echo(f"Starting Elasticsearch {version} (the first time it is fetched)…")
        server.start()
        click.echo(
            f"It answers. In another shell:\n\n"
            f"  export JIANWEI_ELASTICSEARCH_URL={server.url}\n"
            f"  jianwei index rebuild\n\n"
            f"Ctrl-C stops it and removes its data."
        )
        signal.pause()
    except ServerUnavailableError as error:
        click.echo(f"elasticsearch: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("\nStopping.")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
