"""`jianwei queue` as an operator meets it."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import pytest
from rich.cells import cell_len
from rich.console import Console

from audit import config, queue
from audit.cli.main import main
from audit.cli.queue_table import COLUMNS, MAX_COLUMNS, plain_lines, rich_table
from audit.models import Case, Event, Role, State, User
from classifier.records import Counterpoint, Decoding, Dimension, Fact
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    make_user,
    put_in_state,
    span_of,
)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Result]


@pytest.fixture
def jianwei(
    capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Run:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()

    def run(*args: object) -> Result:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, out, err)

    return run


@pytest.fixture
def wang() -> User:
    return make_user("wang")


@pytest.fixture
def li() -> User:
    return make_user("li", Role.SUPERVISOR)


TEXT = "初三竖学一对一提分，周末上课。\n地点在小区居民楼。\n电话 13800001234，找张小明。\n平时不留作业。"


@pytest.fixture
def case() -> Case:
    assessment = make_assessment(
        TEXT,
        disguises=("covert_venue",),
        violations=("restricted_hours",),
        findings=(
            make_finding(TEXT, "竖学一对一", decoded="数学"),
            make_finding(
                TEXT,
                "周末上课",
                label="restricted_hours",
                axis="violation",
                score=0.6,
                reason="休息日开展学科类培训",
                basis=("npelreg-a63-2-rules", "dr-2021-rest-days"),
            ),
        ),
        dimensions={
            "purpose": Dimension(state="met", spans=(span_of(TEXT, "提分"),)),
            "content": Dimension(state="met"),
            "method": Dimension(state="unknown"),
            "evaluation": Dimension(state="unmet"),
        },
        against=(Counterpoint(reason="自称不留作业", spans=(span_of(TEXT, "不留作业"),)),),
        missing=("没有写明收费",),
        facts=(
            Fact(kind="grade", value="初三", span=span_of(TEXT, "初三")),
            Fact(kind="contact", value="phone:13800001234", span=span_of(TEXT, "13800001234")),
            Fact(kind="person", value="张小明", span=span_of(TEXT, "张小明")),
        ),
        decodings=(Decoding(span=span_of(TEXT, "竖学"), plain="数学", method="look-alike"),),
    )
    ads = [make_ad(TEXT, "竖学班", assessment=assessment, site_id=site) for site in ("a", "b")]
    return make_case(*ads)


def test_list_shows_the_most_urgent_first(jianwei: Run, wang: User, case: Case) -> None:
    make_case(make_ad("普通", assessment=make_assessment("普通", risk=0.1)))

    result = jianwei("queue", "list", "--user", "wang")

    lines = result.out.splitlines()
    assert result.code == 0
    assert lines[0].split() == ["案件", "优先", "风险", "状态", "地区", "处", "标签", "标题"]
    assert lines[1].split()[0] == str(case.pk)
    assert "待领取" in lines[1]
    assert "学科类培训" in lines[1]
    assert lines[-1] == "共 2 件，列出 2 件。"


def test_list_json_has_total_and_rows(jianwei: Run, wang: User, case: Case) -> None:
    found = jianwei("queue", "list", "--user", "wang", "--json").json

    assert found["total"] == 1
    (row,) = found["cases"]
    assert row["case"] == case.pk
    assert row["placements"] == 2
    assert row["labels"] == [
        "subject_tutoring",
        "covert_venue",
        "restricted_hours",
        "math",
    ]


def test_empty_list_says_why(jianwei: Run, wang: User) -> None:
    result = jianwei("queue", "list", "--user", "wang")

    assert result.code == 0
    assert result.out.startswith("没有符合条件的案件")


@pytest.mark.parametrize("kind", ["plain", "rich"])
def test_list_rows_fit_a_hundred_columns(kind: str) -> None:
    rows = [
        {column.key: "汉字𠮷🐟️很长" * 30 for column in COLUMNS},
        {column.key: "x" * 200 for column in COLUMNS},
        {column.key: "\x1b[31m\n\t" for column in COLUMNS},
    ]
    if kind == "plain":
        lines = plain_lines(rows)
    else:
        console = Console(width=MAX_COLUMNS, file=io.StringIO(), record=True)
        console.print(rich_table(rows))
        lines = console.export_text().splitlines()

    assert len(lines) == 4
    assert all(cell_len(line.rstrip()) <= MAX_COLUMNS for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_show_prints_everything_that_a_reviewer_needs(jianwei: Run, wang: User, case: Case) -> None:
    ad = case.case_ads.order_by("pk")[0].ad
    jianwei("queue", "claim", case.pk, "--user", "wang")

    out = click.unstyle(jianwei("queue", "show", case.pk, "--user", "wang").out)

    for wanted in (
        f"案件 {case.pk}　研判中　机器判断：很可能涉嫌（0.90）",
        "领取人 wang",
        "初三【竖学（→数学）一对一】[1]提分，【周末上课】[2]。",
        "电话 ***********，找***。",
        "[1] 培训性质·学科类培训　很可能（0.90）　文中写明讲授学科内容",
        "原文：“竖学一对一”（解读：数学）",
        "[2] 违规情形·占用休息日",
        "可能（0.60）",
        "moe53-a17-unlicensed",
        "待核实",
        "罚则：",
        "目的：具备　内容：具备　方式：不明　评价：不具备",
        "目的：“提分”",
        "自称不留作业　“不留作业”",
        "没有写明收费",
        "联系方式：“***********”",
        "年级：“初三”",
        "2026-11-25 14:03:00（北京时间） / 2026-11-25 06:03:00 UTC",
        ad.url,
        "偏移 512",
        "sha256:",
        "robots　　允许（allow: /）",
        "文件不在存证目录",
        "同一内容的其他发布（1 处）",
        "case.claim",
    ):
        assert wanted in out, wanted
    for hidden in ("13800001234", "张小明"):
        assert hidden not in out
    ours = "".join(part for part in out.split("■") if not part.startswith(" 依据条款"))
    assert "违法" not in ours


def test_show_opens_personal_data_for_a_purpose_only(jianwei: Run, wang: User, case: Case) -> None:
    without = jianwei("queue", "show", case.pk, "--user", "wang", "--open-personal")
    assert without.code == 2
    assert "--purpose" in without.err

    opened = jianwei(
        "queue", "show", case.pk, "--user", "wang", "--open-personal", "--purpose", "联系核实"
    )

    assert "13800001234" in opened.out
    assert "张小明" in opened.out
    event = Event.objects.get(action="personal.open")
    assert (event.actor, event.purpose) == ("wang", "联系核实")


def test_auditor_may_look_but_not_open_personal_data(jianwei: Run, case: Case) -> None:
    make_user("audit", Role.AUDITOR)

    assert jianwei("queue", "show", case.pk, "--user", "audit").code == 0
    refused = jianwei(
        "queue", "show", case.pk, "--user", "audit", "--open-personal", "--purpose", "看看"
    )

    assert refused.code == 1
    assert "that needs the role reviewer or supervisor or investigator" in refused.err
    assert not Event.objects.filter(action="personal.open").exists()


def test_show_json_is_masked_and_whole(jianwei: Run, wang: User, case: Case) -> None:
    view = jianwei("queue", "show", case.pk, "--user", "wang", "--json").json

    assert view["ad"]["text"] == TEXT.replace("13800001234", "*" * 11).replace("张小明", "***")
    assert [found["label"] for found in view["findings"]] == [
        "subject_tutoring",
        "restricted_hours",
    ]
    assert view["evidence"]["warc_offset"] == 512
    assert "13800001234" not in json.dumps(view, ensure_ascii=False)


def test_show_of_a_bare_opinion_says_nothing_none(jianwei: Run, wang: User) -> None:
    case = make_case(make_ad("数学", "", assessment=make_assessment("数学", dimensions={})))

    out = jianwei("queue", "show", case.pk, "--user", "wang").out

    assert "没有逐条依据。" in out
    assert "没有可引用的条款。" in out
    assert "未见。" in out
    assert "None" not in out
    assert "null" not in out


def test_hostile_text_cannot_command_the_terminal(jianwei: Run, wang: User) -> None:
    text = "初三数学\x1b]0;owned\x07\u202e <script>alert(1)</script>"
    case = make_case(make_ad(text, "\x1b[2J标题", assessment=make_assessment(text)))

    for args in (("show", case.pk), ("list",)):
        out = jianwei("queue", *args, "--user", "wang").out
        assert "\x1b]" not in out
        assert "\x1b[2J" not in out
        assert "\u202e" not in out


def test_whole_walk_from_claim_to_confirmation(
    jianwei: Run, wang: User, li: User, case: Case
) -> None:
    number = case.pk
    claimed = jianwei("queue", "claim", number, "--user", "wang")
    assert claimed.code == 0
    assert "由 wang 领取" in claimed.out
    decided = jianwei(
        "queue", "decide", number, "--user", "wang", "--conclusion", "violation",
        "--label", "subject_tutoring", "--label", "physics", "--clause", "moe53-a18-2-venue",
        "--reason", "居民楼里讲授物理", "--json",
    )  # fmt: skip
    assert decided.json["state"] == "proposed"
    returned = jianwei("queue", "return", number, "--user", "li", "--reason", "请核对学科")
    assert f"案件 {number}：已退回" in returned.out
    assert jianwei("queue", "claim", number, "--user", "wang").code == 0
    assert jianwei("queue", "release", number, "--user", "wang", "--json").json["state"] == (
        "returned"
    )
    jianwei("queue", "claim", number, "--user", "wang")
    jianwei(
        "queue", "decide", number, "--user", "wang", "--conclusion", "violation",
        "--reason", "已核对，是数学",
    )  # fmt: skip
    confirmed = jianwei("queue", "confirm", number, "--user", "li")

    assert f"案件 {number}：已复核，结论：涉嫌违规" in confirmed.out
    shown = jianwei("queue", "show", number, "--user", "li").out
    for wanted in ("wang　研判　涉嫌违规　居民楼里讲授物理", "li　退回", "li　复核"):
        assert wanted in shown
    first, _, second, _ = Case.objects.get().decisions.order_by("pk")
    assert first.labels["subjects"] == ["physics"]
    assert first.clauses == ["moe53-a18-2-venue"]
    assert second.labels["subjects"] == ["math"]


def test_several_claims_go_on_after_a_refusal(jianwei: Run, wang: User, case: Case) -> None:
    other = make_case()

    result = jianwei("queue", "claim", case.pk, 999, other.pk, "--user", "wang")

    assert result.code == 1
    assert result.out.count("研判中") == 2
    assert result.err == (
        "jianwei: Case 999: no such case for 'wang'."
        " Run 'jianwei queue list --user wang' to see yours.\n"
    )


def test_due_day_is_the_end_of_that_day_in_beijing(jianwei: Run, wang: User, case: Case) -> None:
    jianwei("queue", "claim", case.pk, "--user", "wang")

    result = jianwei(
        "queue", "decide", case.pk, "--user", "wang", "--conclusion", "needs_evidence",
        "--reason", "需要现场核实", "--due", "2026-12-31", "--json",
    )  # fmt: skip

    assert result.json["due_at"] == "2026-12-31T15:59:59+00:00"
    assert "补证至12-31" in jianwei("queue", "list", "--user", "wang").out


def test_assign_and_note_show_in_the_list(jianwei: Run, wang: User, li: User, case: Case) -> None:
    assigned = jianwei("queue", "assign", case.pk, "--user", "li", "--to", "wang")
    assert "已指派给 wang" in assigned.out

    assert "指派 wang" in jianwei("queue", "list", "--user", "li").out
    assert jianwei("queue", "list", "--user", "li", "--unclaimed", "--json").json["total"] == 0


def test_changed_ad_is_told_before_the_decision(jianwei: Run, wang: User, case: Case) -> None:
    ad = case.case_ads.order_by("pk")[0].ad
    jianwei("queue", "claim", case.pk, "--user", "wang")
    add_version(ad, "初三数学，已改。", fetched_at=NOW)
    judge(ad, make_assessment("初三数学，已改。"))
    decide = (
        "queue", "decide", case.pk, "--user", "wang", "--conclusion", "violation",
        "--reason", "讲授数学",
    )  # fmt: skip

    refused = jianwei(*decide)
    jianwei("queue", "show", case.pk, "--user", "wang")

    assert refused.code == 1
    assert f"Run 'jianwei queue show {case.pk} --user wang'" in refused.err
    assert jianwei(*decide).code == 0


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("list",), 2, "Missing option '--user'"),
        (("list", "--user", "nobody"), 1, "User 'nobody': no such user"),
        (("list", "--user", "wang", "--state", "lost"), 1, "State 'lost': expected one of"),
        (("list", "--user", "admin"), 1, "may not list the queue"),
        (("show", "12", "--user", "wang"), 1, "Case 12: no such case for 'wang'"),
        (("show", "99999999999999999999999", "--user", "wang"), 1, "no such case for 'wang'"),
        (("show", "-1", "--user", "wang"), 2, "No such option"),
        (("show", "x", "--user", "wang"), 2, "'x' is not a valid integer"),
        (("claim", "--user", "wang"), 2, "Missing argument 'CASE...'"),
        (("decide", "1", "--user", "wang", "--conclusion", "violation"), 2, "'--reason'"),
        (("refer", "1", "--user", "wang"), 1, "jianwei queue refer: not built yet."),
    ],
)
def test_errors_are_one_line_with_the_right_code(
    jianwei: Run, wang: User, args: tuple[str, ...], code: int, says: str
) -> None:
    make_user("admin", Role.ADMINISTRATOR)

    result = jianwei("queue", *args)

    assert result.code == code
    assert says in result.err
    assert result.out == ""
    if code == 1:
        assert result.err.count("\n") == 1


def test_another_region_s_case_is_no_case(jianwei: Run, case: Case) -> None:
    make_user("baotou", region="150200")

    result = jianwei("queue", "show", case.pk, "--user", "baotou")

    assert result.code == 1
    assert f"Case {case.pk}: no such case for 'baotou'" in result.err
    assert jianwei("queue", "list", "--user", "baotou", "--json").json["total"] == 0


def test_help_is_told_from_the_table(jianwei: Run) -> None:
    help_text = jianwei("queue", "confirm", "--help").out

    assert "Roles: supervisor." in help_text
    assert "The case must be proposed. It becomes confirmed." in help_text
    assert "the person is not the one who proposed" in help_text


def test_expired_claim_is_listed_as_open_again(wang: User, case: Case) -> None:
    from audit.queue_rows import row_values
    from tests.audit.builders import later

    put_in_state(case, State.CLAIMED, holder=wang)

    (held,) = queue.listing(wang, now=NOW).cases
    assert row_values(held, now=NOW)["claimed_by"] == "wang"
    row = row_values(held, now=later(hours=1))
    assert (row["state"], row["claimed_by"], row["lease_until"]) == ("open", None, None)
