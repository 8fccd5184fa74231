import ipaddress

import pytest

from crawler.errors import BlockedAddressError
from crawler.netguard import Guard, permissions_for


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.1.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:c0a8:101::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_guard_refuses_what_is_not_public(address: str) -> None:
    with pytest.raises(BlockedAddressError, match="expected a public address"):
        Guard().check("example.cn", 80, address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "114.114.114.114", "::ffff:8.8.8.8", "2400:3200::1", "64:ff9b::8.8.8.8"],
)
def test_guard_lets_public_addresses_pass(address: str) -> None:
    Guard().check("example.cn", 80, address)


def test_guard_permits_the_pair_that_was_typed_and_no_other() -> None:
    guard = Guard(permissions_for(["http://127.0.0.1:8810/x"]))
    guard.check("127.0.0.1", 8810, ipaddress.ip_address("127.0.0.1"))
    for host, port in (("127.0.0.1", 8811), ("evil.cn", 8810), ("127.0.0.2", 8810)):
        with pytest.raises(BlockedAddressError):
            guard.check(host, port, "127.0.0.1")


@pytest.mark.parametrize(
    ("url", "pairs"),
    [
        ("http://127.0.0.1:8810/", {("127.0.0.1", 8810)}),
        ("https://192.168.0.7/", {("192.168.0.7", 443)}),
        ("http://[::1]:81/", {("::1", 81)}),
        ("http://localhost/", {("localhost", 80)}),
        ("http://8.8.8.8/", set()),
        ("http://intranet.example.cn/", set()),
    ],
)
def test_permissions_come_from_addresses_not_from_names(
    url: str, pairs: set[tuple[str, int]]
) -> None:
    assert permissions_for([url]) == pairs
