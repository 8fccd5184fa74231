"""Serve generated Chinese pages on loopback: about 27 KB, 120 links, 3,000 characters of main text.

Run as a process of its own: `pages.py PORT COUNT`. The words come from our training texts, so the
pages read like pages; they say nothing about the quality of any judgement.
"""

import json
import random
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TRAIN = Path(__file__).resolve().parent.parent / "classifier" / "data" / "train"
MAIN_CHARS = 3000
NAV_LINKS = 120


def sentences() -> list[str]:
    """Return the sentences of the training texts, in file order."""
    found = []
    for file in sorted(TRAIN.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            text = json.loads(line)["text"].replace("\n", "。")
            found += [part for part in text.split("。") if 8 <= len(part) <= 120]
    return found


def make_page(number: int, count: int, pool: Sequence[str]) -> bytes:
    """Return page `number`; it links to its neighbours so that a crawl reaches all pages."""
    pick = random.Random(number)
    paragraphs, chars = [], 0
    while chars < MAIN_CHARS:
        paragraph = "。".join(pick.choices(pool, k=4)) + "。"
        chars += len(paragraph)
        paragraphs.append(f"<p class='content-paragraph'>{paragraph}</p>")
    targets = [(number * 7 + step) % count for step in range(1, NAV_LINKS + 1)]
    nav = "".join(
        f"<li class='nav-item'><a class='nav-link' href='/page/{target}.html' title='第{target}页'>"
        f"栏目文章{target}</a></li>"
        for target in targets
    )
    return (
        "<!DOCTYPE html><html lang='zh'><head><meta charset='utf-8'>"
        f"<title>第{number}页 - 示例频道</title></head><body><div class='nav'><ul>{nav}</ul></div>"
        f"<div class='article'><h1>第{number}页</h1>{''.join(paragraphs)}</div>"
        "<div class='footer'>版权所有 示例频道</div></body></html>"
    ).encode()


def serve(port: int, count: int) -> None:
    pool = sentences()
    pages = {f"/page/{number}.html": make_page(number, count, pool) for number in range(count)}
    pages["/"] = pages["/page/0.html"]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
