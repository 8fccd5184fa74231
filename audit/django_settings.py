"""Django's settings, all of them derived from `audit.config`. Reading them creates nothing."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from audit import config
from audit.errors import ConfigError


def _database() -> dict[str, Any]:
    url = config.get("database_url")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": config.data_folder() / "jianwei.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ConfigError(
            f"setting 'database_url' expected postgresql://…, got scheme {parts.scheme!r}."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }


BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = config.get("secret_key") or "unset: the web service makes its own in the data folder"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "audit"]
AUTH_USER_MODEL = "audit.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": _database()}
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
LOGGING_CONFIG = None
