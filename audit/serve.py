"""Serves the desk with gunicorn: a few workers with threads, all on one address."""

from typing import Any

from gunicorn.app.base import BaseApplication

from audit.keys import secret_key

THREADS = 4
# A worker is replaced after so many requests, so that a slow leak never matters.
MAX_REQUESTS = 5000


class DeskServer(BaseApplication):  # type: ignore[misc]
    """A gunicorn that takes its settings from here alone."""

    def __init__(self, *, host: str, port: int, workers: int) -> None:
        self._options = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "threads": THREADS,
            "worker_class": "gthread",
            "max_requests": MAX_REQUESTS,
            "max_requests_jitter": MAX_REQUESTS // 10,
            "timeout": 60,
            "graceful_timeout": 20,
            "loglevel": "warning",
            "forwarded_allow_ips": "127.0.0.1,::1",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application; called in each worker, after the fork.

        Views and dictionaries are read here (1.5 s), so that nobody waits for them.
        """
        from django.urls import get_resolver

        from audit.analysis import search_term
        from audit.wsgi import application

        get_resolver().check()
        search_term("数学")
        return application


def serve(*, host: str, port: int, workers: int) -> None:
    """Serve until a signal stops it. Makes the secret key first when there is none."""
    secret_key()
    DeskServer(host=host, port=port, workers=workers).run()
