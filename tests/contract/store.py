"""The store under test: a fresh, migrated database for each test, on SQLite and on PostgreSQL."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from audit import config
from audit.database import migrate
from audit.django_settings import _database
from tests.contract.postgres import PostgresServer

_ROOT = Path(__file__).resolve().parent.parent.parent
_MIGRATIONS = "django_migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One database that this process is connected to, and how other processes reach it."""

    name: str
    data: Path
    environ: dict[str, str]
    server: PostgresServer | None = None

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a process of its own on this database; `script` finds Django set up."""
        prologue = (
            "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'audit.django_settings';"
            "import django; django.setup()\n"
        )
        return subprocess.Popen(
            [sys.executable, "-c", prologue + script, *arguments],
            env={**os.environ, **self.environ},
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_all(self, script: str, times: int) -> list[str]:
        """Run the script in several processes at once, each with its number; return outputs."""
        running = [self.start(script, str(number)) for number in range(times)]
        outputs = []
        for process in running:
            out, err = process.communicate(timeout=240)
            assert process.returncode == 0, err
            outputs.append(out)
        return outputs


def _connect(environ: dict[str, str]) -> dict[str, Any]:
    """Point Django's default connection elsewhere; return the settings it had."""
    before: dict[str, Any] = connections.settings["default"]
    os.environ.update(environ)
    config.forget()
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = connections.configure_settings({"default": _database()})[
        "default"
    ]
    return before


def _restore(before: dict[str, Any], environ: dict[str, str]) -> None:
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = before
    for name in environ:
        os.environ.pop(name, None)
    if "JIANWEI_DATA" in environ:
        os.environ["JIANWEI_DATA"] = environ["JIANWEI_DATA_BEFORE"]
        os.environ.pop("JIANWEI_DATA_BEFORE", None)
    config.forget()


@dataclass(slots=True)
class Templates:
    """Migrated databases, made once: a file to copy, and a database to empty."""

    folder: Path
    sqlite: Path | None = None
    has_postgres: bool = False


@pytest.fixture(scope="session")
def store_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(folder=tmp_path_factory.mktemp("store-templates"))


def environ_of(data: Path, url: str = "") -> dict[str, str]:
    return {
        "JIANWEI_DATA": str(data),
        "JIANWEI_DATABASE_URL": url,
        "JIANWEI_DATA_BEFORE": os.environ.get("JIANWEI_DATA", ""),
    }


def _migrated(environ: dict[str, str]) -> None:
    before = _connect(environ)
    try:
        migrate()
    finally:
        _restore(before, environ)


def _sqlite_copy(templates: Templates, data: Path) -> None:
    if templates.sqlite is None:
        _migrated(environ_of(templates.folder))
        templates.sqlite = templates.folder / "jianwei.sqlite3"
    shutil.copy(templates.sqlite, data / "jianwei.sqlite3")


def _postgres_url(templates: Templates, server: PostgresServer, data: Path) -> str:
    """Return the address of the one database that all tests share, one after the other."""
    url = server.url("store")
    if not templates.has_postgres:
        server.execute("CREATE DATABASE store")
        _migrated(environ_of(data, url))
        templates.has_postgres = True
    return url


def _empty_all_tables() -> None:
    """Leave the database as it was after its migrations; faster than a new one."""
    connections["default"].close()
    tables = [table for table in connection.introspection.table_names() if table != _MIGRATIONS]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


@contextmanager
def _opened(
    name: str, data: Path, templates: Templates, server: PostgresServer | None
) -> Iterator[Store]:
    if server is not None:
        environ = environ_of(data, _postgres_url(templates, server, data))
    else:
        _sqlite_copy(templates, data)
        environ = environ_of(data)
    before = _connect(environ)
    try:
        yield Store(name=name, data=data, environ=environ, server=server)
    finally:
        if server is not None:
            _empty_all_tables()
        _restore(before, environ)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    store_templates: Templates,
    django_db_blocker: Any,
) -> Iterator[Store]:
    """Connect to a fresh database of each kind; rows are really committed."""
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    with (
        django_db_blocker.unblock(),
        _opened(request.param, tmp_path, store_templates, server) as opened,
    ):
        yield opened


@pytest.fixture
def postgres_store(
    tmp_path: Path,
    store_templates: Templates,
    postgres_server: PostgresServer,
    django_db_blocker: Any,
) -> Iterator[Store]:
    """Connect to a fresh PostgreSQL database, for what only a server does."""
    with (
        django_db_blocker.unblock(),
        _opened("postgresql", tmp_path, store_templates, postgres_server) as opened,
    ):
        yield opened


@pytest.fixture
def sqlite_store(
    tmp_path: Path, store_templates: Templates, django_db_blocker: Any
) -> Iterator[Store]:
    """Connect to a fresh SQLite file, for what only a file does."""
    with (
        django_db_blocker.unblock(),
        _opened("sqlite", tmp_path, store_templates, None) as opened,
    ):
        yield opened
