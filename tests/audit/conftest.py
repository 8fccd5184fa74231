"""What the application's tests share: a data folder each, an index, quick passwords."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit import config
from audit.drain import drain
from audit.models import Ad
from audit.outbox import enqueue_ad


@pytest.fixture(autouse=True)
def quick_password_hash(settings: object) -> None:
    """Look at what is kept of a password, not at how slow its hash is."""
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a data folder of its own."""
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()
    yield tmp_path
    config.forget()


@pytest.fixture
def index(own_data: Path) -> Callable[..., None]:
    """Bring these ads into the index."""

    def index(*ads: Ad) -> None:
        for ad in ads:
            enqueue_ad(ad)
        report = drain()
        assert (report.waiting, report.refused, report.problem) == (0, 0, "")

    return index
