"""Which hosts belong to a site, and which name this machine."""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

from crawler.canonical import host_port
from crawler.errors import CrawlerError

_NOT_IN_A_DOMAIN = re.compile(r"[/?#@\s]")
_PORT = re.compile(r":\d+$")


class Domain(NamedTuple):
    """One entry of `allowed_domains`; `port` None means any, and then subdomains belong too."""

    host: str
    port: int | None
    is_address: bool

    def covers(self, host: str, port: int) -> bool:
        if self.port is not None:
            return host == self.host and port == self.port
        return host == self.host or (not self.is_address and host.endswith("." + self.host))


@lru_cache(maxsize=1024)
def parse_domain(entry: str) -> Domain:
    """Read `example.cn`, `example.cn:8080` or `[::1]:8080`.

    Raises:
        CrawlerError: none of these.
    """
    if _NOT_IN_A_DOMAIN.search(entry):
        raise CrawlerError(f"expected a domain such as example.cn or host:port, got '{entry}'")
    host, port = host_port(f"http://{entry}/")
    named = _PORT.search(entry) is not None
    return Domain(host, port if named else None, address_of(host) is not None)


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a canonical host spells out, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Tell whether a canonical host names this machine by its spelling alone."""
    address = address_of(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback
