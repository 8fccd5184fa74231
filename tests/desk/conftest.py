"""The desk without a browser: a signed-in client for each role, on a database of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from audit import config
from audit.models import User
from tests.audit.builders import HOHHOT, make_user


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a data folder of its own."""
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()
    yield tmp_path
    config.forget()


@pytest.fixture(autouse=True)
def cheap_passwords(settings: LazySettings) -> None:
    """Hash passwords without the rounds that make guessing them dear."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def signed_in(db: None) -> Callable[..., Client]:
    """Return a client signed in as a user of that role; makes the user when there is none."""

    def sign_in(role: str, *, name: str = "", region: str = HOHHOT) -> Client:
        name = name or role
        user = User.objects.filter(username=name).first() or make_user(name, role, region)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
