"""A real desk in a real browser: `jianwei serve` over the crawled sample town, Debian's Chromium.

The browser lives as long as the package's tests run one after another, no longer: while Playwright
runs in this process, Django takes every test for asynchronous code and refuses the database.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.crawler.test_town import free_ports
from tests.e2e.conftest import Jianwei, need
from tests.e2e.desk.watched import DESKTOP, Watch

REGION = "159900"
PASSWORD = "青岚的钥匙-20261125"
USERS = {
    "shenhe1": "reviewer",
    "fuhe1": "supervisor",
    "diaocha1": "investigator",
    "shenji1": "auditor",
    "guanli1": "administrator",
}
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS = 60
# A busy machine is no fault of the page.
_PATIENCE_MILLISECONDS = 30_000


@dataclass(frozen=True, slots=True)
class Desk:
    """A served desk: its address, and the command on its data folder."""

    url: str
    jianwei: Jianwei

    @property
    def data(self) -> Path:
        return self.jianwei.data


@pytest.fixture(scope="session")
def town_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Crawl, judge and index the sample town once, and give it one user per role."""
    folder = tmp_path_factory.mktemp("desk")
    port = free_ports(40)
    Jianwei(folder).run("demo", "--no-serve", "--port", str(port), "--json")
    jianwei = Jianwei(folder / "demo")
    for name, role in USERS.items():
        scope = () if role == "administrator" else ("--region", REGION)
        jianwei.run(
            "user", "add", name, "--role", role, *scope, "--password-stdin", stdin=f"{PASSWORD}\n"
        )
    return jianwei.data


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Desk]:
    """Serve the desk over a data folder until the block ends."""
    jianwei = Jianwei(data)
    jianwei.environment |= settings
    port = free_ports(1)
    process = jianwei.start("serve", "--port", str(port), "--workers", "1")
    try:
        _wait_for(port, process)
        yield Desk(f"http://127.0.0.1:{port}", jianwei)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, f"'jianwei serve' ended with {process.returncode}"
        try:
            link = HTTPConnection("127.0.0.1", port, timeout=_START_SECONDS)
            link.request("GET", "/sign-in/")
            link.getresponse().close()
            link.close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"'jianwei serve' does not answer after {_START_SECONDS} seconds")


@pytest.fixture(scope="module")
def desk(town_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a copy of the town's data, so that each module of tests changes only its own."""
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(town_data, data)
    with serving(data) as desk:
        yield desk


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    need(path is not None, "Chromium")
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(desk: Desk, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open the desk as a person of that name, in a window of their own.

    At the test's end any console error, script error, failed request, request to another host or
    breach of the content security policy fails it; `allowed` names statuses that the test expects.
    """
    watches: list[Watch] = []

    def open_as(name: str = "", path: str = "/", *, allowed: tuple[int, ...] = ()) -> Page:
        width, height = DESKTOP
        context = chromium.new_context(
            base_url=desk.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
        )
        context.set_default_timeout(_PATIENCE_MILLISECONDS)
        page = context.new_page()
        watches.append(Watch(page, desk.url))
        watches[-1].allowed.update(allowed)
        if name:
            sign_in(page, name)
        if not name or path != "/":
            page.goto(path)
        return page

    yield open_as
    faults = [fault for watch in watches for fault in watch.faults()]
    for watch in watches:
        watch.page.context.close()
    assert faults == []


def sign_in(page: Page, name: str) -> None:
    """Sign in by keyboard, as people do."""
    page.goto("/sign-in/")
    expect(page.get_by_label("用户名")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
