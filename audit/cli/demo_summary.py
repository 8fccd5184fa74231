"""Print the demo's summary for people, in Chinese."""

from pathlib import Path
from typing import Any

import click

_AXES = {
    "offering": "培训性质",
    "disguise": "变异形式",
    "subject": "学科",
    "violation": "违规情形",
}


def print_summary(summary: dict[str, Any], folder: Path) -> None:
    """Print what was found, the first cases, the users and the three commands to try next."""
    ledger = summary["ledger"]
    click.echo(
        f"抓取：发现网址 {ledger['found']} = 取得 {ledger['fetched']} + 未变 {ledger['unchanged']}"
        f" + 跳过 {ledger['skipped']} + 失败 {ledger['failed']}"
    )
    click.echo(
        f"网页 {summary['pages']} 个，广告 {summary['ads']} 条，"
        f"其中机器判断需人工研判 {summary['flagged']} 条，案件 {summary['cases_total']} 件"
    )
    for axis, title in _AXES.items():
        counts = summary["by_label"][axis]
        if counts:
            line = "  ".join(f"{label} {count}" for label, count in counts.items())
            click.echo(f"{title}：{line}")
    click.echo("待领取的案件（按优先度）：")
    for case in summary["cases"]:
        click.echo(
            f"  案件 {case['case']:>3}  优先度 {case['priority']:>4.1f}  "
            f"出现 {case['placements']} 处  {case['title'][:40]}"
        )
    if summary["users"]:
        click.echo("样例用户（每次启动换新口令）：")
        for user in summary["users"]:
            click.echo(f"  {user['role']}  {user['name']}  {user['password']}")
    click.echo(f"用时 {summary['seconds']} 秒。接下来可以试：")
    first = summary["cases"][0]["case"] if summary["cases"] else 1
    prefix = f"JIANWEI_DATA={folder} .venv/bin/jianwei"
    click.echo(f"  {prefix} queue list --user shenhe")
    click.echo(f"  {prefix} queue show {first} --user shenhe")
    click.echo(f"  {prefix} search 数学")
