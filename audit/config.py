"""The one table of settings: name, kind, default, meaning.

Values come from `JIANWEI_<NAME>` variables, then from `jianwei.toml` in the working directory
(or the file that `JIANWEI_CONFIG` names), then from the default. Nothing is created on import.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from audit.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table."""

    name: str
    kind: type
    default: Any
    means: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="data",
        kind=Path,
        default=Path("var"),
        means="folder of all state: evidence, runs, index, database, models, logs",
    ),
    Setting(
        name="database_url",
        kind=str,
        default="",
        means="postgresql://user:password@host:port/name; empty: SQLite in the data folder",
        secret=True,
    ),
    Setting(
        name="elasticsearch_url",
        kind=str,
        default="",
        means="one or more server addresses, comma separated; empty: the embedded engine",
    ),
    Setting(
        name="elasticsearch_user", kind=str, default="", means="user name for the search server"
    ),
    Setting(
        name="elasticsearch_password",
        kind=str,
        default="",
        means="password for the search server",
        secret=True,
    ),
    Setting(
        name="elasticsearch_api_key",
        kind=str,
        default="",
        means="API key for the search server, instead of user and password",
        secret=True,
    ),
    Setting(
        name="elasticsearch_ca",
        kind=str,
        default="",
        means="PEM file of the authority that signed the search server's certificate",
    ),
    Setting(
        name="elasticsearch_timeout_seconds",
        kind=int,
        default=30,
        means="longest wait for one answer of the search server",
    ),
    Setting(
        name="index_prefix",
        kind=str,
        default="jianwei-",
        means="prefix of index and alias names on a shared search server",
    ),
    Setting(
        name="contact",
        kind=str,
        default="",
        means="e-mail or address in the crawler's User-Agent, so that site owners can reach you",
    ),
    Setting(
        name="operator",
        kind=str,
        default="unknown",
        means="person or office that runs the crawl, written into each evidence file",
    ),
    Setting(
        name="permitted_addresses",
        kind=str,
        default="",
        means="private addresses (host:port, comma separated) that may be crawled all the same",
    ),
    Setting(
        name="secret_key",
        kind=str,
        default="",
        means="signs sessions and keys the hash of contacts; empty: made once in the data folder",
        secret=True,
    ),
    Setting(
        name="claim_minutes",
        kind=int,
        default=30,
        means="how long a claim on a case lasts before it is free again",
    ),
    Setting(
        name="confirm_risk",
        kind=float,
        default=0.8,
        means="a dismissal of a case at or above this risk needs a second person",
    ),
    Setting(
        name="desk_hosts",
        kind=str,
        default="",
        means="host names of the desk behind a TLS proxy, comma separated; empty: this machine",
    ),
    Setting(
        name="idle_minutes",
        kind=int,
        default=60,
        means="how long a signed-in person may do nothing before they must sign in again",
    ),
    Setting(name="log_level", kind=str, default="INFO", means="least level that is logged"),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A setting's value and where it came from (`default`, a variable, or a file)."""

    setting: Setting
    value: Any
    source: str


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean '{close[0]}'?" if close else " Remove it."


def _convert(setting: Setting, raw: Any, source: str) -> Any:
    if setting.kind is Path:
        return Path(str(raw)).expanduser()
    try:
        return setting.kind(raw)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{source}: setting '{setting.name}' expected {setting.kind.__name__}, got {raw!r}."
        ) from error


def read_settings(
    environ: Mapping[str, str] | None = None, folder: Path | None = None
) -> dict[str, Value]:
    """Read every setting with its source.

    Raises:
        ConfigError: unknown name (with the nearest one), or a value of the wrong kind.
    """
    environ = os.environ if environ is None else environ
    file = Path(environ.get("JIANWEI_CONFIG") or (folder or Path()) / "jianwei.toml")
    table: dict[str, Any] = {}
    if file.is_file():
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: not readable as TOML ({error}).") from error
    elif "JIANWEI_CONFIG" in environ:
        raise ConfigError(f"JIANWEI_CONFIG: no file at {file}. Create it or unset the variable.")
    for name in table:
        if name not in _BY_NAME:
            raise ConfigError(f"{file}: unknown key '{name}'.{_nearest(name, list(_BY_NAME))}")
    values = {}
    for setting in SETTINGS:
        variable = f"JIANWEI_{setting.name.upper()}"
        if environ.get(variable):
            value, source = environ[variable], variable
        elif setting.name in table:
            value, source = table[setting.name], str(file)
        else:
            value, source = setting.default, "default"
        values[setting.name] = Value(
            setting=setting, value=_convert(setting, value, source), source=source
        )
    return values


@cache
def _current() -> dict[str, Value]:
    return read_settings()


def get(name: str) -> Any:
    """Return the value of one setting, read once per process."""
    return _current()[name].value


def data_folder() -> Path:
    """Return the absolute data folder, which may not exist yet."""
    folder: Path = get("data")
    return folder.resolve()


def forget() -> None:
    """Forget the values read so far; for tests and for commands that set variables themselves."""
    _current.cache_clear()
