"""Turn what the Elasticsearch client raises into one clear line."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from audit.errors import IndexEngineError


@contextmanager
def explained(where: str, doing: str, *, timeout_seconds: float) -> Iterator[None]:
    """Raise IndexEngineError for every error of the client inside the block."""
    try:
        yield
    except (ApiError, TransportError, UnsupportedProductError) as error:
        raise IndexEngineError(
            f"search server {where}: {doing}: {_say(error, timeout_seconds)}"
        ) from error


def _say(error: Exception, timeout_seconds: float) -> str:
    if isinstance(error, UnsupportedProductError):
        return (
            "what answers there is not Elasticsearch. Check address and port in setting "
            "'elasticsearch_url'."
        )
    if isinstance(error, ApiError):
        return _say_answer(error)
    if isinstance(error, ConnectionTimeout):
        return (
            f"no answer within {timeout_seconds:g} seconds. Try again, or raise setting "
            f"'elasticsearch_timeout_seconds'."
        )
    if isinstance(error, TlsError) or _has_tls_cause(error):
        return (
            f"its certificate is not trusted ({_short(error)}). Name the authority's PEM file in "
            f"setting 'elasticsearch_ca', and check the host name in 'elasticsearch_url'."
        )
    if isinstance(error, NoConnection):
        return (
            "no connection; is it stopped? Start it, or check setting 'elasticsearch_url'. "
            "Nothing is lost: the rows wait in the outbox."
        )
    return _short(error)


def _say_answer(error: ApiError) -> str:
    kind, reason = cause_of(error.body)
    if error.status_code == 401:
        return (
            "it refused our name (401). Check settings 'elasticsearch_user' and "
            "'elasticsearch_password', or 'elasticsearch_api_key'."
        )
    if error.status_code == 403 and kind == "security_exception":
        return f"our user may not do this (403: {reason}). Give it rights on our indices."
    if kind == "cluster_block_exception":
        return blocked(reason)
    if error.status_code == 404 and kind == "index_not_found_exception":
        return "the index is not there. Run 'jianwei index create', then 'jianwei index rebuild'."
    if kind == "index_closed_exception":
        return "the index is closed. Open it on the server, or run 'jianwei index rebuild'."
    if error.status_code == 503:
        return (
            f"not every part of the index is available (503: {kind}: {reason}). Check its health."
        )
    return f"answer {error.status_code}: {kind}: {reason}."


def blocked(reason: str) -> str:
    return (
        f"writing is blocked ({reason}). Usually its disk is nearly full: free space, then take "
        f"the block 'index.blocks.read_only_allow_delete' off. The rows wait in the outbox."
    )


def cause_of(body: object) -> tuple[str, str]:
    """Return type and reason out of an error answer."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "error", str(error)[:300]
    inner = error.get("caused_by") or {}
    reason = str(error.get("reason") or "no reason given")
    if isinstance(inner, dict) and inner.get("reason"):
        reason = f"{reason} ({inner['reason']})"
    return str(error.get("type") or "error"), reason[:500]


def _has_tls_cause(error: Exception) -> bool:
    return any(isinstance(one, ssl.SSLError | TlsError) for one in getattr(error, "errors", ()))


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
