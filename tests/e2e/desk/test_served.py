"""The real server behind a TLS proxy, asked as a proxy and as an attacker would."""

import http.client
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.desk.conftest import Desk, serving

HOST = "desk.example.gov.cn"
BY_TLS = {"Host": HOST, "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    data = tmp_path_factory.mktemp("public") / "data"
    data.mkdir()
    with serving(data, JIANWEI_DESK_HOSTS=HOST) as desk:
        yield desk
    shutil.rmtree(data)


def ask(desk: Desk, path: str, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage]:
    link = http.client.HTTPConnection("127.0.0.1", urlsplit(desk.url).port or 0, timeout=30)
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    link.close()
    return answer.status, answer.headers


def test_request_without_tls_is_sent_to_tls(desk: Desk) -> None:
    status, headers = ask(desk, "/sign-in/", {"Host": HOST})

    assert (status, headers["Location"]) == (301, f"https://{HOST}/sign-in/")


def test_request_by_tls_gets_secure_cookies_and_is_kept_to_tls(desk: Desk) -> None:
    status, headers = ask(desk, "/sign-in/", BY_TLS)

    assert status == 200
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert all("Secure" in cookie for cookie in headers.get_all("Set-Cookie") or ())
    assert headers.get_all("Set-Cookie")


def test_other_host_is_refused(desk: Desk) -> None:
    status, _ = ask(desk, "/sign-in/", {**BY_TLS, "Host": "evil.example"})

    assert status == 400


@pytest.mark.parametrize(
    "target",
    ["/static/../audit/keys.py", "/static/%2e%2e/%2e%2e/secret_key", "/static/desk/..%5c..%5ckeys.py", "//evil.example/%2f.."],
)  # fmt: skip
def test_path_leads_to_no_file_and_no_other_host(desk: Desk, target: str) -> None:
    """The target is sent as it stands: clients would tidy it up first."""
    port = urlsplit(desk.url).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        head = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\n"
        link.sendall(f"{head}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: link.recv(65_536), b"")).decode()

    assert answer.split()[1] in {"301", "302", "400", "404"}
    assert "Location: //" not in answer
    assert "Location: https://evil" not in answer


def test_secret_key_is_readable_by_its_owner_only(desk: Desk) -> None:
    assert (Path(desk.data) / "secret_key").stat().st_mode & 0o077 == 0
