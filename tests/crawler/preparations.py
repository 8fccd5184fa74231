"""What a crawling process of a test changes in itself before it crawls."""

import socket
from typing import Any

PUBLIC = "93.184.215.14"


def internet_on_loopback(given: dict[str, Any]) -> None:
    """Play the internet: names resolve as `given['names']` says, turn by turn, and a connection
    to `PUBLIC` reaches the test server on loopback. The guard and the resolver are the real ones.
    """
    from twisted.internet import tcp

    names = {name: list(answers) for name, answers in given["names"].items()}

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        answers = names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        address = answers.pop(0) if len(answers) > 1 else answers[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        place = (address, port, 0, 0) if family == socket.AF_INET6 else (address, port)
        return [(family, socket.SOCK_STREAM, 6, "", place)]

    # Twisted looks names up in threads through this function.
    import twisted.internet._resolver as twisted_resolver

    twisted_resolver.GAIResolver.__init__.__defaults__ = (None, getaddrinfo)

    class Routed(tcp.Client):
        def __init__(
            self, host: str, port: int, bind: Any, connector: Any, reactor: Any = None
        ) -> None:
            there = "127.0.0.1" if host == PUBLIC else host
            super().__init__(there, port, bind, connector, reactor)  # type: ignore[no-untyped-call]

    tcp.Connector._makeTransport = lambda self: Routed(  # type: ignore[method-assign]
        self.host, self.port, self.bindAddress, self, self.reactor
    )


def full_disk(given: dict[str, Any]) -> None:
    """Let evidence files grow to `given['disk_bytes']`, then fail as a full disk does."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = given["disk_bytes"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def broken_parser(given: dict[str, Any]) -> None:
    """Let the parser fail on the pages whose address ends in `given['unreadable']`."""
    from crawler import following

    real = following.read_document

    def read_document(body: bytes, *, url: str, **more: Any) -> Any:
        if url.endswith(given["unreadable"]):
            raise RecursionError("nested too deep")
        return real(body, url=url, **more)

    following.read_document = read_document
