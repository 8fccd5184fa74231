"""The database behind the rows: is it there, are its tables right, what its errors mean.

SQLite and PostgreSQL behave alike for `writing()`: one writer at a time. SQLite does that by
itself (`transaction_mode=IMMEDIATE`); on PostgreSQL an advisory lock orders the writers, so that
transactions which touch ads, cases and the event head in different order cannot deadlock.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)
from django.db.migrations.executor import MigrationExecutor

from audit.database_files import file_lock, refuse_network_filesystem
from audit.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")

# Keys of PostgreSQL advisory locks: any two numbers that nobody else in the database uses.
_WRITER_LOCK = 0x4A57_0001
_MIGRATE_LOCK = 0x4A57_0002


def place() -> str:
    """Say where the database is, without user or password."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {settings['NAME']}"
    host, port = settings["HOST"] or "local socket", settings["PORT"] or "5432"
    return f"PostgreSQL {host}:{port}/{settings['NAME']}"


def _what_to_do(text: str) -> str:
    if "locked" in text:
        return "Another process holds it for too long; try again."
    if "full" in text or "no space" in text:
        return "Free some space on the disk and try again; nothing was half saved."
    if "database" in text and "does not exist" in text:
        return "Create the database on the server, or correct setting 'database_url'."
    if "authentication" in text or "password" in text or "role" in text:
        return "Check user and password in setting 'database_url'."
    if "does not exist" in text or "no such table" in text or "no such column" in text:
        return "Run 'jianwei migrate'."
    if connection.vendor == "sqlite":
        return "Check the folder named by setting 'data', its owner and its disk."
    return "Check that the server runs and that setting 'database_url' is right, then try again."


def explain(error: Exception) -> StoreError:
    """Turn a driver's error into one line: where, what, what to do. Never shows the password."""
    text = " ".join(str(error).split()) or type(error).__name__
    password = str(connection.settings_dict.get("PASSWORD") or "")
    if password:
        text = text.replace(password, "***")
    return StoreError(f"{place()}: {text[:300]}. {_what_to_do(text.lower())}".replace("..", "."))


def _is_connection_lost(error: Exception) -> bool:
    if isinstance(error, InterfaceError):
        return True
    lost = connection.connection is None or not connection.is_usable()
    return connection.vendor != "sqlite" and isinstance(error, OperationalError) and lost


def read(query: Callable[[], T]) -> T:
    """Run a query that changes nothing; once more on a new connection when the old one broke.

    Raises:
        StoreError: the database does not answer.
    """
    try:
        return query()
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block or not _is_connection_lost(error):
            raise explain(error) from error
    log.info("Database connection lost, trying once more")
    connection.close()
    try:
        return query()
    except (OperationalError, InterfaceError) as error:
        raise explain(error) from error


@contextmanager
def writing() -> Iterator[None]:
    """Open the one kind of transaction that changes rows; nested use joins the outer one.

    Raises:
        StoreError: the database does not answer or is full; nothing of the block was saved.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            _order_writers()
            yield
        return
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    try:
        with transaction.atomic():
            _order_writers()
            yield
    except (IntegrityError, DataError):
        raise
    except DatabaseError as error:
        if _is_connection_lost(error):
            connection.close()
        raise explain(error) from error
    except InterfaceError as error:
        connection.close()
        raise explain(error) from error


def _order_writers() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITER_LOCK])


def _sqlite_file() -> Path | None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        return None
    return Path(name)


def _connect(*, create: bool) -> None:
    file = _sqlite_file()
    if file is not None:
        refuse_network_filesystem(file)
        if not create and not file.exists():
            raise StoreError(f"{place()}: no database there yet. Run 'jianwei migrate'.")
        if create:
            file.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        raise explain(error) from error


def pending_migrations() -> list[str]:
    """Name the migrations that the tables lack, in order.

    Raises:
        StoreError: the tables were made by a newer version of the program.
    """
    executor = MigrationExecutor(connection)
    unknown = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app == "audit" and (app, name) not in executor.loader.disk_migrations
    )
    if unknown:
        raise StoreError(
            f"{place()}: its tables were made by a newer version (it has {', '.join(unknown)})."
            " Install that version."
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def _one_migrator() -> Iterator[None]:
    file = _sqlite_file()
    if file is not None:
        with file_lock(file.with_suffix(".migrate.lock")):
            yield
        return
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATE_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATE_LOCK])


def migrate() -> list[str]:
    """Bring the tables up to date and name the migrations that were applied.

    Raises:
        StoreError: the database does not answer, or a migration failed.
    """
    _connect(create=True)
    started = time.monotonic()
    try:
        with _one_migrator():
            pending = pending_migrations()
            if pending:
                executor = MigrationExecutor(connection)
                executor.migrate(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError) as error:
        raise explain(error) from error
    log.info(
        "Tables brought up to date",
        extra={"applied": len(pending), "seconds": round(time.monotonic() - started, 2)},
    )
    return pending


def ensure_ready(*, create: bool) -> None:
    """Make sure that the database answers and its tables fit; with `create`, make them fit.

    Raises:
        StoreError: it does not answer, lies on a network file system, or its tables do not fit.
    """
    _connect(create=create)
    pending = read(pending_migrations)
    if not pending:
        return
    if create:
        migrate()
        return
    raise StoreError(
        f"{place()}: tables are missing or old ({len(pending)} steps behind, first"
        f" {pending[0]}). Run 'jianwei migrate'."
    )
