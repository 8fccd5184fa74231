"""`jianwei crawl` and `jianwei site` as an operator uses them, each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.site_server import SiteServer, links, page

SITE_FILE = """\
title: 示例
start_urls: ["{url}/"]
allowed_domains: ["127.0.0.1"]
pace: {{delay_seconds: 0}}
"""


def jianwei(data: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JIANWEI_DATA": str(data), **more}
    return subprocess.run(
        [sys.executable, "-m", "audit.cli.main", *args],
        capture_output=True,
        text=True,
        env=environment,
        timeout=240,
        check=False,
    )


def crawl_json(data: Path, *args: str, code: int = 0, **more: str) -> tuple[dict[str, Any], str]:
    done = jianwei(data, "crawl", *args, "--json", **more)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout), done.stderr


def test_crawl_url_prints_a_ledger_that_reconciles(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a", "/missing", "/x.pdf")), "/a": page("a")}) as server:
        found, _ = crawl_json(tmp_path, "--url", server.url, "--no-ingest")
        again, _ = crawl_json(tmp_path, "--url", server.url, "--no-ingest")
    assert {key: found[key] for key in ("found", "fetched", "skipped", "failed")} == {
        "found": 4,
        "fetched": 2,
        "skipped": 1,
        "failed": 1,
    }
    assert found["reasons"] == {"skipped": {"document": 1}, "failed": {"http_404": 1}}
    assert found["sites"][f"127.0.0.1-{server.port}"]["found"] == 4
    assert (tmp_path / "runs" / found["run_id"] / "run.json").is_file()
    assert "ingest" not in found
    assert again["unchanged"] == 2


def test_crawl_table_is_for_people(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/missing"))}) as server:
        done = jianwei(tmp_path, "crawl", "--url", server.url, "--no-ingest")
    assert done.returncode == 0
    assert "失败（failed）：HTTP 404 页面不存在 1" in done.stdout
    assert f"127.0.0.1-{server.port}" in done.stdout


def test_crawl_goes_on_with_a_run_by_its_id_alone(tmp_path: Path) -> None:
    with SiteServer({"/": page(links("/a", "/b")), "/*": page("x")}) as server:
        first, _ = crawl_json(tmp_path, "--url", server.url, "--no-ingest", "--max-pages", "1")
        second, _ = crawl_json(tmp_path, "--run", first["run_id"], "--no-ingest")
        assert [server.hits[path] for path in ("/", "/a", "/b")] == [1, 1, 1]
    assert first["reasons"]["skipped"] == {"page_cap": 2}
    assert second["run_id"] == first["run_id"]
    assert second["fetched"] == 3


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/", "the connection was refused"),
        ("http://no-such-host.invalid/", "no such host"),
    ],
)
def test_crawl_of_what_cannot_be_crawled_exits_1_and_says_why(
    tmp_path: Path, url: str, said: str
) -> None:
    found, stderr = crawl_json(
        tmp_path, "--url", url, "--no-ingest", code=1, JIANWEI_CONTACT="t@example.org"
    )
    assert found["failed"] == 1
    [line] = [line for line in stderr.splitlines() if line.startswith("jianwei: ")]
    assert said in line
    assert url in line


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["exampel_bureau"], 1, "unknown site 'exampel_bureau'. Did you mean 'example_bureau'?"),
        (["example_bureau"], 1, "Set JIANWEI_CONTACT"),
        (["--url", "ftp://a/"], 1, "expected scheme http or https"),
        (["--sites", "/nowhere"], 1, "no such folder"),
        (["--run", "01NONE"], 1, "no run here"),
        ([], 2, "Name a SITE"),
        (["--max-pages", "0"], 2, "max-pages"),
    ],
)
def test_crawl_refuses_in_one_clear_line(
    tmp_path: Path, args: list[str], code: int, said: str
) -> None:
    done = jianwei(tmp_path, "crawl", *args, "--no-ingest", JIANWEI_CONTACT="")
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_crawl_takes_sites_of_a_folder_and_added_ones_first(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "sites"
    folder.mkdir()
    with SiteServer({"/": page("x")}) as server:
        file = folder / "one.yml"
        file.write_text(SITE_FILE.format(url=server.url))
        # A loopback address in a file is no permission: only typing it is.
        found, stderr = crawl_json(data, "--sites", str(folder), "--no-ingest", code=1)
        assert "the address is not on the public network" in stderr
        assert found["reasons"]["failed"] == {"blocked_address": 1}
        assert server.hits["/"] == 0
        assert jianwei(data, "site", "add", str(file)).stdout.startswith("one: added")
        file.write_text(file.read_text() + "notes: changed\n")
        found, _ = crawl_json(data, "one", "--sites", str(folder), "--no-ingest", code=1)
    assert "the added site differs from" in found["warnings"][0]


def test_site_check_names_the_first_fault_of_each_file(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yml", tmp_path / "bad.yml"
    good.write_text(SITE_FILE.format(url="http://127.0.0.1:1"))
    bad.write_text("title: x\nstart_url: []\n")
    done = jianwei(tmp_path, "site", "check", str(good), str(bad))
    assert done.returncode == 1
    assert f"{good}: ok (示例)" in done.stdout
    assert f"{bad}: unknown key 'start_url'. Did you mean 'start_urls'?" in done.stderr


def test_site_add_keeps_the_declaration_and_an_event(tmp_path: Path) -> None:
    file = tmp_path / "one.yml"
    file.write_text(SITE_FILE.format(url="http://127.0.0.1:1"))
    data = tmp_path / "data"
    assert "added" in jianwei(data, "site", "add", str(file)).stdout
    assert "replaced" in jianwei(data, "site", "add", str(file)).stdout
    listed = json.loads(jianwei(data, "site", "list", "--json").stdout)
    assert [site["origin"] for site in listed if site["site_id"] == "one"] == ["added"]
    assert any(site["origin"] == "bundled" for site in listed)
