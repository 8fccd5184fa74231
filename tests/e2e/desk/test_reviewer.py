"""A reviewer's hour: claim, read, correct, decide, next; by keyboard, and with the mouse on words."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.desk.conftest import Desk
from tests.e2e.desk.watched import look

Open = Callable[..., Page]
CASE = re.compile(r"/cases/(\d+)/")


def case_of(page: Page) -> int:
    found = CASE.search(page.url)
    assert found is not None, page.url
    return int(found[1])


def claim_next(page: Page) -> int:
    """Take the next case from the queue by its key."""
    page.goto("/queue/?tab=unclaimed")
    page.keyboard.press("n")
    page.wait_for_url(CASE)
    return case_of(page)


def decisions(desk: Desk, case: int) -> list[dict[str, Any]]:
    shown = desk.jianwei.json("queue", "show", str(case), "--user", "shenhe1")
    found: list[dict[str, Any]] = shown["decisions"]
    return found


def test_five_cases_in_a_row_without_a_mouse(open_page: Open, desk: Desk) -> None:
    page = open_page("shenhe1")
    seen = [claim_next(page)]
    for number in range(5):
        before = page.url
        page.keyboard.press(str(number % 3 + 1))
        page.keyboard.press("t")
        page.keyboard.type(f"第 {number} 件，见原文所标之处。")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, before=before: CASE.search(url) is not None and url != before)
        expect(page.get_by_role("status").first).to_contain_text(str(seen[-1]))
        seen.append(case_of(page))

    assert len(set(seen)) == 6
    for number, case in enumerate(seen[:5]):
        (decision,) = decisions(desk, case)
        assert decision["reason"].startswith(f"第 {number} 件")


def test_claim_has_a_clock_and_can_be_given_back(open_page: Open) -> None:
    page = open_page("shenhe1")
    case = claim_next(page)

    expect(page.locator("aside [data-clock-until]").first).to_have_text(re.compile(r"^\d+:\d\d$"))
    with page.expect_navigation():
        page.keyboard.press("r")

    page.goto(f"/cases/{case}/")
    expect(page.get_by_role("button", name="领取并研判")).to_be_visible()


def test_finding_and_quote_light_each_other(open_page: Open) -> None:
    page = open_page("shenhe1")
    claim_next(page)
    quote = page.locator(".ad-text [data-findings]").first
    number = (quote.get_attribute("data-findings") or "").split()[0]
    finding = page.locator(f'[data-finding="{number}"]').first

    finding.hover()
    expect(quote).to_have_class(re.compile(r"\blit\b"))
    quote.focus()
    expect(finding).to_have_class(re.compile(r"\blit\b"))
    expect(finding).to_be_in_viewport()
    assert look(page) == []


def test_label_is_corrected_by_a_click_on_the_words(open_page: Open, desk: Desk) -> None:
    page = open_page("shenhe1")
    case = claim_next(page)

    page.locator(".ad-text .quote[data-findings]").first.click()
    asked = page.locator("#labels .asked input").first
    expect(asked).to_be_focused()
    label = asked.get_attribute("value")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.locator("[data-label-summary]")).to_contain_text("已改 1 处")
    page.keyboard.press("2")
    page.get_by_label("研判理由").fill("标签不符。")
    with page.expect_navigation():
        page.get_by_role("button", name="提交并留在本页").click()

    (decision,) = decisions(desk, case)
    assert label not in {name for names in decision["labels"].values() for name in names}


def test_words_that_were_selected_carry_the_new_label(open_page: Open, desk: Desk) -> None:
    page = open_page("shenhe1")
    case = claim_next(page)
    page.keyboard.press("e")
    piece = page.locator(".ad-text [data-start]").first
    piece.evaluate(
        "({ firstChild: words }) => getSelection().setBaseAndExtent(words, 0, words, words.length)"
    )
    box = page.locator("#labels input[name=labels]:not(:checked)").first
    label = box.get_attribute("data-zh")
    box.check()

    expect(page.locator("[data-marked]")).to_contain_text(f"手工标注 {label}")
    assert look(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.get_by_label("研判理由").fill("补标。")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: f"/cases/{case}/" not in url)
    assert len(decisions(desk, case)) == 1


def test_draft_outlives_a_reload_and_ends_with_the_submission(open_page: Open) -> None:
    page = open_page("shenhe1")
    case = claim_next(page)
    page.get_by_label("研判理由").fill("写到一半")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(page.locator("[data-saved]")).to_contain_text("草稿已存")

    page.reload()

    expect(page.get_by_label("研判理由")).to_have_value("写到一半")
    expect(page.get_by_role("radio", name="不属监管范围")).to_be_checked()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: f"/cases/{case}/" not in url)
    drafts = page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft'))")
    assert drafts == []


def test_refused_submission_keeps_what_was_typed(open_page: Open, desk: Desk) -> None:
    page = open_page("shenhe1", allowed=(400, 403, 409, 422))
    case = claim_next(page)
    desk.jianwei.run("queue", "release", str(case), "--user", "shenhe1")
    page.keyboard.press("1")
    page.get_by_label("研判理由").fill("这段话不能丢")

    page.get_by_role("button", name="提交，下一件").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("这段话不能丢")).to_be_visible()


def test_proposal_is_taken_back(open_page: Open) -> None:
    page = open_page("shenhe1")
    case = claim_next(page)
    page.keyboard.press("1")
    page.get_by_label("研判理由").fill("提交后又想改。")
    with page.expect_navigation():
        page.get_by_role("button", name="提交并留在本页").click()

    page.get_by_role("button", name=re.compile("撤回")).first.click()

    expect(page).to_have_url(re.compile(rf"/cases/{case}/"))
    expect(page.get_by_role("button", name="提交，下一件")).to_be_visible()
