"""What `jianwei crawl` prints: the ledger as a table, and why a site could not be crawled."""

from collections.abc import Iterator

from crawler.ledger import Ledger
from crawler.site import Site

_OUTCOMES = {"done": "完成", "stopped": "被中止", "failed": "失败", "running": "未结束"}
_COLUMNS = (
    ("found", "发现"),
    ("fetched", "抓取"),
    ("unchanged", "未变"),
    ("skipped", "跳过"),
    ("failed", "失败"),
)
# reason: (Chinese for the table, English for the error line)
_REASONS = {
    "bad_redirect": ("跳转地址无效", "redirects to something that is no web address"),
    "bad_response": ("应答不是 HTTP", "the answer is not HTTP"),
    "blocked_address": ("地址不在公网", "the address is not on the public network"),
    "connection_lost": ("连接中断", "the connection was lost"),
    "connection_refused": ("拒绝连接", "the connection was refused"),
    "cut_body": ("正文不完整", "the answer was cut short"),
    "depth_cap": ("层级超限", "too many links from the start"),
    "document": ("非网页文件", "not a page"),
    "no_connection": ("无法连接", "no connection"),
    "no_such_host": ("域名不存在", "no such host"),
    "over_cap": ("页面过大", "the page is larger than the cap"),
    "page_cap": ("页数达上限", "the cap of pages was reached"),
    "redirect": ("跳转", "redirects to another page"),
    "redirect_loop": ("跳转循环", "redirects in a circle"),
    "redirect_offsite": ("跳到站外", "redirects outside the allowed domains"),
    "robots": ("robots.txt 禁止", "robots.txt forbids it"),
    "robots_unreachable": ("robots.txt 无法取得", "robots.txt could not be had"),
    "stopped": ("运行中止", "the run was stopped"),
    "time_cap": ("时间达上限", "the cap of time was reached"),
    "timeout": ("超时", "no answer in time"),
    "tls_error": ("证书或加密连接错误", "TLS error"),
    "too_many_redirects": ("跳转过多", "redirects too often"),
    "trap": ("无尽链接", "a trap"),
}


def ledger_lines(ledger: Ledger) -> list[str]:
    """Return the ledger as a table; numbers come first, so that names of any width align."""
    lines = [
        f"运行 {ledger.run_id} {_OUTCOMES[ledger.outcome]}",
        "".join(f"{title:>6}" for _, title in _COLUMNS) + "  站点",
    ]
    rows = [*ledger.by_site().items()]
    if len(rows) > 1:
        rows.append(("合计", ledger.totals()))
    lines += ["".join(f"{totals[key]:>8}" for key, _ in _COLUMNS) + f"  {n}" for n, totals in rows]
    for (outcome, reasons), title in zip(ledger.by_reason().items(), ("跳过", "失败"), strict=True):
        if reasons:
            named = (f"{_in_chinese(reason)} {count}" for reason, count in reasons.items())
            lines.append(f"{title}（{outcome}）：" + "，".join(named))
    return lines


def uncrawled(ledger: Ledger) -> Iterator[str]:
    """Yield one line for each site of which not a single page could be had."""
    for site in ledger.sites:
        totals = ledger.totals(site.site_id)
        if not totals["fetched"] and not totals["unchanged"]:
            yield f"{site.site_id}: nothing could be crawled. {_why(ledger, site)}"


def _why(ledger: Ledger, site: Site) -> str:
    for entry in ledger.entries(site.site_id):
        if entry.depth == 0 and entry.reason != "redirect":
            status = entry.reason.removeprefix("http_")
            plain = _REASONS.get(entry.reason, ("", f"HTTP status {status}"))[1]
            detail = f" ({entry.detail})" if entry.detail else ""
            return f"{entry.url}: {plain}{detail}."
    return "No URL was asked for."


def _in_chinese(reason: str) -> str:
    if reason.startswith("http_"):
        return f"HTTP {reason.removeprefix('http_')}"
    return _REASONS.get(reason, (reason, ""))[0]
