"""Whatever the crawler writes has Chinese words: reasons, warnings; schedules say when they are."""

import re
from pathlib import Path

import pytest

from audit.crawl_reasons import in_chinese, in_english
from audit.ledger_words import OTHER_WARNING, warning_zh
from audit.site_words import cron_zh

_CRAWLER = Path(__file__).resolve().parents[2] / "crawler"
_CHINESE = re.compile("[\u4e00-\u9fff]")
# Where the crawler names a reason: as an argument, in the table of failures, as a pair.
_NAMED = re.compile(
    r"""reason="(\w+)"|\w, "(\w+)"\),$|return "(\w+_cap|trap|document)",|\("(trap)", why\)"""
    r"""|_drop_pending\("(\w+)"|_unavailable\(origin, "(\w+)"|why = "(\w+)" if|else "(stopped)"$"""
    r"""|return "(error)"$""",
    re.MULTILINE,
)


def reasons_of_crawler() -> set[str]:
    found: set[str] = set()
    for path in _CRAWLER.rglob("*.py"):
        for match in _NAMED.finditer(path.read_text(encoding="utf-8")):
            found |= {group for group in match.groups() if group}
    return found


def test_reasons_are_found_in_the_crawler() -> None:
    assert {"robots", "page_cap", "timeout", "document", "redirect_loop"} <= reasons_of_crawler()


@pytest.mark.parametrize("reason", sorted(reasons_of_crawler()))
def test_every_reason_has_words(reason: str) -> None:
    assert _CHINESE.search(in_chinese(reason)), f"crawl_reasons lacks '{reason}'"
    assert in_english(reason)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("http_404", "HTTP 404 页面不存在"),
        ("http_418", "HTTP 418"),
        ("made_up", "made_up"),
        ("", ""),
    ],
)
def test_statuses_and_unknown_reasons_stand_for_themselves(reason: str, words: str) -> None:
    assert in_chinese(reason) == words


@pytest.mark.parametrize(
    ("warning", "words"),
    [
        (
            "edu: https://a.example: robots.txt could not be had (timeout, no answer); nothing is"
            " fetched there.",
            "https://a.example 的 robots.txt 取不到（超时），该网站未抓取。",
        ),
        (
            "edu: a.example: robots.txt asks for 90 seconds between pages; kept.",
            "a.example 的 robots.txt 要求每页间隔 90 秒，已照办，本次抓取会较慢。",
        ),
        (
            "edu: render: always is not built yet; pages are fetched as they are",
            "edu 声明了浏览器渲染，目前尚不支持，页面按原样抓取。",
        ),
        ("something never said before", OTHER_WARNING),
    ],
)
def test_warnings_are_told_in_chinese(warning: str, words: str) -> None:
    assert warning_zh(warning) == words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("30 2 * * *", "每天 02:30"),
        ("30 2 * * 1-5", "每周一至周五 02:30"),
        ("0 6,18 * * *", "每天 06:00、18:00"),
        ("5 * * * *", "每小时的第 5 分"),
        ("*/15 * * * *", "每 15 分钟"),
        ("0 */4 * * *", "每 4 小时"),
        ("20 */4 * * 6,7", "每周六、日，每 4 小时的第 20 分"),
        ("0 8 1,15 * *", "每月 1、15 日 08:00"),
        ("* * * * *", "每分钟"),
        ("0 8 1 6 *", "按计划式 0 8 1 6 *"),
        ("0 8 1 * 1", "按计划式 0 8 1 * 1"),
        ("0-5 8 * * *", "按计划式 0-5 8 * * *"),
    ],
)
def test_schedules_are_said_in_words(cron: str, words: str) -> None:
    assert cron_zh(cron) == words
