"""`jianwei queue withdraw`, `tie` and `pull-out`, and what search knows after an act."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from audit import config
from audit.cli.main import main
from audit.models import Case, CaseAd, Outbox, Role, State, Tie, User
from audit.search import search
from tests.audit.builders import make_ad, make_case, make_user, put_in_state

pytestmark = pytest.mark.django_db

_numbers = count(1)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def jianwei(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run `jianwei queue …` and return exit code, output and errors."""
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()

    def run(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["queue", *(str(arg) for arg in args)])
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, out, err)

    return run


@pytest.fixture
def wang() -> User:
    return make_user("wang")


def _case(*names: str) -> Case:
    now, text = datetime.now(UTC), f"第 {next(_numbers)} 期初三数学班"
    ads = [make_ad(text, site_id=name, seen=now) for name in names or ("a",)]
    return make_case(*ads, now=now)


def _state(out: str) -> Any:
    return json.loads(out)["state"]


def test_withdraw_makes_a_proposal_one_s_own_case_again(jianwei: Run, wang: User) -> None:
    case = put_in_state(_case(), State.PROPOSED, by=wang)
    make_user("li", Role.SUPERVISOR)

    refused = jianwei("withdraw", case.pk, "--user", "li")
    done = jianwei("withdraw", case.pk, "--user", "wang")

    assert refused[0] == 1
    assert "somebody else proposed it" in refused[2]
    assert done[0] == 0
    assert done[1].startswith(f"案件 {case.pk}：研判中，由 wang 领取")


def test_tie_frees_the_case_and_needs_a_reason(jianwei: Run, wang: User) -> None:
    case = _case()
    jianwei("claim", case.pk, "--user", "wang")

    assert jianwei("tie", case.pk, "--user", "wang")[0] == 2
    _, out, _ = jianwei("tie", case.pk, "--user", "wang", "--reason", "亲属任教", "--json")

    assert _state(out) == "open"
    assert Tie.objects.get().note == "亲属任教"


def test_pull_out_tells_the_case_that_it_opened(jianwei: Run, wang: User) -> None:
    case = _case("a", "b")
    ad = case.case_ads.order_by("-pk")[0].ad
    jianwei("claim", case.pk, "--user", "wang")

    code, out, _ = jianwei("pull-out", case.pk, ad.ad_id, "--user", "wang", "--json")

    opened = CaseAd.objects.get(ad=ad).case
    assert code == 0
    assert opened != case
    assert json.loads(out)["case"] == opened.pk


@pytest.mark.parametrize("how", ["one", "several"])
def test_search_knows_the_new_status_after_an_act(jianwei: Run, wang: User, how: str) -> None:
    case, other = _case(), _case()

    if how == "one":
        jianwei("claim", case.pk, "--user", "wang")
        jianwei("tie", case.pk, "--user", "wang", "--reason", "亲属任教")
        jianwei("claim", other.pk, "--user", "wang")
    else:
        jianwei("claim", case.pk, 999, other.pk, "--user", "wang")

    assert not Outbox.objects.exists()
    held = search("", status="claimed").total
    assert held == (1 if how == "one" else 2)


def test_act_is_saved_and_the_lag_told_when_the_index_is_out_of_order(
    jianwei: Run, wang: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = _case()
    monkeypatch.setenv("JIANWEI_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    config.forget()

    code, out, err = jianwei("claim", case.pk, "--user", "wang")

    assert code == 0
    assert "研判中" in out
    assert "saved, but the index is behind by 1" in err
    assert Case.objects.get().state == State.CLAIMED
