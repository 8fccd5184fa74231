"""The engine that the settings ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from audit import config
from audit.errors import ConfigError
from audit.index.base import Engine
from audit.index.embedded import EmbeddedEngine
from audit.index.mapping import load_mapping


def engine() -> Engine:
    """Return a new engine: Elasticsearch when an address is set, else the embedded one.

    Nothing is connected or created by this call.

    Raises:
        ConfigError: the settings of the search server contradict each other.
    """
    mapping = load_mapping("ads")
    prefix: str = config.get("index_prefix")
    if not config.get("elasticsearch_url"):
        return EmbeddedEngine(config.data_folder() / "index", mapping, prefix=prefix)
    from elasticsearch import Elasticsearch

    from audit.index.elastic import ElasticEngine

    timeout_seconds: int = config.get("elasticsearch_timeout_seconds")
    client = Elasticsearch(
        _hosts(),
        request_timeout=timeout_seconds,
        max_retries=2,
        retry_on_timeout=False,
        retry_on_status=(),
        **_identity(),
        **_authority(),
    )
    return ElasticEngine(client, mapping, prefix=prefix, timeout_seconds=timeout_seconds)


@contextmanager
def opened_engine(using: Engine | None = None) -> Iterator[Engine]:
    """Give `using`, which stays open, or else a new engine for the block."""
    if using is not None:
        yield using
        return
    opened = engine()
    try:
        yield opened
    finally:
        opened.close()


def _hosts() -> list[str]:
    hosts = [host.strip() for host in str(config.get("elasticsearch_url")).split(",")]
    for host in hosts:
        if not host.startswith(("http://", "https://")):
            raise ConfigError(
                f"setting 'elasticsearch_url' expected http(s)://host:port, got {host!r}."
            )
    return [host for host in hosts if host]


def _identity() -> dict[str, Any]:
    user, password = config.get("elasticsearch_user"), config.get("elasticsearch_password")
    api_key = config.get("elasticsearch_api_key")
    if api_key and user:
        raise ConfigError(
            "settings 'elasticsearch_api_key' and 'elasticsearch_user' are both set. Keep one."
        )
    if api_key:
        return {"api_key": api_key}
    if bool(user) != bool(password):
        raise ConfigError(
            "settings 'elasticsearch_user' and 'elasticsearch_password' go together; got only one."
        )
    return {"basic_auth": (user, password)} if user else {}


def _authority() -> dict[str, Any]:
    path = config.get("elasticsearch_ca")
    return {"ca_certs": path} if path else {}
