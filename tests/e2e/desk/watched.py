"""A browser page under watch: whatever it must not do becomes a fault that fails the test."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

DESKTOP, WIDE, PHONE = (1440, 900), (1920, 1080), (390, 844)
# Violations of the content security policy reach the console, but not all of them as errors.
_TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""


class Watch:
    """Listens to one page of the desk at `url`; statuses in `allowed` are part of the test."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.allowed = page, set[int]()
        self._url, self._faults = url, list[str]()
        page.add_init_script(_TELL_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self._faults.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    def faults(self) -> list[str]:
        return [fault for fault in self._faults if not self._is_allowed(fault)]

    def _is_allowed(self, fault: str) -> bool:
        return any(f"status of {status} " in fault for status in self.allowed)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._faults.append(f"{self.page.url} console {message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", "blob:")):
            self._faults.append(f"{self.page.url} asks another host: {request.url}")

    def _on_failed(self, request: Request) -> None:
        # A page that is left, or a download, aborts what is under way.
        if request.failure != "net::ERR_ABORTED":
            self._faults.append(f"request failed: {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._faults.append(f"{response.url}: status of {response.status} answered")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on the page as it stands, all of its rules."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Tell whether the page is wider than its window."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def look(page: Page, sizes: Sequence[tuple[int, int]] = (DESKTOP, PHONE)) -> list[str]:
    """Return what is wrong with the page at each window size: axe rules, sideways scrolling."""
    wrong = []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        wrong += [f"{width}×{height} {line}" for line in violations(page)]
        if overflows(page):
            wrong.append(f"{width}×{height} {page.url} scrolls sideways")
    page.set_viewport_size({"width": sizes[0][0], "height": sizes[0][1]})
    return wrong
