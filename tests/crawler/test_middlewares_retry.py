import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import Response

from crawler.errors import BlockedAddressError
from crawler.middlewares.retry import RetryMiddleware, retry_after_seconds
from crawler.spiders.base import StoppedError

URL = "http://127.0.0.1:8080/"


class Counts:
    def inc_value(self, key: str) -> None:
        """Count nothing: no test asks."""


def make_retry(*, stop: asyncio.Event | None = None, first_wait_seconds: float = 0.001):
    return RetryMiddleware(
        times=2,
        first_wait_seconds=first_wait_seconds,
        longest_wait_seconds=60,
        stop=stop or asyncio.Event(),
        stats=Counts(),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3.0), ("", None), ("soon", None), ("-3", None), ("9" * 40, 999999999.0)],
)
def test_retry_after_reads_seconds(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(Response(URL, headers={"Retry-After": value})) == seconds


def test_retry_after_reads_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    seconds = retry_after_seconds(Response(URL, headers={"Retry-After": later}))
    assert seconds == pytest.approx(100, abs=5)


@pytest.mark.parametrize(
    ("status", "is_retried"),
    [(200, False), (404, False), (408, True), (429, True), (500, True), (599, True)],
)
def test_retry_by_status_twice_and_no_more(status: int, is_retried: bool) -> None:
    async def run() -> int:
        retry, request, turns = make_retry(), Request(URL), 0
        while isinstance(
            again := await retry.process_response(request, Response(URL, status=status)), Request
        ):
            request, turns = again, turns + 1
        return turns

    assert asyncio.run(run()) == (2 if is_retried else 0)


@pytest.mark.parametrize(
    ("error", "is_retried"),
    [
        (DownloadTimeoutError("x"), True),
        (CannotResolveHostError("x"), False),
        (BlockedAddressError("x"), False),
        (ValueError("x"), False),
    ],
)
def test_retry_by_error(error: Exception, is_retried: bool) -> None:
    again = asyncio.run(make_retry().process_exception(Request(URL), error))
    assert (again is not None) is is_retried


def test_retry_does_not_wait_longer_than_the_cap() -> None:
    busy = Response(URL, status=503, headers={"Retry-After": "61"})
    assert asyncio.run(make_retry().process_response(Request(URL), busy)) is busy


def test_retry_ends_its_wait_when_the_run_stops() -> None:
    async def run() -> None:
        stop = asyncio.Event()
        retry = make_retry(stop=stop, first_wait_seconds=3600)
        waiting = asyncio.ensure_future(
            retry.process_response(Request(URL), Response(URL, status=500))
        )
        await asyncio.sleep(0)
        stop.set()
        await waiting

    with pytest.raises(StoppedError):
        asyncio.run(run())
