"""A throw-away PostgreSQL server from Debian's binaries, run by an ordinary user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

_PLACES = ("/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql/bin/initdb")
_START_SECONDS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server with one superuser `jianwei`, who needs the password over TCP."""

    binaries: Path
    data: Path
    port: int
    owner: tuple[str, ...]
    password: str = "open-sesame"

    def url(self, database: str, *, password: str | None = None) -> str:
        return f"postgresql://jianwei:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def control(self, *arguments: str) -> None:
        log = str(self.data.parent / "server.log")
        command = [str(self.binaries / "pg_ctl"), "-D", str(self.data), "-w", "-l", log]
        command += ["-t", str(_START_SECONDS), *arguments]
        done = subprocess.run([*self.owner, *command], capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            text = Path(log).read_text(errors="replace") if Path(log).exists() else ""
            raise RuntimeError(f"pg_ctl {arguments[0]}: {done.stdout}{done.stderr}{text[-2000:]}")

    def restart(self) -> None:
        """End every connection and start again; a checkpoint first, so that it starts at once."""
        self.control("-m", "fast", "restart")

    def stop(self, *, mode: str = "fast") -> None:
        self.control("-m", mode, "stop")


def find_binaries() -> Path | None:
    """Return the folder of the newest server's programs, if there is one."""
    found = [path for place in _PLACES for path in Path("/").glob(place.lstrip("/"))]
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path).resolve()]
    return max(found).parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _ordinary_user() -> str | None:
    """Return a user to run the server as; None when we are an ordinary one ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def run_server(binaries: Path) -> Iterator[PostgresServer]:
    """Make a cluster in a temporary folder and run it on a free port of 127.0.0.1."""
    user = _ordinary_user()
    owner = (
        ("setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups") if user else ()
    )
    folder = Path(tempfile.mkdtemp(prefix="jianwei-pg-"))
    password_file = folder / "password"
    server = PostgresServer(
        binaries=binaries, data=folder / "cluster", port=_free_port(), owner=owner
    )
    try:
        password_file.write_text(server.password)
        if user:
            for path in (folder, password_file):
                shutil.chown(path, user)
        _init(server, password_file)
        settings = (
            f"port = {server.port}\nlisten_addresses = '127.0.0.1'\n"
            f"unix_socket_directories = '{folder}'\nfsync = off\nmax_connections = 100\n"
        )
        with (server.data / "postgresql.conf").open("a") as handle:
            handle.write(settings)
        server.control("start")
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _init(server: PostgresServer, password_file: Path) -> None:
    command = [str(server.binaries / "initdb"), "-D", str(server.data), "-U", "jianwei"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C"]
    done = subprocess.run(
        [*server.owner, *command, "--no-sync"], capture_output=True, text=True, cwd="/"
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb: {done.stdout}{done.stderr}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server for the whole run; without one: skipped, or failed when CI says so."""
    binaries = find_binaries()
    if binaries is None:
        reason = "no PostgreSQL server programs found (Debian: apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with run_server(binaries) as server:
        yield server
