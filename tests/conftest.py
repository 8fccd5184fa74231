"""Fixtures that every room's tests share. Each test gets a data folder of its own."""

import os
import tempfile
from pathlib import Path

import pytest

_SESSION_DATA = tempfile.TemporaryDirectory(prefix="jianwei-tests-")
os.environ["JIANWEI_DATA"] = _SESSION_DATA.name
for _name in ("JIANWEI_DATABASE_URL", "JIANWEI_ELASTICSEARCH_URL", "JIANWEI_CONFIG"):
    os.environ.pop(_name, None)


def pytest_sessionfinish() -> None:
    _SESSION_DATA.cleanup()


@pytest.fixture(scope="session")
def project_folder() -> Path:
    return Path(__file__).resolve().parent.parent
