"""Is the database there, do its tables fit, and what is said when not; on both databases."""

import io
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from audit import events, queue
from audit.database import ensure_ready, migrate, pending_migrations, read, writing
from audit.errors import StoreError
from audit.models import Case, Event, User
from tests.audit.builders import NOW, make_case, make_user
from tests.contract.store import Store, environ_of

_ROOT = Path(__file__).resolve().parent.parent.parent


def test_models_and_migrations_agree(store: Store) -> None:
    out = io.StringIO()

    call_command("makemigrations", "--check", "--dry-run", stdout=out)

    assert "No changes detected" in out.getvalue()


def test_migrate_says_what_it_did_and_is_safe_to_repeat(store: Store) -> None:
    assert migrate() == []
    ensure_ready(create=False)


def test_missing_tables_are_named_with_what_to_do(store: Store) -> None:
    recorder = MigrationRecorder(connection)
    app, latest = MigrationLoader(connection).graph.leaf_nodes("audit")[0]
    recorder.record_unapplied(app, latest)
    try:
        assert pending_migrations() == [f"audit.{latest}"]
        with pytest.raises(StoreError, match=r"missing or old .*Run 'jianwei migrate'"):
            ensure_ready(create=False)
    finally:
        recorder.record_applied(app, latest)


def test_tables_of_a_newer_version_are_refused(store: Store) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("audit", "9999_from_the_future")
    try:
        with pytest.raises(StoreError, match=r"newer version \(it has audit\.9999_from_the_future"):
            ensure_ready(create=True)
    finally:
        recorder.record_unapplied("audit", "9999_from_the_future")


_MIGRATE = "from audit.database import migrate\nprint(len(migrate()))"


def test_two_migrations_at_once_both_end_well(store: Store, tmp_path: Path) -> None:
    if store.server is not None:
        store.server.execute("CREATE DATABASE bare_migrate")
        environ = environ_of(tmp_path, store.server.url("bare_migrate"))
    else:
        environ = environ_of(tmp_path / "bare")
    bare = Store(name=store.name, data=tmp_path, environ=environ, server=store.server)

    outputs = bare.run_all(_MIGRATE, 3)

    if store.server is not None:
        store.server.execute("DROP DATABASE bare_migrate WITH (FORCE)")
    counts = sorted(int(out) for out in outputs)
    assert counts[:2] == [0, 0]
    assert counts[2] > 10


def test_writing_keeps_all_or_nothing(store: Store) -> None:
    def fail() -> None:
        with writing():
            make_user("wang")
            events.append(actor="a", action="b", object_type="c", object_id="d")
            raise ValueError

    with pytest.raises(ValueError):
        fail()

    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert events.head() == "0" * 64


def test_nested_writing_joins_the_outer_transaction(store: Store) -> None:
    with writing(), writing():
        make_user("wang")

    assert User.objects.count() == 1


def test_bad_statement_becomes_one_line(store: Store) -> None:
    def fail() -> None:
        with writing(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")

    with pytest.raises(StoreError, match=r"no_such_table.*Run 'jianwei migrate'"):
        fail()


def _run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "audit.cli.main", *arguments],
        env={**os.environ, **environ},
        cwd=_ROOT,
        capture_output=True,
        text=True,
    )


def test_cli_migrates_a_bare_database_and_tells_the_next_step_before(
    store: Store, tmp_path: Path
) -> None:
    url = ""
    if store.server is not None:
        store.server.execute("CREATE DATABASE bare_cli")
        url = store.server.url("bare_cli")
    environ = environ_of(tmp_path / "bare", url)

    before = _run(environ, "queue", "list", "--user", "wang")
    first, second = _run(environ, "migrate"), _run(environ, "migrate")

    assert before.returncode == 1
    assert "Run 'jianwei migrate'" in before.stderr
    assert before.stderr.count("\n") == 1
    assert first.returncode == second.returncode == 0
    assert "audit.0001_initial" in first.stdout
    assert "up to date" in second.stdout
    if store.server is not None:
        store.server.execute("DROP DATABASE bare_cli WITH (FORCE)")


@pytest.mark.postgresql
def test_read_goes_on_after_the_server_was_restarted(postgres_store: Store) -> None:
    make_user("wang")
    assert postgres_store.server is not None
    postgres_store.server.restart()

    assert read(User.objects.count) == 1


@pytest.mark.postgresql
def test_write_goes_on_after_a_restart_between_transactions(postgres_store: Store) -> None:
    case, wang = make_case(), make_user("wang")
    assert postgres_store.server is not None
    postgres_store.server.restart()

    queue.claim(wang, case.pk, now=NOW)

    assert Case.objects.get().claimed_by == wang


@pytest.mark.postgresql
def test_restart_inside_a_transaction_saves_nothing_and_says_so(postgres_store: Store) -> None:
    server = postgres_store.server
    assert server is not None

    def fail() -> None:
        with writing():
            make_user("wang")
            server.restart()
            make_user("li")

    with pytest.raises(StoreError, match=rf"PostgreSQL 127\.0\.0\.1:{server.port}/store"):
        fail()
    assert read(User.objects.count) == 0


@pytest.mark.postgresql
def test_stopped_server_is_named_with_what_to_do(postgres_store: Store) -> None:
    server = postgres_store.server
    assert server is not None
    connection.close()
    server.stop()
    try:
        with pytest.raises(StoreError) as refused:
            ensure_ready(create=False)
        told = _run(postgres_store.environ, "user", "list")
    finally:
        server.control("start")

    for text in (str(refused.value), told.stderr):
        assert f"127.0.0.1:{server.port}" in text
        assert "Check that the server runs" in text
        assert server.password not in text
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("database", "password", "says"),
    [
        ("template1", "wrong-secret", "Check user and password"),
        ("no_such_database", None, r"does not exist.*Create the database"),
    ],
    ids=["password", "database"],
)
def test_wrong_address_is_explained_without_the_password(
    postgres_store: Store, tmp_path: Path, database: str, password: str | None, says: str
) -> None:
    assert postgres_store.server is not None
    url = postgres_store.server.url(database, password=password)

    told = _run(environ_of(tmp_path, url), "user", "list")

    assert told.returncode == 1
    assert re.search(says, told.stderr), told.stderr
    assert "wrong-secret" not in told.stderr
    assert postgres_store.server.password not in told.stderr


def test_sqlite_runs_with_the_settings_that_keep_rows(sqlite_store: Store) -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        values = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]

    assert values == ["wal", 2]
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_full_disk_saves_nothing_and_says_so(sqlite_store: Store) -> None:
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 2}")

    def fill() -> None:
        with writing():
            for number in range(200):
                events.append(actor="a" * 100, action="b", object_type="c", object_id=str(number))

    with pytest.raises(StoreError, match=r"disk is full.*Free some space"):
        fill()
    assert not Event.objects.exists()


def test_file_that_is_no_database_is_refused(sqlite_store: Store) -> None:
    connection.close()
    file = sqlite_store.data / "jianwei.sqlite3"
    file.write_bytes(b"this is no database " * 100)

    with pytest.raises(StoreError, match=r"file is not a database"):
        ensure_ready(create=False)


def test_database_held_by_another_process_is_told(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    other = sqlite3.connect(sqlite_store.data / "jianwei.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError, match=r"locked.*Another process holds it"):
            events_in_writing()
    finally:
        other.close()


def events_in_writing() -> None:
    with writing():
        events.append(actor="a", action="b", object_type="c", object_id="d")
