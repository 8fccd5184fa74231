"""A real HTTP server on loopback whose answers are raw bytes, so that they can be as bad as liked."""

import socket
import socketserver
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

Answer = bytes | Callable[["Exchange"], None]


class Exchange:
    """One request being answered: `path` with its query, `headers` lower-case."""

    def __init__(
        self, sock: socket.socket, path: str, headers: dict[str, str], stopping: threading.Event
    ) -> None:
        self.sock = sock
        self.path = path
        self.headers = headers
        self.stopping = stopping

    def send(self, raw: bytes) -> None:
        self.sock.sendall(raw)

    def reset(self) -> None:
        """Close with a TCP reset instead of an end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def page(
    body: str | bytes = "", *, status: str = "200 OK", headers: tuple[str, ...] = (), length=None
) -> bytes:
    """Return a whole answer; bytes that are not HTML name their own Content-Type."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    if not any(line.lower().startswith("content-type:") for line in headers):
        lines.append("Content-Type: text/html; charset=utf-8")
    lines.append(f"Content-Length: {len(content) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def redirect(location: str, *, status: str = "302 Found") -> bytes:
    return page("", status=status, headers=(f"Location: {location}",))


def links(*urls: str) -> str:
    anchors = "".join(f'<a href="{url}">{url}</a>\n' for url in urls)
    return (
        f"<html><head><title>t</title></head><body><p>你好，这是一页。</p>{anchors}</body></html>"
    )


class SiteServer:
    """Answers by path, with query or without; unknown paths get 404. Counts what was asked."""

    def __init__(
        self, routes: dict[str, Answer] | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.routes: dict[str, Answer] = routes or {}
        self.hits: Counter[str] = Counter()
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._answer(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64
            allow_reuse_address = True

            def get_request(self):  # TLS per connection, so that a failed handshake harms none
                sock, address = super().get_request()
                sock.settimeout(30)
                return sock, address

            def finish_request(self, request, client_address) -> None:
                if tls is None:
                    super().finish_request(request, client_address)
                    return
                with tls.wrap_socket(request, server_side=True) as wrapped:
                    super().finish_request(wrapped, client_address)

            def handle_error(self, request, client_address) -> None:
                """A client that hangs up is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: socketserver.StreamRequestHandler) -> None:
        request = handler.rfile.readline(65_536).decode("latin-1").split()
        if len(request) < 2:
            return
        headers = {}
        while (line := handler.rfile.readline(65_536).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        path = request[1]
        with self._lock:
            self.hits[path] += 1
            self.asked.append((time.monotonic(), path, headers))
        answer = self.routes.get(path) or self.routes.get(path.partition("?")[0])
        if answer is None:
            answer = next(
                (
                    self.routes[key]
                    for key in self.routes
                    if key.endswith("*") and path.startswith(key[:-1])
                ),
                page("not here", status="404 Not Found"),
            )
        if callable(answer):
            answer(Exchange(handler.request, path, headers, self._stopping))
        else:
            handler.request.sendall(answer)
