"""The name resolver of every crawl: looks up, asks the guard, hands on what passed and no more.

Twisted connects to exactly the addresses that a resolver hands on, so the address that was
checked is the address that is used, at each hop and each new connection.
"""

import ipaddress
from typing import Any, Self

from scrapy.crawler import Crawler
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.domains import address_of
from crawler.errors import BlockedAddressError
from crawler.netguard import Guard


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        raise NotImplementedError


@implementer(IHostnameResolver)
class GuardedResolver:
    """Wraps the reactor's resolver; `refusals` keeps the last refusal of each host and port."""

    def __init__(self, *, reactor: Any, original: Any, guard: Guard) -> None:
        self._reactor = reactor
        self._original = original
        self._guard = guard
        self.refusals: dict[tuple[str, int], BlockedAddressError] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        permitted = (
            pair.rpartition(":") for pair in crawler.settings.getlist("NETGUARD_PERMITTED")
        )
        guard = Guard(frozenset((host, int(port)) for host, _, port in permitted))
        return cls(reactor=reactor, original=reactor.nameResolver, guard=guard)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        self.refusals.pop((hostName, portNumber), None)
        receiver = _GuardedReceiver(self, resolutionReceiver, hostName, portNumber)
        literal = address_of(hostName)
        if literal is None:
            return self._original.resolveHostName(
                receiver, hostName, portNumber, addressTypes, transportSemantics
            )
        kind = IPv4Address if isinstance(literal, ipaddress.IPv4Address) else IPv6Address
        resolution = _Resolution(hostName)
        receiver.resolutionBegan(resolution)
        receiver.addressResolved(kind("TCP", str(literal), portNumber))
        receiver.resolutionComplete()
        return resolution

    def check(self, host: str, port: int, address: str) -> bool:
        """Tell whether an answer may be used, and remember why not."""
        try:
            self._guard.check(host, port, address)
        except BlockedAddressError as error:
            self.refusals[host, port] = error
            return False
        return True


@implementer(IResolutionReceiver)
class _GuardedReceiver:
    def __init__(self, resolver: GuardedResolver, receiver: Any, host: str, port: int) -> None:
        self._resolver = resolver
        self._receiver = receiver
        self._host = host
        self._port = port

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if self._resolver.check(self._host, self._port, address.host):
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
