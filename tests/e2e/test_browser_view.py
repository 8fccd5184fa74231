"""What a reader sees in a real browser is what the ad's text holds.

A wrapper page of the same origin loads each page in a frame and writes the frame's `innerText` into
its own tree, which headless Chromium then prints.
"""

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.extract.page import parse_page
from tests.e2e.conftest import ServedFolder, need

PAGES = {
    "inline": "<p>小学<b>数学</b>、<i>英语</i>同步<a href='/x'>辅导</a></p><p>第二段</p>",
    "table": "<table><tr><th>班级</th><th>时间</th></tr><tr><td>三年级</td><td>周六 9:00</td></tr></table>",
    "hidden": "<p>看得见</p><p style='display:none'>看不见</p><p hidden>也看不见</p><script>1</script>",
    "breaks": "<p>第一行<br>第二行<br/>第三行</p><ul><li>甲<li>乙</ul>",
    "entities": "<p>A&amp;B&nbsp;&lt;班&gt; &#20013;&#x6587; &copy;</p>",
    "unclosed": "<div><p>没有闭合<p>又一段<div>块<span>内</div>尾",
    "blanks": "<p>  前后   有\n\n 空白  </p><pre>原样\n保留</pre>",
    "select": "<select><option>请选择</option></select><button>报名</button><p>正文</p>",
}  # fmt: skip
_WRAPPER = """<!DOCTYPE html><meta charset=utf-8><pre id=out></pre>
<iframe src="page.html" style="width:1200px;height:2000px"
 onload="document.getElementById('out').textContent=this.contentDocument.body.innerText"></iframe>"""


def browser_text(served: ServedFolder) -> str:
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--virtual-time-budget=5000", "--dump-dom", served.url + "wrapper.html",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    found = re.search(r'<pre id="out">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stdout[:500]
    return html.unescape(found[1])


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_text_is_what_the_browser_shows(
    name: str, tmp_path: Path, serve_folder: Callable[[Path], ServedFolder]
) -> None:
    need(shutil.which("chromium") is not None, "Chromium")
    page = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>页</title></head><body>{PAGES[name]}</body></html>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    (tmp_path / "wrapper.html").write_text(_WRAPPER, encoding="utf-8")

    shown = browser_text(serve_folder(tmp_path))

    ours = parse_page(page.encode(), url="http://example.cn/page.html")
    assert squeezed(ours.text) == squeezed(shown)
