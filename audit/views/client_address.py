"""Whose address counts when wrong passwords close the door."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the person's computer.

    Behind a proxy it is the last one of X-Forwarded-For, which the proxy itself has written. Served
    to this machine alone, the header is anybody's word and is not read.
    """
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.IS_PUBLIC else ""
    last = forwarded.rpartition(",")[2].strip()
    return last or str(request.META.get("REMOTE_ADDR", ""))
