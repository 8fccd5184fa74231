"""Serves the sample town on loopback: one real HTTP server and one port per site.

Run it on its own with ``python -m crawler.town.server --port 8810``.
"""

import argparse
import logging
import re
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.errors import CrawlerError
from crawler.site import Site, load_site
from crawler.town.moving import (
    CALENDAR_PATH,
    LISTING_PATH,
    calendar_reply,
    listing_reply,
    load_cards,
)
from crawler.town.replies import Reply, SavedSite

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
FIRST_PORT = 8810
FOLDER = Path(__file__).parent
TRUTH_FILE = FOLDER / "truth.jsonl"

# In pages and declarations a site is named by this host; it becomes loopback and port when served.
_PLACEHOLDER = re.compile(rb"([a-z]+)\.qinglan\.example")


def site_ids() -> tuple[str, ...]:
    """Return the ids of the town's sites, in the order of their ports."""
    return tuple(sorted(file.stem for file in (FOLDER / "sites").glob("*.yml")))


def site_port(site_id: str, *, first_port: int = FIRST_PORT) -> int:
    """Return the port of a site when the town starts at `first_port`."""
    return first_port + site_ids().index(site_id)


def town_sites(first_port: int = FIRST_PORT) -> list[Site]:
    """Load the declarations of all sites, with the hosts of a town served from `first_port`."""
    sites = []
    with tempfile.TemporaryDirectory() as folder:
        for site_id in site_ids():
            declared = (FOLDER / "sites" / f"{site_id}.yml").read_bytes()
            file = Path(folder) / f"{site_id}.yml"
            file.write_bytes(_with_ports(declared, first_port=first_port))
            sites.append(load_site(file))
    return sites


def _with_ports(content: bytes, *, first_port: int) -> bytes:
    hosts = {
        site_id.encode(): f"{HOST}:{first_port + number}".encode()
        for number, site_id in enumerate(site_ids())
    }
    return _PLACEHOLDER.sub(lambda match: hosts.get(match[1], match[0]), content)


class Town:
    """All sites of the town; a context manager that starts and stops their servers.

    `shift` turns the classifieds: raise it between two crawls and the cards move.
    """

    def __init__(self, first_port: int = FIRST_PORT, *, shift: int = 0) -> None:
        self.first_port = first_port
        self.shift = shift
        self._hits: dict[str, Counter[str]] = {site_id: Counter() for site_id in site_ids()}
        self._hits_lock = threading.Lock()
        self._servers: list[ThreadingHTTPServer] = []

    @classmethod
    def serve(cls, first_port: int = FIRST_PORT, *, shift: int = 0) -> Self:
        """Start the town and return it; leave its `with` block or call `close` to stop it."""
        town = cls(first_port, shift=shift)
        town.start()
        return town

    @property
    def sites(self) -> list[Site]:
        return town_sites(self.first_port)

    @property
    def permitted(self) -> frozenset[tuple[str, int]]:
        """Return the loopback hosts and ports that a crawl of the town must be allowed."""
        return frozenset((HOST, self.first_port + number) for number in range(len(site_ids())))

    def url(self, site_id: str, target: str = "/") -> str:
        """Return the address of a page of the running town."""
        return f"http://{HOST}:{site_port(site_id, first_port=self.first_port)}{target}"

    def hits(self, site_id: str) -> Counter[str]:
        """Return how often each target (path and query) of a site was asked for."""
        with self._hits_lock:
            return Counter(self._hits[site_id])

    def answer(self, site_id: str, target: str, *, reply: Callable[[str], Reply]) -> Reply:
        """Count a request and answer it; called by the servers."""
        with self._hits_lock:
            self._hits[site_id][target] += 1
        return reply(target)

    def start(self) -> None:
        """Start one server per site; none is left running when one of the ports is taken.

        Raises:
            CrawlerError: a port is taken, or a page or route of the town is broken.
        """
        if self._servers:
            return
        try:
            for site_id in site_ids():
                self._servers.append(self._start_site(site_id))
        except CrawlerError:
            self.close()
            raise
        log.info("Town is up", extra={"sites": len(self._servers), "first_port": self.first_port})

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._servers.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _start_site(self, site_id: str) -> ThreadingHTTPServer:
        port = site_port(site_id, first_port=self.first_port)
        handler = partial(
            _Handler,
            answer=partial(self.answer, site_id, reply=self._replies_of(site_id)),
            first_port=self.first_port,
        )
        try:
            server = _Server((HOST, port), handler)
        except (OSError, OverflowError) as error:
            raise CrawlerError(
                f"Port {port} for the town's site '{site_id}' cannot be used ({error}). Stop the "
                f"program that holds it, or give another first port: the town takes "
                f"{len(site_ids())} ports in a row from {self.first_port}."
            ) from error
        threading.Thread(
            target=server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"town-{site_id}",
            daemon=True,
        ).start()
        return server

    def _replies_of(self, site_id: str) -> Callable[[str], Reply]:
        folder = FOLDER / "pages" / site_id
        saved = SavedSite(folder)
        if (folder / "cards.yml").is_file():
            cards = load_cards(folder / "cards.yml")
            frame = (folder / "listing.frame").read_text(encoding="utf-8")

            def listing(target: str) -> Reply:
                if urlsplit(target).path != LISTING_PATH:
                    return saved.reply(target)
                return listing_reply(target, cards=cards, frame=frame, shift=self.shift)

            return listing
        if (folder / "calendar.frame").is_file():
            month_frame = (folder / "calendar.frame").read_text(encoding="utf-8")

            def calendar(target: str) -> Reply:
                if urlsplit(target).path != CALENDAR_PATH:
                    return saved.reply(target)
                return calendar_reply(target, frame=month_frame)

            return calendar
        return saved.reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A crawler opens many connections at once; the default of 5 would make some of them wait.
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    disable_nagle_algorithm = True

    def __init__(self, *arguments: object, answer: Callable[[str], Reply], first_port: int) -> None:
        self._answer = answer
        self._first_port = first_port
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named by the base)
        log.debug("Town request", extra={"client": self.client_address[0], "line": format % args})

    def _send(self, *, with_body: bool) -> None:
        reply = self._answer(self.path)
        ported = Reply(
            status=reply.status,
            body=_with_ports(reply.body, first_port=self._first_port),
            gzip=reply.gzip,
        )
        body, coding = ported.encoded_body(self.headers.get("Accept-Encoding", ""))
        self.send_response(reply.status)
        if reply.location is not None:
            location = _with_ports(reply.location.encode(), first_port=self._first_port)
            self.send_header("Location", location.decode())
        self.send_header("Content-Type", reply.content_type)
        if coding is not None:
            self.send_header("Content-Encoding", coding)
            self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def main(arguments: list[str] | None = None) -> int:
    """Serve the town until interrupted; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m crawler.town.server", description=__doc__)
    parser.add_argument("--port", type=int, default=FIRST_PORT, help="port of the first site")
    parser.add_argument("--shift", type=int, default=0, help="places by which the cards have moved")
    options = parser.parse_args(arguments)
    try:
        town = Town.serve(options.port, shift=options.shift)
    except CrawlerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stopped = _stop_signal()
    with town:
        for site in town.sites:
            sys.stdout.write(f"{site.start_urls[0]:<40} {site.site_id:<14} {site.title}\n")
        sys.stdout.write("Ctrl-C stops the town.\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _stop_signal() -> threading.Event:
    """Return an event that SIGINT or SIGTERM sets, also where the parent ignored them."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    return stopped


if __name__ == "__main__":
    sys.exit(main())
