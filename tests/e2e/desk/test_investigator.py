"""An investigator narrows a search down to a case; an auditor reads who did what."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.desk.watched import look

Open = Callable[..., Page]


def total(page: Page) -> int:
    words = page.locator("#total strong").inner_text()
    return int("".join(letter for letter in words if letter.isdigit()))


def test_search_is_narrowed_to_a_case(open_page: Open) -> None:
    page = open_page("diaocha1", "/search/")
    everything = total(page)

    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("数学")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    found = total(page)
    assert 0 < found < everything
    expect(page.locator("mark", has_text="数学").first).to_be_visible()

    facet = page.locator("aside.facets a").first
    with page.expect_navigation():
        facet.click()
    assert 0 < total(page) <= found
    expect(page.get_by_role("list", name="已选条件")).to_be_visible()
    assert look(page) == []

    again = open_page("diaocha1", page.url)
    assert total(again) == total(page)
    page.locator(".hit-links a", has_text="案件").first.click()
    page.wait_for_url("**/cases/**")
    expect(page.get_by_role("region", name="广告原文")).to_be_visible()


def test_facets_come_back_when_the_window_grows(open_page: Open) -> None:
    page = open_page("diaocha1", "/search/")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    facet = page.locator("aside.facets a").first
    expect(facet).to_be_hidden()

    page.set_viewport_size({"width": 1440, "height": 900})

    expect(facet).to_be_visible()


def test_disguise_is_found_and_said(open_page: Open) -> None:
    page = open_page("diaocha1", "/search/?q=数学")

    expect(page.locator(".decoded", has_text="解作").first).to_be_visible()


def test_phone_is_masked_until_it_is_opened_for_a_purpose(open_page: Open) -> None:
    page = open_page("shenhe1", "/search/")
    page.get_by_role("link", name="同电话的广告").first.click()
    page.wait_for_url("**q=*")
    page.locator("[data-hit]").first.click()
    text = page.get_by_role("region", name="广告原文")
    expect(text).to_contain_text("*")


def test_auditor_reads_the_log_and_checks_its_chain(open_page: Open) -> None:
    open_page("diaocha1")
    page = open_page("shenji1", "/log/")

    page.get_by_label("人员").fill("diaocha1")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url("**actor=diaocha1*")
    expect(page.get_by_role("cell", name="登录").first).to_be_visible()
    expect(page.get_by_role("cell", name="生成案件")).to_have_count(0)

    page.get_by_role("button", name="校验").click()
    expect(page.locator("main")).to_contain_text("日志完好")
    assert look(page) == []


def test_nobody_else_reads_other_peoples_log(open_page: Open) -> None:
    page = open_page("shenhe1", "/log/?actor=fuhe1")

    expect(page.get_by_text("fuhe1")).to_have_count(0)
