"""The hits of a search as a table file."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Role
from audit.views import search_export
from tests.audit.builders import make_ad, make_case
from tests.desk.test_search import BAOTOU, ask, context, index


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{reverse('search_export')}{query}")
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(body)))


def test_table_holds_all_hits_of_the_search(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_export, "_HITS_AT_ONCE", 4)
    ads = [make_ad(f"数学{number}") for number in range(11)]
    case = make_case(ads[0])
    index(*ads, make_ad("钢琴", "少儿"), make_ad("数学", region=BAOTOU))
    client = signed_in(Role.REVIEWER)

    rows = rows_of(client, "?q=数学&sort=time&cursor=key:1")

    assert {row["广告编号"] for row in rows} == {ad.ad_id for ad in ads}
    assert len(rows) == 11
    (filed,) = (row for row in rows if row["广告编号"] == ads[0].ad_id)
    assert (filed["案件"], filed["案件状态"], filed["机器判断"]) == (
        str(case.pk),
        "待领取",
        "很可能涉嫌",
    )


def test_table_ends_at_its_bound(
    signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_export, "_HITS_AT_ONCE", 2)
    monkeypatch.setattr(search_export, "MOST_HITS", 6)
    index(*(make_ad(f"数学{number}") for number in range(9)))

    assert len(rows_of(signed_in(Role.REVIEWER))) == 6


def test_crawled_formula_is_defused_and_contact_hidden(signed_in: Callable[..., Client]) -> None:
    index(make_ad("数学，电话13812345678", '=HYPERLINK("http://x")'))

    (row,) = rows_of(signed_in(Role.REVIEWER))

    assert row["标题"] == '\'=HYPERLINK("http://x")'
    assert "1234" not in row["摘录"]


def test_search_that_cannot_be_made_says_so_on_a_page(signed_in: Callable[..., Client]) -> None:
    client = signed_in(Role.REVIEWER)
    index(make_ad("数学"))

    answer = client.get(f"{reverse('search_export')}?q=%22数学")

    assert answer.status_code == 400
    assert "引号没有成对" in answer.content.decode()
    assert context(ask(client)).export == "?"
