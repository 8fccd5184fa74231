"""Names for the ways in which a fetch fails, as the ledger and the operator read them."""

from collections.abc import Iterator

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet import error as internet
from twisted.python.failure import Failure
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed

from crawler.errors import BlockedAddressError, CrawlerError, OverCapError

# First match wins; the causes of an error are looked at before the error itself.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (OverCapError, "over_cap"),
    (BlockedAddressError, "blocked_address"),
    (VerificationError, "tls_error"),
    (SSL.Error, "tls_error"),
    (CannotResolveHostError, "no_such_host"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (DownloadTimeoutError, "timeout"),
    (ResponseDataLossError, "cut_body"),
    (UnsupportedURLSchemeError, "bad_address"),
    (internet.ConnectionRefusedError, "connection_refused"),
    (internet.TimeoutError, "timeout"),
    (internet.ConnectError, "no_connection"),
    (ParseError, "bad_response"),
    (internet.ConnectionLost, "connection_lost"),
    (internet.ConnectionDone, "connection_lost"),
)

# What may be over a moment later; the rest fails at once.
TRANSIENT = frozenset({"timeout", "cut_body", "no_connection", "connection_lost", "bad_response"})


def reason_of(error: BaseException) -> str:
    """Return the ledger's name for what made a fetch fail; `error` when it is none we know."""
    chain = list(_causes(error))
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in chain):
            return reason
    return "error"


def detail_of(error: BaseException) -> str:
    """Return one line for people: our own words, or those of the innermost cause."""
    if isinstance(error, CrawlerError):
        return str(error)
    text = ""
    for cause in _causes(error):
        text = " ".join(str(cause).split()) or text
    return (text or type(error).__name__)[:300].rstrip(".")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        seen += 1
        if isinstance(error, ResponseFailed):
            for inner in error.reasons:
                if isinstance(inner, Failure) and inner.value is not None:
                    yield inner.value
        error = error.__cause__
