import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import logs


@pytest.fixture
def clean_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("电话 13812345678 咨询", "12345678"),
        ("电话 138-1234-5678", "1234-5678"),
        ("座机 0471-5551234", "5551234"),
        ("加微信：ls_teacher88 详聊", "teacher88"),
        ("微信号 abc12345", "abc12345"),
        ("QQ:123456789", "123456789"),
        ("写信到 someone@example.org", "@example.org"),
    ],
)
def test_mask_contacts_hides_and_keeps_the_length(text: str, hidden: str) -> None:
    masked = logs.mask_contacts(text)

    assert hidden not in masked
    assert len(masked) == len(text)


@pytest.mark.parametrize(
    "text", ["2026-11-25 14:03:05", "共 1380 条", "01JDHXXXXXXXXXXXXXXXXXXXXX"]
)
def test_mask_contacts_leaves_other_numbers(text: str) -> None:
    assert logs.mask_contacts(text) == text


def test_file_log_is_json_with_masked_fields(tmp_path: Path, clean_root: None) -> None:
    logs.configure("INFO", folder=tmp_path, secrets=frozenset({"s3cret-word"}))

    logging.getLogger("audit.test").info(
        "Called %s", "13812345678", extra={"url": "http://u:s3cret-word@host/", "count": 3}
    )

    entry = json.loads((tmp_path / "jianwei.log").read_text(encoding="utf-8"))
    assert entry["message"] == "Called 138********"
    assert entry["url"] == "http://u:***@host/"
    assert entry["count"] == 3
    assert entry["level"] == "INFO"


def test_stderr_gets_warnings_only(
    tmp_path: Path, clean_root: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO", folder=tmp_path)

    logging.getLogger("audit.test").info("Quiet")
    logging.getLogger("audit.test").warning("Loud", extra={"phone": "13812345678"})

    shown = capsys.readouterr().err
    assert "Quiet" not in shown
    assert "WARNING audit.test Loud phone=138********" in shown


def test_configure_twice_logs_once(
    tmp_path: Path, clean_root: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO", folder=tmp_path)
    logs.configure("INFO", folder=tmp_path)

    logging.getLogger("audit.test").warning("Once")

    assert capsys.readouterr().err.count("Once") == 1
