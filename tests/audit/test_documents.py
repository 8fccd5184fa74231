"""What an ad's index document says of where it was found."""

import pytest

from audit.documents import host_path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://www.a.Example.cn/x", ("a.example.cn", "example.cn", "www.a.example.cn")),
        ("http://127.0.0.1:8812/", ("127.0.0.1", "127.0.0.1:8812")),
        ("http://[::1]:88/", ("::1", "[::1]:88")),
        ("http://u:p@b.cn:99999/", ("b.cn", "b.cn:99999")),
        ("http://localhost/", ("localhost",)),
    ],
)
def test_host_path_has_host_port_and_domains_above(url: str, path: tuple[str, ...]) -> None:
    assert host_path(url) == path
