"""`jianwei search` as an operator and a script meet it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit import config
from audit.cli.main import main
from audit.drain import drain
from audit.models import Ad
from audit.outbox import enqueue_ad
from classifier.records import Fact
from tests.audit.builders import make_ad, make_assessment, make_case, span_of

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()
    yield tmp_path
    config.forget()


@pytest.fixture
def jianwei(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def index(*ads: Ad) -> None:
    for ad in ads:
        ad.refresh_from_db()
        enqueue_ad(ad)
    assert drain().problem == ""


@pytest.fixture
def tutoring() -> Ad:
    text = "招生简章\n竖学提分，老师一对一辅导初三学生，电话13800001234"
    facts = (Fact(kind="contact", value="phone:13800001234", span=span_of(text, "13800001234")),)
    ad = make_ad(
        text,
        "暑期\x1b[31m安排",
        url="https://town-a.example/1",
        assessment=make_assessment(text, disguises=("coded_wording",), facts=facts),
    )
    make_case(ad)
    return ad


def test_hit_can_be_judged_without_opening_it(jianwei: Run, tutoring: Ad) -> None:
    index(
        tutoring,
        make_ad("钢琴", "", assessment=make_assessment("钢琴", needs_review=False, risk=0)),
    )
    code, out, err = jianwei("search", "数学")
    assert (code, err) == (0, "")
    assert "共 1 条，显示 1 条（按相关排列）" in out
    for shown in (
        "暑期�[31m安排",
        "https://town-a.example/1",
        "涉嫌：很可能（0.90） · 待领取",
        "学科类培训、数学、",
        "招生简章 【竖学】提分，老师一对一辅导初三学生",
        "暗语：竖学 → 数学",
        "培训性质  学科类培训 1",
        "案件状态  待领取 1",
    ):
        assert shown in out
    assert "13800001234" not in out
    assert "\x1b" not in out


def test_unflagged_ad_is_not_called_suspect(jianwei: Run) -> None:
    index(make_ad("钢琴", assessment=make_assessment("钢琴", needs_review=False, risk=0.1)))
    assert "未见需研判（0.10） · 无案件" in jianwei("search", "钢琴")[1]


def test_json_is_one_object(jianwei: Run, tutoring: Ad) -> None:
    index(tutoring)
    code, out, _ = jianwei("search", "数学", "--json")
    page = json.loads(out)
    assert code == 0
    assert page["total"] == 1
    assert page["hits"][0]["ad_id"] == tutoring.ad_id
    assert page["hits"][0]["status"] == "open"


def test_filters_reach_the_search(jianwei: Run, tutoring: Ad) -> None:
    other = make_ad("初三数学", site_id="town-b", region="320500")
    index(tutoring, other)

    def found(*options: str) -> list[str]:
        return [
            hit["ad_id"] for hit in json.loads(jianwei("search", *options, "--json")[1])["hits"]
        ]

    assert found("--label", "coded_wording", "--label", "math") == [tutoring.ad_id]
    assert found("", "--site", "town-b") == found("--region", "320000") == [other.ad_id]
    assert found("--status", "none", "--sort", "time") == [other.ad_id]
    assert found("--since", "2026-11-26") == []
    assert len(found("--until", "2026-11-25", "--since", "2026-11-25")) == 2
    assert len(found("--limit", "1")) == 1


def test_nothing_found_says_so(jianwei: Run, tutoring: Ad) -> None:
    index(tutoring)
    assert jianwei("search", "无此字样")[:2] == (0, "没有找到符合条件的广告。\n")


def test_updates_not_indexed_yet_are_told(jianwei: Run, tutoring: Ad) -> None:
    index(tutoring)
    enqueue_ad(tutoring)
    code, out, err = jianwei("search", "数学")
    assert code == 0
    assert "还有 1 条更新尚未写入索引" in err
    assert "尚未写入" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["数学 “提分"], 1, "jianwei: query: the quote at character 4 is not closed"),
        (["--label", "maths"], 1, "label 'maths' is unknown. Did you mean 'math'?"),
        (["--region", "x"], 1, "region: expected a code"),
        (["--sort", "age"], 2, "Invalid value for '--sort'"),
        (["--limit", "-1"], 2, "Invalid value for '--limit'"),
        (["--since", "yesterday"], 2, "Invalid value for '--since'"),
        ([], 1, "Run 'jianwei index create'"),
    ],
)
def test_wrong_use_is_one_line(jianwei: Run, arguments: list[str], code: int, says: str) -> None:
    got, out, err = jianwei("search", *arguments)
    assert (got, out) == (code, "")
    assert says in err
    assert code == 2 or err.count("\n") == 1
