"""One guard for every fetch: only addresses of the public network, whatever a name resolves to.

The guard judges addresses, never names, so that decimal, hexadecimal and octal spellings, names
that point inwards and names whose answer changes all meet the same check. `crawler.resolver`
asks it between the look-up and the connection and hands on only what passed.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from crawler.canonical import host_port
from crawler.domains import address_of
from crawler.errors import BlockedAddressError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Refused beyond what the standard library calls not global. Sources: RFC 6890 and its successors,
# RFC 6598 (shared space of carriers), RFC 8215 (local NAT64); cloud providers' manuals.
_REFUSED = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link-local, cloud metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments, cloud metadata"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "unspecified, loopback or IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001:db8::/32", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses; `permitted` names the (host, port) pairs that an operator typed."""

    permitted: frozenset[tuple[str, int]] = frozenset()

    def check(self, host: str, port: int, address: str | Address) -> None:
        """Refuse to connect to `address` for `host` and `port`.

        Raises:
            BlockedAddressError: not a public address, and the pair is not permitted.
        """
        if isinstance(address, str):
            address = ipaddress.ip_address(address.partition("%")[0])  # a zone is no part of it
        what = why_refused(address)
        if what and (host.lower(), port) not in self.permitted:
            raise BlockedAddressError(
                f"{host} port {port}: expected a public address, got {address} ({what}). "
                f"To crawl it all the same, type the address itself with --url, or list it in "
                f"setting 'permitted_addresses'."
            )


def permissions_for(urls: Iterable[str]) -> frozenset[tuple[str, int]]:
    """Return the pairs that typing these URLs permits: non-public addresses and `localhost`.

    A name gives no permission: whoever owns it could point it anywhere.
    """
    pairs = {host_port(url) for url in urls}
    return frozenset(pair for pair in pairs if _is_inward(pair[0]))


def _is_inward(host: str) -> bool:
    address = address_of(host)
    return host == "localhost" if address is None else bool(why_refused(address))


@lru_cache(maxsize=4096)
def why_refused(address: Address) -> str:
    """Return the kind of an address that is not for us, or an empty text for a public one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            carried: ipaddress.IPv4Address | None = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        else:
            carried = address.ipv4_mapped or address.sixtofour
        if carried is not None:
            what = why_refused(carried)
            return f"carries {carried}, {what}" if what else ""
    for network, what in _REFUSED:
        if address.version == network.version and address in network:
            return what
    return "" if address.is_global else "not global"
