"""What `jianwei crawl` prints: the ledger as a table, and why a site could not be crawled."""

from collections.abc import Iterator

from audit.crawl_reasons import in_chinese, in_english
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
            named = (f"{in_chinese(reason)} {count}" for reason, count in reasons.items())
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
            detail = f" ({entry.detail})" if entry.detail else ""
            return f"{entry.url}: {in_english(entry.reason)}{detail}."
    return "No URL was asked for."
