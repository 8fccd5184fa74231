"""An administrator's first site: tried, added, scheduled, crawled before their eyes, and gone silent.

The site is a real one on loopback, which the operator permits; the worker is a real `jianwei work`.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.crawler.site_server import SiteServer, page
from tests.e2e.desk.conftest import Desk, serving
from tests.e2e.desk.watched import look

Open = Callable[..., Page]
_PATIENCE_MILLISECONDS = 90_000
_AD = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>初三数学一对一提分，周六上午上课，{1}。</p></body></html>"
_TITLES = {"/1.html": "中考数学冲刺班", "/2.html": "初二物理小班", "/3.html": "小升初英语提高班"}


def front(*paths: str) -> bytes:
    anchors = "".join(f"<li><a href='{path}'>{_TITLES[path]}</a></li>" for path in paths)
    return page(
        f"<html><head><title>青岚招生栏</title></head><body><ul>{anchors}</ul></body></html>"
    )


@pytest.fixture(scope="module")
def site() -> Iterator[SiteServer]:
    routes = {path: page(_AD.format(title, path)) for path, title in _TITLES.items()}
    with SiteServer({"/": front(*_TITLES), **routes}) as server:
        yield server


@pytest.fixture(scope="module")
def desk(
    town_data: Path, tmp_path_factory: pytest.TempPathFactory, site: SiteServer
) -> Iterator[Desk]:
    """Serve a desk that may crawl the site, with a worker beside it."""
    data = tmp_path_factory.mktemp("crawled") / "data"
    shutil.copytree(town_data, data)
    permitted = {"JIANWEI_PERMITTED_ADDRESSES": f"127.0.0.1:{site.port}"}
    with serving(data, **permitted) as desk:
        worker = desk.jianwei.start("work", "--workers", "1", "--poll", "0.2")
        yield desk
        worker.terminate()
        worker.wait(timeout=60)


def crawl_now(window: Page) -> None:
    """Ask for a crawl on the site's page and watch it end."""
    window.goto("/sites/lan/")
    window.get_by_role("button", name="立即抓取").click()
    live = window.get_by_role("region", name="进度")
    expect(live).to_contain_text("正在抓取", timeout=_PATIENCE_MILLISECONDS)
    expect(live).to_have_count(0, timeout=_PATIENCE_MILLISECONDS)
    expect(window.get_by_role("region", name="台账")).to_contain_text("已抓取")


def test_site_is_tried_added_watched_and_missed(open_page: Open, site: SiteServer) -> None:
    window = open_page("guanli1", "/sites/new/")

    window.get_by_label("网址").fill(f"{site.url}/")
    window.get_by_role("button", name="试抓").click()
    found = window.get_by_role("region", name="会提取的广告")
    expect(found).to_contain_text("中考数学冲刺班", timeout=_PATIENCE_MILLISECONDS)
    expect(window.get_by_role("region", name="会抓取的页面")).to_contain_text("已抓取")
    assert look(window) == []

    window.get_by_label("名称", exact=True).fill("青岚招生栏")
    window.get_by_label("编号（添加后不能改）").fill("lan")
    window.get_by_label(re.compile("^地区代码")).fill("159900")
    window.get_by_role("radio").nth(1).check()
    window.get_by_role("button", name="加入站点").click()
    window.wait_for_url("**/sites/lan/")
    expect(window.get_by_role("region", name="抓取计划")).to_contain_text("下次")
    assert look(window) == []

    crawl_now(window)
    assert look(window) == []
    window.goto("/runs/")
    first = window.get_by_role("row", name=re.compile("青岚招生栏")).first
    expect(first).to_contain_text("完成")
    first.get_by_role("link", name="4", exact=True).first.click()
    expect(window.get_by_text(f"{site.url}/1.html").first).to_be_visible()
    assert look(window) == []

    site.routes["/"] = front()
    crawl_now(window)
    window.goto("/sites/")
    silent = window.get_by_role("row", name=re.compile("青岚招生栏"))
    expect(silent).to_contain_text("没有发现广告")
    window.goto("/watch/")
    expect(window.get_by_role("row", name=re.compile("青岚招生栏"))).to_be_visible()


def test_wrong_cron_is_said_where_it_was_typed(open_page: Open) -> None:
    window = open_page("guanli1", "/sites/", allowed=(400, 422))
    window.get_by_role("link", name="半亩书店").click()

    window.get_by_role("radio", name="自定义").check()
    window.get_by_label(re.compile("^自定义时间")).fill("61 2 * * *")
    window.get_by_role("button", name="保存计划").click()

    expect(window.get_by_role("alert")).to_be_visible()
    expect(window.get_by_label(re.compile("^自定义时间"))).to_have_value("61 2 * * *")
    assert look(window) == []
