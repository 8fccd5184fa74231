"""What each site of the town answers: saved pages, named routes, redirects and errors."""

import gzip
import http
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from crawler.errors import CrawlerError

DEFAULT_CONTENT_TYPE = "text/html; charset=utf-8"
ROUTES_FILE = "routes.yml"

_SITE_KEYS = {"content_type", "gzip", "routes"}
_ROUTE_KEYS = {"file", "status", "location", "content_type"}
_PLAIN_TYPES = {".txt": "text/plain; charset=utf-8", ".css": "text/css"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer; `body` is as sent, before any content coding."""

    status: int
    body: bytes = b""
    content_type: str = DEFAULT_CONTENT_TYPE
    location: str | None = None
    gzip: bool = False

    def encoded_body(self, accept_encoding: str) -> tuple[bytes, str | None]:
        """Return the body and its content coding for a client that sent `accept_encoding`."""
        if self.gzip and self.body and "gzip" in accept_encoding:
            return gzip.compress(self.body, mtime=0), "gzip"
        return self.body, None


class SavedSite:
    """The saved pages of one site, looked up by request target.

    A route answers every query that has its own parameters among others, the one with most of
    them first: tracking parameters give the same page, as on most real servers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        declared = _read_routes(folder)
        self.content_type = str(declared.get("content_type", DEFAULT_CONTENT_TYPE))
        self.gzip = bool(declared.get("gzip", False))
        replies = self._load_files()
        for target, route in declared.get("routes", {}).items():
            replies[target] = self._load_route(target, route)
        self._by_path: dict[str, list[tuple[set[tuple[str, str]], Reply]]] = defaultdict(list)
        for target, reply in replies.items():
            parts = urlsplit(target)
            self._by_path[parts.path].append((set(parse_qsl(parts.query)), reply))

    def reply(self, target: str) -> Reply:
        """Answer a request target (path and query); 404 when the site does not have it."""
        asked = urlsplit(target)
        given = set(parse_qsl(asked.query))
        fitting = [
            (len(needed), reply)
            for needed, reply in self._by_path.get(asked.path, [])
            if needed <= given
        ]
        return max(fitting, key=itemgetter(0))[1] if fitting else error_reply(404)

    def _load_files(self) -> dict[str, Reply]:
        replies = {}
        for file in sorted(self.folder.rglob("*")):
            if file.suffix not in {".html", ".htm", *_PLAIN_TYPES}:
                continue
            path = "/" + file.relative_to(self.folder).as_posix()
            reply = Reply(
                status=200,
                body=file.read_bytes(),
                content_type=_PLAIN_TYPES.get(file.suffix, self.content_type),
                gzip=self.gzip,
            )
            replies[path] = reply
            if file.stem == "index":
                replies[path.removesuffix(file.name)] = reply
        return replies

    def _load_route(self, target: str, route: Mapping[str, Any]) -> Reply:
        where = f"{self.folder / ROUTES_FILE}: route {target!r}"
        if not target.startswith("/") or not route or not set(route) <= _ROUTE_KEYS:
            raise CrawlerError(f"{where}: expected a path and keys of {sorted(_ROUTE_KEYS)}.")
        status = int(route.get("status", 200))
        if "file" not in route:
            return error_reply(status, location=route.get("location"))
        file = self.folder / route["file"]
        if not file.is_file():
            raise CrawlerError(f"{where}: no file {file}. Write it or remove the route.")
        return Reply(
            status=status,
            body=file.read_bytes(),
            content_type=route.get("content_type", self.content_type),
            gzip=self.gzip,
        )


def error_reply(status: int, *, location: str | None = None) -> Reply:
    """Return the short page that a plain server sends with an error or a redirect."""
    phrase = http.HTTPStatus(status).phrase
    page = (
        f"<html><head><title>{status} {phrase}</title></head><body>{status} {phrase}</body></html>"
    )
    return Reply(status=status, body=page.encode(), location=location)


def _read_routes(folder: Path) -> dict[str, Any]:
    file = folder / ROUTES_FILE
    if not folder.is_dir():
        raise CrawlerError(f"{folder}: no such folder. Every site of the town needs one.")
    if not file.is_file():
        return {}
    declared = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    if not set(declared) <= _SITE_KEYS:
        unknown = ", ".join(sorted(set(declared) - _SITE_KEYS))
        raise CrawlerError(f"{file}: unknown key {unknown}. Known: {sorted(_SITE_KEYS)}.")
    return dict(declared)
