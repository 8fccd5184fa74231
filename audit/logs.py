"""Structured logs: people read one line on stderr, machines one JSON object per line in a file.

A filter on both handlers masks phone numbers, WeChat and QQ ids, e-mail addresses and secrets.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTACTS = re.compile(
    r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d(?:[-\s]?\d{4}){2}(?!\d)"
    r"|(?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)"
    r"|(?i:(?:微信|薇信|wechat|weixin|wx|vx|qq)号?\s*[:：]?\s*)[a-z0-9][a-z0-9_-]{4,19}"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_MAX_FIELD_CHARS = 500
# They tell each retry with a traceback; what it comes to is told by our own errors.
_CHATTY = ("elastic_transport", "urllib3")


def mask_contacts(text: str) -> str:
    """Replace each contact by asterisks of the same length; its first three characters stay."""
    return _CONTACTS.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)


class MaskFilter(logging.Filter):
    """Masks contacts and the given secrets in the message and in every extra field."""

    def __init__(self, secrets: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.secrets = frozenset(secret for secret in secrets if len(secret) >= 4)

    def _mask(self, value: Any) -> Any:
        if isinstance(value, int | float | bool) or value is None:
            return value
        text = str(value)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return mask_contacts(text)[:_MAX_FIELD_CHARS]

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._mask(record.getMessage())
        record.args = None
        for name in set(vars(record)) - _STANDARD:
            setattr(record, name, self._mask(getattr(record, name)))
        return True


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class LineFormatter(logging.Formatter):
    """`14:03:05 WARNING audit.ingest Ad skipped: empty text site=… url=…`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).astimezone()
        fields = "".join(f" {name}={value}" for name, value in _extras(record).items())
        line = f"{moment:%H:%M:%S} {record.levelname} {record.name} {record.msg}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object with `at` (UTC), `level`, `logger`, `message` and the extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.msg,
            **_extras(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure(
    level: str, *, folder: Path | None = None, secrets: frozenset[str] = frozenset()
) -> None:
    """Send warnings to stderr and everything from `level` to `folder`/jianwei.log, both masked.

    Raises:
        ValueError: `level` is no level name.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(handler, "is_jianwei", False):
            root.removeHandler(handler)
            handler.close()
    handlers: list[tuple[logging.Handler, str]] = [(logging.StreamHandler(sys.stderr), "WARNING")]
    handlers[0][0].setFormatter(LineFormatter())
    if folder is not None and folder.is_dir():
        file_handler = logging.FileHandler(folder / "jianwei.log", encoding="utf-8", delay=True)
        file_handler.setFormatter(JsonFormatter())
        handlers.append((file_handler, level.upper()))
    for handler, least in handlers:
        handler.setLevel(least)
        handler.addFilter(MaskFilter(secrets))
        handler.is_jianwei = True  # type: ignore[attr-defined]
        root.addHandler(handler)
    root.setLevel(min(logging.getLevelName(least) for _, least in handlers))
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    # Each wrong password and each lock-out is a warning; what goes on behind them is not.
    logging.getLogger("axes").setLevel(logging.WARNING)
