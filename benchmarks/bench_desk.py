"""Answer times of the desk's pages over a city's rows, for one and for eight windows.

A real `jianwei serve` on the embedded index; the rows are those of desk_rows.py. Usage:
python benchmarks/bench_desk.py [ADS] [--data FOLDER]; FOLDER is a filled one, and is not changed by
more than what reading the desk changes. Prints p50, p95 and the longest answer of each page.
"""

import argparse
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from desk_rows import PASSWORD

REQUESTS = 200
WINDOWS = (1, 8)
TARGET_MILLISECONDS = 200
HERE = Path(__file__).resolve().parent
_COMMAND = [sys.executable, "-m", "audit.cli.main"]
# Page, who opens it, addresses that take turns; {case} and {ad} are taken from the lists.
WORDS = tuple(f"/search/?q={quote(words)}" for words in ("数学", "一对一 英语", "暑假", "竖学"))
NARROWED = f"/search/?q={quote('初三')}&label=subject_tutoring&review=1"
PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("queue, unclaimed", "reviewer", ("/queue/?tab=unclaimed",)),
    ("queue, by region", "supervisor", ("/queue/?tab=all&region=150102",)),
    ("queue, by title", "supervisor", (f"/queue/?tab=all&title={quote('班')}",)),
    ("queue, proposals", "supervisor", ("/queue/?tab=proposed",)),
    ("case", "reviewer", ("{case}",)),
    ("ad", "investigator", ("{ad}",)),
    ("search, all", "investigator", ("/search/",)),
    ("search, words", "investigator", WORDS),
    ("search, narrowed", "investigator", (NARROWED,)),
    ("runs", "administrator", ("/runs/",)),
    ("sites", "administrator", ("/sites/",)),
    ("watch", "administrator", ("/watch/",)),
    ("site", "administrator", tuple(f"/sites/site-{number}/" for number in range(10))),
    ("log", "auditor", ("/log/", "/log/?action=case.decide")),
)


@dataclass(frozen=True, slots=True)
class Window:
    """One signed-in browser window: a connection that stays open, and its cookie."""

    port: int
    cookie: str

    def times(self, paths: Sequence[str], count: int) -> list[float]:
        """Open the paths in turn; return each answer's milliseconds."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        found = []
        for number in range(count):
            start = time.perf_counter()
            link.request("GET", paths[number % len(paths)], headers={"Cookie": self.cookie})
            answer = link.getresponse()
            answer.read()
            found.append((time.perf_counter() - start) * 1000)
            if answer.status != 200:
                raise SystemExit(f"{paths[number % len(paths)]}: status {answer.status}")
        link.close()
        return found

    def read(self, path: str) -> str:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.request("GET", path, headers={"Cookie": self.cookie})
        return link.getresponse().read().decode()


def sign_in(port: int, name: str) -> Window:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    link.request("GET", "/sign-in/")
    answer = link.getresponse()
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    assert token is not None
    cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    body = urlencode(
        {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1], "next": ""}
    )
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    link.request("POST", "/sign-in/", body, headers)
    answer = link.getresponse()
    if answer.status != 302:
        raise SystemExit(f"{name} cannot sign in: status {answer.status}")
    cookies = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or ()]
    return Window(port, "; ".join(cookies))


@contextmanager
def served(data: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*_COMMAND, "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(data), stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, "JIANWEI_DATA": str(data)}


def fill(data: Path, ads: int) -> None:
    rows = [sys.executable, str(HERE / "desk_rows.py"), str(data), str(ads)]
    subprocess.run(rows, env=environment(data), check=True)
    subprocess.run([*_COMMAND, "index", "rebuild"], env=environment(data), check=True)


def measure(windows: Sequence[Window], paths: Sequence[str]) -> list[float]:
    each = REQUESTS // len(windows)
    with ThreadPoolExecutor(len(windows)) as pool:
        found = pool.map(lambda window: window.times(paths, each), windows)
        return sorted(value for values in found for value in values)


def addresses(pattern: str, window: Window) -> tuple[str, ...]:
    """Return the case pages of the queue, or the ad pages of a search, in place of a pattern."""
    if pattern == "{case}":
        return tuple(dict.fromkeys(re.findall(r"/cases/\d+/", window.read("/queue/?tab=all"))))
    if pattern == "{ad}":
        return tuple(dict.fromkeys(re.findall(r"/ads/\w{64}/", window.read("/search/"))))
    return (pattern,)


def report(port: int) -> bool:
    """Print the table; tell whether every page keeps the target for one window."""
    roles = {role for _, role, _ in PAGES}
    signed_in = {
        role: [sign_in(port, f"bench-{role}") for _ in range(max(WINDOWS))] for role in roles
    }
    print(f"{'milliseconds':24}" + "".join(f"{n:>12} at once{'p50 p95 max':>14}" for n in WINDOWS))
    is_kept = True
    for name, role, patterns in PAGES:
        windows = signed_in[role]
        paths = [path for pattern in patterns for path in addresses(pattern, windows[0])]
        windows[0].times(paths, len(paths))
        line = f"{name:24}"
        for count in WINDOWS:
            times = measure(windows[:count], paths)
            p95 = times[int(len(times) * 0.95)]
            is_kept &= count > 1 or p95 < TARGET_MILLISECONDS
            line += f"{statistics.median(times):>18.0f}{p95:>7.0f}{times[-1]:>8.0f}"
        print(line, flush=True)
    return is_kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ads", nargs="?", type=int, default=20_000)
    parser.add_argument("--data", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data = wanted.data or Path(name)
        if wanted.data is None:
            fill(data, wanted.ads)
        with served(data) as port:
            is_kept = report(port)
    verdict = "kept" if is_kept else "missed"
    print(f"target, p95 of one window under {TARGET_MILLISECONDS} ms: {verdict}")


if __name__ == "__main__":
    main()
