"""Every refusal that a person at the desk can meet is said in Chinese, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import audit

ROOM = Path(audit.__file__).parent
# Each raises refusals in functions that pages call.
MODULES = (
    "attempts",
    "case_moves",
    "policy",
    "pull_out",
    "queue",
    "queue_conclusions",
    "queue_decisions",
    "queue_filters",
    "queue_listing",
    "ties",
)
_REFUSALS = {"PolicyError", "NoSuchObjectError", "QueryError", "refuse"}


def _refusals(module: str) -> Iterator[ast.Call]:
    tree = ast.parse((ROOM / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in _REFUSALS:
                yield node


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_has_chinese_words_that_say_what_to_do(module: str) -> None:
    refusals = list(_refusals(module))

    silent = [
        call.lineno for call in refusals if "zh" not in {keyword.arg for keyword in call.keywords}
    ]
    assert refusals
    assert silent == []


@pytest.mark.parametrize("module", MODULES)
def test_chinese_words_are_polite_and_hold_no_english(module: str) -> None:
    for call in _refusals(module):
        (words,) = (keyword.value for keyword in call.keywords if keyword.arg == "zh")
        said = "".join(
            part.value
            for part in ast.walk(words)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        said = said.replace("%H:%M", "")
        assert not any("a" <= char.lower() <= "z" for char in said), said
        assert "！" not in said
        assert "违法" not in said
