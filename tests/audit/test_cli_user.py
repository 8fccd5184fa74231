"""`jianwei user` as an administrator meets it."""

import io
import json
import sys
from typing import Any

import pytest

from audit import config
from audit.cli.main import main
from audit.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()


def jianwei(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_add_prints_a_random_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    code = jianwei("user", "add", "wang", "--role", "reviewer", "--region", "150100", "--json")
    added = json.loads(capsys.readouterr().out)

    assert code == 0
    assert User.objects.get(username="wang").check_password(added["password"])
    assert jianwei("user", "list") == 0
    listed = capsys.readouterr().out
    assert listed == "wang　审核员　150100\n"
    assert added["password"] not in listed


def test_add_takes_a_password_from_stdin_and_does_not_print_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery\n"))

    jianwei("user", "add", "li", "--role", "supervisor", "--grant", "150200", "--password-stdin")

    out = capsys.readouterr().out
    assert out == "已添加用户 li（复核员，全部地区、150200）\n"
    assert User.objects.get(username="li").check_password("correct horse battery")


def test_list_json(capsys: pytest.CaptureFixture[str]) -> None:
    jianwei("user", "list")
    assert capsys.readouterr().out.startswith("还没有用户")
    jianwei("user", "add", "wang", "--role", "auditor", "--grant", "150100")
    capsys.readouterr()

    jianwei("user", "list", "--json")

    assert json.loads(capsys.readouterr().out) == [
        {"name": "wang", "role": "auditor", "region": "", "grants": ["150100"], "active": True}
    ]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("wang",), 2, "Missing option '--role'"),
        (("wang", "--role", "boss"), 2, "'boss' is not one of"),
        (("wang", "--role", "reviewer", "--region", "1501"), 1, "Region '1501': expected"),
        (("twice", "--role", "reviewer"), 1, "User 'twice' exists already"),
    ],
)
def test_errors(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: int, says: str
) -> None:
    jianwei("user", "add", "twice", "--role", "reviewer")
    capsys.readouterr()

    assert jianwei("user", "add", *args) == code

    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
