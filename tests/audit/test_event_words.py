"""The event log speaks Chinese: every act and object that the code writes has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.event_words import OBJECTS, action_zh, actions, actor_zh, details_zh, object_zh

_WRITERS = {"append", "Entry"}
_NOTERS = {"note", "_note"}


def calls(folder: Path) -> Iterator[tuple[str, ast.Call, ast.Module]]:
    """Give every call of the application, with the name called and its module."""
    for path in sorted(folder.rglob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func).rpartition(".")[2], node, module


def constants(node: ast.expr, module: ast.Module) -> set[str]:
    """Return the texts that an expression may be; a name is looked up in its module."""
    if isinstance(node, ast.Constant):
        return {str(node.value)} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return constants(node.body, module) | constants(node.orelse, module)
    if isinstance(node, ast.Name):
        return {
            text
            for one in module.body
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == node.id
            for text in constants(one.value, module)
        }
    return set()


def written(folder: Path, keyword: str) -> set[str]:
    found: set[str] = set()
    for name, call, module in calls(folder):
        if name in _WRITERS and any(one.arg == "actor" for one in call.keywords):
            for one in call.keywords:
                if one.arg == keyword:
                    found |= constants(one.value, module)
        elif name in _NOTERS and keyword == "action":
            for argument in call.args:
                found |= constants(argument, module)
        elif name == "move" and keyword == "action" and len(call.args) > 1:
            found |= {f"case.{text}" for text in constants(call.args[1], module)}
    return found


def test_every_act_has_its_words(project_folder: Path) -> None:
    acts = written(project_folder / "audit", "action")

    assert {"case.open", "case.claim", "user.sign_in", "user.off", "evidence.head"} <= acts
    assert acts <= set(actions()), f"add to audit/event_words.py: {sorted(acts - set(actions()))}"


def test_every_object_has_its_words(project_folder: Path) -> None:
    objects = written(project_folder / "audit", "object_type")

    assert {"case", "user", "site", "evidence_chain"} <= objects
    assert objects <= set(OBJECTS)


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"from": "open", "to": "claimed"}, [("原状态", "待领取"), ("现状态", "研判中")]),
        ({"conclusion": "violation", "why": "English"}, [("结论", "涉嫌违规")]),
        ({"ads": ["a", "b"], "region": ""}, [("广告数", "2")]),
        ({"reason": "见 13812345678"}, [("理由", "见 138********")]),
        ({"new_labels": ["math"], "to": "nowhere"}, [("现状态", "—"), ("新增标签", "数学")]),
        ({"holds": False, "enabled": True}, [("启用", "是"), ("完好", "否")]),
        ({"unknown": "x"}, []),
    ],
)
def test_details_are_said(details: dict[str, object], said: list[tuple[str, str]]) -> None:
    assert list(details_zh(details)) == said


def test_unknown_words_are_said_without_english() -> None:
    assert action_zh("x.y") == "其他操作"
    assert object_zh("thing") == "对象"
    assert (actor_zh("system"), actor_zh("wang")) == ("系统", "wang")
