"""Quick passwords: the tests look at what is kept of a password, not at how slow its hash is."""

import pytest


@pytest.fixture(autouse=True)
def quick_password_hash(settings: object) -> None:
    settings.PASSWORD_HASHERS = [  # type: ignore[attr-defined]
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]
