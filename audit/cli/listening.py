"""Tells before anything is started whether an address can be listened on."""

import socket

from audit.errors import ConfigError


def refuse_taken_port(host: str, port: int) -> None:
    """Check that nobody listens there yet.

    Raises:
        ConfigError: somebody does, or the address is not this machine's.
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
