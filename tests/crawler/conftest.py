"""Fixtures of the crawler's tests."""

from pathlib import Path

import pytest


@pytest.fixture
def evidence_folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"
