"""Run the real command in a process of its own, with a data folder of its own."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.contract.postgres import postgres_server
from tests.contract.store import Store, postgres_store, sqlite_store, store_templates
from tests.e2e.clockwork import Clockwork

# Fixtures that live in modules of their own.
__all__ = ["postgres_server", "postgres_store", "sqlite_store", "store_templates"]

_COMMAND = [sys.executable, "-m", "audit.cli.main"]


class Jianwei:
    """`jianwei` against one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {**os.environ, "JIANWEI_DATA": str(data)}

    def run(self, *args: str, code: int = 0, stdin: str | None = None) -> str:
        """Run a command, expect its exit code, return what it printed."""
        done = subprocess.run(
            [*_COMMAND, *args],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=240,
        )
        assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stderr}"
        return done.stdout

    def json(self, *args: str, code: int = 0) -> Any:
        """Run a command with --json and return what it printed, parsed."""
        return json.loads(self.run(*args, "--json", code=code))

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a command and return its process, for tests that kill it."""
        return subprocess.Popen(
            [*_COMMAND, *args],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self.environment,
        )

    def ads(self) -> dict[str, dict[str, Any]]:
        """Return every ad that search finds, by id."""
        found = self.json("search", "", "--limit", "5000")
        assert found["total"] == len(found["hits"])
        return {hit["ad_id"]: hit for hit in found["hits"]}


@pytest.fixture
def jianwei(tmp_path: Path) -> Jianwei:
    return Jianwei(tmp_path / "data")


@pytest.fixture
def make_jianwei(tmp_path: Path) -> Callable[[str], Jianwei]:
    return lambda name: Jianwei(tmp_path / name)


class ServedFolder:
    """A folder on a loopback port, with a count of requests by path."""

    def __init__(self, folder: Path) -> None:
        self.hits: Counter[str] = Counter()
        hits = self.hits

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                hits[self.path] += 1
                super().do_GET()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def serve_folder() -> Iterator[Callable[[Path], ServedFolder]]:
    served: list[ServedFolder] = []

    def start(folder: Path) -> ServedFolder:
        served.append(ServedFolder(folder))
        return served[-1]

    yield start
    for server in served:
        server.close()


@pytest.fixture
def clockwork(sqlite_store: Store) -> Iterator[Clockwork]:
    """Workers on a fresh SQLite database; none outlives the test."""
    clockwork = Clockwork(sqlite_store)
    yield clockwork
    clockwork.close()


def need(condition: bool, what: str) -> None:
    """Skip without `what`; under CI=true nothing may skip, so fail."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is absent, and under CI nothing may be skipped")
    pytest.skip(f"{what} is absent")
