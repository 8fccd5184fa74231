"""What an operator reads when the search server is down, refuses us, or cannot write."""

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from elasticsearch import Elasticsearch

from audit import config
from audit.errors import IndexEngineError
from audit.index.base import Engine, SearchRequest
from audit.index.elastic import ElasticEngine
from audit.index.elastic_bulk import TRIES, index_action, send
from audit.index.mapping import load_mapping
from audit.index.select import engine as engine_of_settings
from tests.contract.conftest import StartServer, elastic_engine
from tests.contract.corpus import make_document
from tests.contract.elasticsearch_server import Server, free_port

VERSION = "8.19.0"
ROLES = """
writer:
  cluster: [monitor]
  indices: [{names: ["jianwei-*"], privileges: [all]}]
reader:
  cluster: [monitor]
  indices: [{names: ["other-*"], privileges: [read]}]
"""
USERS = {"writer": ("writer-password", "writer"), "reader": ("reader-password", "reader")}


def acts(engine: Engine) -> list[Callable[[], object]]:
    return [
        engine.create,
        engine.status,
        lambda: engine.search(SearchRequest()),
        lambda: engine.upsert([make_document(1)]),
        lambda: engine.rebuild([make_document(1)]),
        engine.drop_previous,
    ]


@pytest.fixture
def from_settings(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Engine]]:
    """Open the engine that these settings name."""
    opened: list[Engine] = []

    def make(**settings: str) -> Engine:
        for name, value in settings.items():
            monkeypatch.setenv(f"JIANWEI_{name.upper()}", value)
        config.forget()
        opened.append(engine_of_settings())
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


def test_stopped_server_is_told(from_settings: Callable[..., Engine]) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    engine = from_settings(elasticsearch_url=address)
    for act in acts(engine):
        with pytest.raises(IndexEngineError, match=rf"{address}.*is it stopped\?"):
            act()


