"""Setting `permitted_addresses`: private addresses with ports, nothing else."""

from collections.abc import Callable, Iterator

import pytest

from audit import config
from audit.errors import ConfigError
from audit.permitted import permitted_addresses


@pytest.fixture
def permit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def set_to(value: str) -> None:
        monkeypatch.setenv("JIANWEI_PERMITTED_ADDRESSES", value)
        config.forget()

    yield set_to
    monkeypatch.undo()
    config.forget()


def test_nothing_is_permitted_by_itself() -> None:
    assert permitted_addresses() == frozenset()


def test_addresses_are_read_with_their_ports(permit: Callable[[str], None]) -> None:
    permit("10.0.0.5:8080, [fd00::1]:80,localhost:9,,")

    assert permitted_addresses() == {("10.0.0.5", 8080), ("fd00::1", 80), ("localhost", 9)}


@pytest.mark.parametrize(
    "value",
    [
        "10.0.0.5",
        "intranet.example:80",
        "8.8.8.8:80",
        "10.0.0.5:99999",
        "10.0.0.5:80/path",
        "http://10.0.0.5:80",
        "user@10.0.0.5:80",
        "10.0.0.0/8:80",
        ":80",
    ],
)
def test_what_is_no_private_address_is_refused(permit: Callable[[str], None], value: str) -> None:
    permit(value)

    with pytest.raises(ConfigError, match="'permitted_addresses' expected private addresses"):
        permitted_addresses()
