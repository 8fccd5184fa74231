"""The demo's own folder: whose it is, how far it got, and whether it is being served just now."""

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from audit.errors import AuditError
from audit.holder import is_dead, this_process

MARKER = "demo.json"
SERVING = "serving.json"


def demo_version() -> str:
    """Return what a demo must have been made by to be continued: this version, this town."""
    from crawler.town.server import FOLDER

    town = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            town.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{version('jianwei')}+{town.hexdigest()[:12]}"


def prepare(folder: Path) -> int:
    """Make the demo folder ready and return how many crawls of this version it holds.

    Raises:
        AuditError: the folder holds something that no demo made.
    """
    marker = folder / MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.is_file():
        raise AuditError(
            f"{folder}: exists and was not made by 'jianwei demo'. "
            "Move it away or set JIANWEI_DATA."
        )
    state = _read(marker)
    if state.get("complete") and state.get("version") == demo_version():
        runs: int = state["runs"]
    else:
        runs = 0
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    mark(folder, runs=runs, complete=False)
    return runs


def mark(folder: Path, *, runs: int, complete: bool) -> None:
    """Keep how many crawls the folder holds, and whether the last one got to its end."""
    _write(folder / MARKER, {"version": demo_version(), "runs": runs, "complete": complete})


def note_serving(folder: Path, address: str) -> None:
    """Keep that this process serves the demo at an address."""
    _write(folder / SERVING, {"holder": this_process(), "address": address})


def note_not_serving(folder: Path) -> None:
    (folder / SERVING).unlink(missing_ok=True)


def served_at(folder: Path) -> str:
    """Return the address at which a living demo of this folder is served, or an empty string."""
    state = _read(folder / SERVING)
    holder = str(state.get("holder", ""))
    if not holder or is_dead(holder):
        return ""
    return str(state.get("address", ""))


def _read(file: Path) -> dict[str, Any]:
    """Return a JSON object that a demo wrote; empty when it is not there or was cut."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, values: dict[str, Any]) -> None:
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(values), encoding="utf-8")
    fresh.replace(file)
