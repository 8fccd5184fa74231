"""Every page as each role first sees it: nothing for axe to find, nothing wider than the window."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk.conftest import Desk
from tests.e2e.desk.watched import WIDE, look, overflows

Open = Callable[..., Page]
PAGES = {
    "shenhe1": ("/queue/", "/queue/?tab=mine", "/queue/?title=没有这个标题", "/cases/1/", "/cases/1/tie/", "/log/", "/password/"),
    "fuhe1": ("/queue/", "/runs/", "/sites/", "/watch/"),
    "diaocha1": ("/search/", "/search/?q=数学", "/search/?q=没有这样的词语", "/search/?q=“"),
    "shenji1": ("/log/", "/cases/1/"),
    "guanli1": ("/sites/", "/sites/new/", "/runs/", "/watch/", "/log/"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible_and_fit(name: str, open_page: Open) -> None:
    page = open_page(name, allowed=(400,))
    wrong = []
    for path in PAGES[name]:
        page.goto(path)
        wrong += look(page)
    assert wrong == []


def test_pages_behind_links_are_accessible_and_fit(open_page: Open) -> None:
    page = open_page("guanli1", "/runs/")
    page.locator("main tbody a").first.click()
    wrong = look(page)
    page.goto("/sites/")
    page.locator("main tbody a").first.click()
    wrong += look(page)
    investigator = open_page("diaocha1", "/search/?q=数学")
    investigator.get_by_role("link", name="广告原文").first.click()
    wrong += look(investigator)
    assert wrong == []


def test_case_needs_no_scrolling_to_decide(open_page: Open) -> None:
    page = open_page("shenhe1", "/cases/1/")
    for width, height in ((1440, 900), WIDE):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollHeight") == height
        expect(page.get_by_role("button", name="领取并研判")).to_be_in_viewport()
        expect(page.get_by_role("article")).to_be_in_viewport()
        assert not overflows(page)


def test_lines_of_the_text_are_no_longer_than_42_characters(open_page: Open) -> None:
    page = open_page("shenhe1", "/cases/1/")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})

    widest = page.locator(".ad-text .stretch > *").evaluate_all(
        "parts => Math.max(...parts.map((part) => part.getBoundingClientRect().width))"
    )

    assert widest <= 42 * 16 + 1


def test_desk_works_on_when_the_index_is_gone(open_page: Open, desk: Desk) -> None:
    index = desk.data / "index"
    away = index.rename(desk.data / "index-away")
    try:
        page = open_page("diaocha1", "/search/?q=数学", allowed=(503,))
        expect(page.get_by_role("alert")).to_be_visible()
        assert look(page) == []
        page.goto("/queue/")
        expect(page.get_by_role("heading", name="队列")).to_be_visible()
    finally:
        if index.exists():
            index.rename(desk.data / "index-new")
        away.rename(index)
