"""A supervisor confirms one proposal and returns another, which its reviewer then finds again."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.desk.conftest import Desk
from tests.e2e.desk.watched import look

Open = Callable[..., Page]


def propose(desk: Desk, case: int) -> None:
    desk.jianwei.run("queue", "claim", str(case), "--user", "shenhe1")
    desk.jianwei.run(
        "queue", "decide", str(case), "--user", "shenhe1",
        "--conclusion", "violation", "--reason", "文中写明讲授学科内容",
    )  # fmt: skip


def state(desk: Desk, case: int) -> str:
    shown = desk.jianwei.json("queue", "show", str(case), "--user", "fuhe1")
    return str(shown["state"])


def test_one_is_confirmed_and_one_returned(open_page: Open, desk: Desk) -> None:
    propose(desk, 1)
    propose(desk, 2)
    page = open_page("fuhe1", allowed=(409,))
    expect(page.get_by_role("link", name="待复核 2")).to_have_attribute("aria-current", "page")

    page.keyboard.press("n")
    page.wait_for_url("**/cases/**")
    expect(page.get_by_text("文中写明讲授学科内容").first).to_be_visible()
    assert look(page) == []
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    first, second = (1, 2) if state(desk, 1) == "confirmed" else (2, 1)
    assert state(desk, first) == "confirmed"

    page.goto(f"/cases/{second}/")
    page.get_by_role("button", name="退回").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("复核意见").fill("请补充收费依据。")
    with page.expect_navigation():
        page.get_by_role("button", name="退回").click()
    assert state(desk, second) == "returned"

    reviewer = open_page("shenhe1", "/queue/?tab=returned")
    reviewer.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(reviewer.get_by_text("请补充收费依据。").first).to_be_visible()
    assert look(reviewer) == []