def test_silent_server_is_told_with_the_time_waited(from_settings: Callable[..., Engine]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = from_settings(
            elasticsearch_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            elasticsearch_timeout_seconds="1",
        )
        with pytest.raises(IndexEngineError, match="no answer within 1 seconds"):
            engine.search(SearchRequest())


def test_other_service_on_the_port_is_told(from_settings: Callable[..., Engine]) -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>not yours")

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        engine = from_settings(elasticsearch_url=f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(IndexEngineError, match="not Elasticsearch"):
            engine.status()
        server.shutdown()


@pytest.fixture
def throttling_server() -> Iterator[tuple[str, list[int]]]:
    """A server that answers 429 a few times, then takes everything."""
    answers: list[int] = []

    class Busy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = 429 if len(answers) < 3 else 200
            answers.append(status)
            body = b'{"error":{"type":"es_rejected_execution_exception","reason":"busy"}}'
            if status == 200:
                body = b'{"errors":false,"items":[{"index":{"_id":"ad-1","status":201}}]}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_PUT()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()


def test_busy_server_is_given_time(throttling_server: tuple[str, list[int]]) -> None:
    address, answers = throttling_server
    waits: list[float] = []
    with Elasticsearch(address, retry_on_status=()) as client:
        errors = send(
            client,
            "ads",
            [index_action(*make_document(1))],
            where=address,
            is_alias=True,
            wait=waits.append,
        )
    assert errors == []
    assert answers == [429, 429, 429, 200]
    assert len(waits) == 3 < TRIES
    assert waits[0] < waits[1] < waits[2]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[Server]:
    """A server of this module's own, which may be killed."""
    started = start_server(VERSION)
    yield started
    started.stop()


@pytest.fixture
def engine(server: Server, prefix: str) -> Iterator[ElasticEngine]:
    engine = elastic_engine(server.url, load_mapping("ads"), prefix)
    engine.create()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a PEM authority and a server certificate of it, and return their folder."""
    folder = tmp_path_factory.mktemp("authority")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    trustme.CA().cert_pem.write_to_path(folder / "other.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(folder / "cert.pem", append=number > 0)
    return folder


@pytest.fixture(scope="module")
def secured(start_server: StartServer, authority: Path) -> Iterator[Server]:
    """A server with TLS and users."""
    started = start_server(
        VERSION,
        scheme="https",
        users=USERS,
        roles_yml=ROLES,
        files={name: (authority / name).read_bytes() for name in ("cert.pem", "key.pem")},
        settings={
            "xpack.security.enabled": "true",
            "xpack.security.http.ssl.enabled": "true",
            "xpack.security.http.ssl.certificate": "cert.pem",
            "xpack.security.http.ssl.key": "key.pem",
        },
    )
    yield started
    started.stop()


@pytest.mark.elasticsearch
class TestRealServer:
    def test_server_comes_back_with_what_it_had(
        self, server: Server, engine: ElasticEngine
    ) -> None:
        engine.upsert([make_document(1)])
        server.stop(hard=True)
        with pytest.raises(IndexEngineError, match="is it stopped"):
            engine.upsert([make_document(2)])
        server.start()
        assert engine.upsert([make_document(1), make_document(2)]) == []
        engine.refresh()
        assert engine.search(SearchRequest()).total == 2

    def test_read_only_block_is_told_and_nothing_is_lost(
        self, server: Server, engine: ElasticEngine
    ) -> None:
        engine.upsert([make_document(1)])
        physical = engine.status().current
        with Elasticsearch(server.url) as client:
            client.indices.put_settings(
                index=physical, settings={"index.blocks.read_only_allow_delete": True}
            )
            with pytest.raises(IndexEngineError, match="writing is blocked.*free space"):
                engine.upsert([make_document(2)])
            engine.refresh()
            assert engine.search(SearchRequest()).total == 1
            client.indices.put_settings(
                index=physical, settings={"index.blocks.read_only_allow_delete": None}
            )
        assert engine.upsert([make_document(2)]) == []

    def test_closed_index_is_told(self, server: Server, engine: ElasticEngine) -> None:
        with Elasticsearch(server.url) as client:
            client.indices.close(index=engine.status().current)
        assert "is closed" in engine.status().problem
        with pytest.raises(IndexEngineError, match="is closed.*jianwei index rebuild"):
            engine.search(SearchRequest())
        engine.rebuild([make_document(1)])
        assert engine.search(SearchRequest()).total == 1

    def test_index_deleted_behind_our_back_is_told_and_not_made_by_writing(
        self, server: Server, engine: ElasticEngine, prefix: str
    ) -> None:
        engine.upsert([make_document(1)])
        with Elasticsearch(server.url) as client:
            client.indices.delete(index=engine.status().current)
            with pytest.raises(IndexEngineError, match="jianwei index create"):
                engine.upsert([make_document(2)])
            with pytest.raises(IndexEngineError, match="jianwei index create"):
                engine.search(SearchRequest())
            assert not client.indices.exists(index=f"{prefix}ads")

    def test_foreign_index_of_our_name_is_left_alone(self, server: Server, prefix: str) -> None:
        with Elasticsearch(server.url) as client:
            client.indices.create(index=f"{prefix}ads")
            engine = elastic_engine(server.url, load_mapping("ads"), prefix)
            with pytest.raises(IndexEngineError, match="index_prefix"):
                engine.create()
            engine.close()
            assert client.indices.exists(index=f"{prefix}ads")

    def test_prefix_that_the_server_refuses_is_told(self, server: Server) -> None:
        engine = elastic_engine(server.url, load_mapping("ads"), "Bad Prefix,")
        with pytest.raises(IndexEngineError, match="Bad Prefix"):
            engine.create()
        engine.close()


@pytest.mark.elasticsearch
class TestSecuredServer:
    def test_right_user_works(
        self, secured: Server, authority: Path, from_settings: Callable[..., Engine]
    ) -> None:
        engine = from_settings(
            elasticsearch_url=secured.url,
            elasticsearch_user="writer",
            elasticsearch_password="writer-password",
            elasticsearch_ca=str(authority / "ca.pem"),
        )
        engine.create()
        assert engine.upsert([make_document(1)]) == []
        engine.refresh()
        assert engine.search(SearchRequest()).total == 1

    @pytest.mark.parametrize(
        ("settings", "says"),
        [
            pytest.param(
                {"elasticsearch_user": "writer", "elasticsearch_password": "wrong"},
                r"refused our name \(401\)",
                id="wrong password",
            ),
            pytest.param({}, r"refused our name \(401\)", id="no user"),
            pytest.param(
                {"elasticsearch_api_key": "bm8gc3VjaDprZXk="},
                r"refused our name \(401\)",
                id="unknown key",
            ),
            pytest.param(
                {"elasticsearch_user": "reader", "elasticsearch_password": "reader-password"},
                r"may not do this \(403",
                id="no rights",
            ),
        ],
    )
    def test_refused_user_is_told_without_the_password(
        self,
        secured: Server,
        authority: Path,
        from_settings: Callable[..., Engine],
        settings: dict[str, str],
        says: str,
    ) -> None:
        engine = from_settings(
            elasticsearch_url=secured.url, elasticsearch_ca=str(authority / "ca.pem"), **settings
        )
        for act in acts(engine)[:4]:
            with pytest.raises(IndexEngineError, match=says) as caught:
                act()
            for secret in settings.values():
                assert f"{secret}-password" not in str(caught.value)
                assert not secret.endswith(("password", "=")) or secret not in str(caught.value)

    @pytest.mark.parametrize("ca", ["other.pem", None], ids=["wrong authority", "none"])
    def test_unknown_authority_is_told(
        self,
        secured: Server,
        authority: Path,
        from_settings: Callable[..., Engine],
        ca: str | None,
    ) -> None:
        named = {"elasticsearch_ca": str(authority / ca)} if ca else {}
        engine = from_settings(elasticsearch_url=secured.url, **named)
        with pytest.raises(IndexEngineError, match="certificate is not trusted.*elasticsearch_ca"):
            engine.status()
