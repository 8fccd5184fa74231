"""Fixtures of the contract tests: the same tests run on every real database and engine."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from audit import config
from audit.index.base import Engine
from audit.index.elastic import ElasticEngine
from audit.index.embedded import EmbeddedEngine
from audit.index.mapping import IndexMapping, load_mapping
from audit.models import Role, User
from tests.audit.builders import make_user
from tests.contract.elasticsearch_server import (
    LEAST_JAVA,
    Server,
    ServerUnavailableError,
    server_folder,
)
from tests.contract.postgres import postgres_server
from tests.contract.store import Store, postgres_store, sqlite_store, store, store_templates

# Fixtures that live in modules of their own.
__all__ = ["postgres_server", "postgres_store", "sqlite_store", "store", "store_templates"]

ENGINES = [
    "embedded",
    *(
        pytest.param(version, marks=pytest.mark.elasticsearch, id=f"elasticsearch-{version}")
        for version in LEAST_JAVA
    ),
]

StartServer = Callable[..., Server]
MakeEngine = Callable[..., Engine]


def missing(error: ServerUnavailableError) -> None:
    """Skip with the reason; where CI is, nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(error))
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def start_server() -> Iterator[StartServer]:
    """Start servers that live until the session ends."""
    started: list[Server] = []

    def start(version: str, **values: object) -> Server:
        folder = server_folder()
        server = Server(version=version, folder=folder, **values)  # type: ignore[arg-type]
        started.append(server)
        try:
            server.start()
        except ServerUnavailableError as error:
            missing(error)
        return server

    yield start
    for server in started:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_server(start_server: StartServer) -> Callable[[str], Server]:
    """Return the one server of a version that tests share."""
    servers: dict[str, Server] = {}

    def shared(version: str) -> Server:
        if version not in servers:
            servers[version] = start_server(version)
        return servers[version]

    return shared


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "data"
    monkeypatch.setenv("JIANWEI_DATA", str(folder))
    config.forget()
    yield folder
    config.forget()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def elastic_engine(url: str, mapping: IndexMapping, prefix: str, **values: object) -> ElasticEngine:
    client = Elasticsearch(url, request_timeout=30, **values)  # type: ignore[arg-type]
    return ElasticEngine(client, mapping, prefix=prefix, timeout_seconds=30)


@pytest.fixture
def prefix() -> str:
    return f"t{uuid4().hex[:10]}-"


@pytest.fixture
def make_engine(
    engine_name: str, prefix: str, tmp_path: Path, shared_server: Callable[[str], Server]
) -> Iterator[MakeEngine]:
    """Open the test's index, as often as the test likes: each call is another process's view."""
    opened: list[Engine] = []

    def make(mapping: IndexMapping | None = None) -> Engine:
        mapping = mapping or load_mapping("ads")
        engine: Engine
        if engine_name == "embedded":
            engine = EmbeddedEngine(tmp_path / "index", mapping, prefix=prefix)
        else:
            engine = elastic_engine(shared_server(engine_name).url, mapping, prefix)
        opened.append(engine)
        return engine

    yield make
    for engine in opened:
        engine.close()
    if engine_name != "embedded":
        with Elasticsearch(shared_server(engine_name).url) as client:
            for name in client.indices.get(index=f"{prefix}*"):
                client.indices.delete(index=name)


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    """Return an engine with an empty index."""
    made = make_engine()
    made.create()
    return made


@pytest.fixture
def server_address(engine_name: str, shared_server: Callable[[str], Server]) -> str:
    """Return the value of JIANWEI_ELASTICSEARCH_URL for this engine; empty for the embedded one."""
    return "" if engine_name == "embedded" else shared_server(engine_name).url


@pytest.fixture
def wang(store: Store) -> User:
    return make_user("wang")


@pytest.fixture
def li(store: Store) -> User:
    return make_user("li", Role.SUPERVISOR)
