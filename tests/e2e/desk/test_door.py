"""The door: signing in and out, refused pages, the list of keys, seen by a browser and by axe."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk.conftest import PASSWORD
from tests.e2e.desk.watched import look

Open = Callable[..., Page]


def test_door_is_accessible(open_page: Open) -> None:
    page = open_page("", "/sign-in/")

    assert look(page) == []


def test_wrong_password_says_what_to_do(open_page: Open) -> None:
    page = open_page("", "/sign-in/")

    page.get_by_label("用户名").fill("shenhe1")
    page.get_by_label("密码").fill("不是这个密码-2026")
    page.get_by_role("button", name="登录").click()

    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    expect(page.get_by_label("用户名")).to_have_value("shenhe1")
    assert look(page) == []


def test_person_who_signed_out_is_outside(open_page: Open) -> None:
    page = open_page("shenhe1")

    page.get_by_role("button", name="退出").click()
    page.goto("/queue/")

    expect(page).to_have_url(re.compile(r"/sign-in/\?next=/queue/$"))


def test_page_that_was_asked_for_opens_after_the_door(open_page: Open) -> None:
    page = open_page("", "/log/")

    page.get_by_label("用户名").fill("shenji1")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url("**/log/")


def test_question_mark_lists_the_keys(open_page: Open) -> None:
    page = open_page("shenhe1")

    page.keyboard.press("?")

    dialog = page.get_by_role("dialog", name="快捷键")
    expect(dialog).to_be_visible()
    assert look(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    ("name", "path", "status"), [("shenhe1", "/sites/", 403), ("shenhe1", "/nowhere/", 404)]
)
def test_refusal_is_a_page_with_a_way_back(
    open_page: Open, name: str, path: str, status: int
) -> None:
    page = open_page(name, path, allowed=(status,))

    expect(page.get_by_role("link", name="回到首页")).to_be_visible()
    assert look(page) == []
