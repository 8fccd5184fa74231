"""The command table: it is what design promises outsiders."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli.main import COMMANDS

CONTRACT = {
    "demo", "crawl", "ingest", "classify", "search", "queue", "export", "evidence", "index",
    "site", "registry", "model", "user", "migrate", "work", "serve", "doctor", "backup", "restore",
}  # fmt: skip
LATER = sorted(name for name, (module, _) in COMMANDS.items() if module == "later")


def jianwei(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audit.cli.main", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_every_promised_command_exists() -> None:
    assert set(COMMANDS) == CONTRACT


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_command_has_help(name: str) -> None:
    done = jianwei(name, "--help")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: jianwei")


@pytest.mark.parametrize("name", LATER)
def test_later_command_says_so_and_fails(name: str) -> None:
    done = jianwei(name, "anything", "--json")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"jianwei {name}: not built yet.\n"


@pytest.mark.parametrize(
    "args",
    [
        ("model", "list"),
        ("model", "use", "x"),
        ("queue", "refer", "1", "--user", "u"),
        ("queue", "recheck", "1", "--user", "u"),
        ("queue", "close", "1", "--user", "u"),
    ],
    ids=" ".join,
)
def test_later_subcommand_says_so_and_fails(args: tuple[str, ...]) -> None:
    done = jianwei(*args)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().endswith("not built yet.")


@pytest.mark.parametrize(
    "args", [("nonsense",), ("crawl", "--nonsense")], ids=["command", "option"]
)
def test_wrong_usage_exits_2(args: tuple[str, ...]) -> None:
    assert jianwei(*args).returncode == 2


def test_readme_names_only_commands_that_exist(project_folder: Path) -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (project_folder / name).read_text(encoding="utf-8")
        used = set(re.findall(r"(?:bin/|^|`)jianwei ([a-z]+)", text, re.MULTILINE))
        assert used <= CONTRACT, name
