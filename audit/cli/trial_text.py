"""What `jianwei site try` prints for people."""

from collections.abc import Iterator
from typing import Any

_OUTCOMES = {"fetched": "已取得", "unchanged": "未变", "skipped": "跳过", "failed": "失败"}


def trial_lines(trial: dict[str, Any]) -> Iterator[str]:
    """Yield the pages, the ads, the warnings and a declaration to begin with."""
    totals = trial["totals"]
    yield (
        f"发现 {totals['found']} 个地址：取得 {totals['fetched']}，"
        f"跳过 {totals['skipped']}，失败 {totals['failed']}"
    )
    for page in trial["pages"]:
        status = page["status"] or ""
        outcome = _OUTCOMES[page["outcome"]]
        yield f"  {outcome}  {status:<3}  {page['url']}  {page['reason']}".rstrip()
    yield f"广告 {len(trial['ads'])} 条"
    for ad in trial["ads"]:
        mark = "需研判" if ad["needs_review"] else "  　　"
        yield f"  {mark}  {ad['title'] or '（无标题）'}  {ad['excerpt']}"
    for warning in trial["warnings"]:
        yield f"注意：{warning}"
    suggestion = trial["suggestion"]
    yield f"站点声明可由此开始（{suggestion['site_id']}.yml）："
    yield f"title: {suggestion['title']}"
    yield f"kind: {suggestion['kind']}"
    for key in ("start_urls", "allowed_domains"):
        yield f"{key}: [{', '.join(repr(one) for one in suggestion[key])}]"
