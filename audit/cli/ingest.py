"""`jianwei ingest`: evidence in, judged ads out."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from audit.cli.progress import ProgressLine
from audit.cli.setup import open_database


def ingest_lines(report: dict[str, Any]) -> list[str]:
    """Say in Chinese what an ingest did, one line per thing."""
    drained = report["drained"] or {}
    lines = [
        f"读入存证文件 {report['files']} 个，抓取记录 {report['captures']} 条",
        f"新广告 {report['ads_new']} 条，文字有变化 {report['ads_changed']} 条，"
        f"已下线 {report['ads_gone']} 条",
        f"机器判断 {report['judged']} 条，其中需人工研判 {report['flagged']} 条，"
        f"涉及案件 {report['cases']} 件",
        f"写入索引 {drained.get('indexed', 0)} 条",
    ]
    lines += [f"问题：{what}（{count} 次）" for what, count in sorted(report["problems"].items())]
    return lines


@click.command(name="ingest")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--again", is_flag=True, help="Read from the start and judge everything anew.")
@click.option("--site", help="Only this site's evidence and ads.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ingest_command(
    files: tuple[Path, ...], *, again: bool, site: str | None, as_json: bool
) -> None:
    """Turn evidence into ads with assessments.

    Without FILES: the evidence that is not ingested yet. With FILES: these WARC or WACZ files of
    another tool, which are copied into the evidence folder and marked as not captured by us.
    """
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise click.ClickException(f"{missing[0]}: no such file. Give a WARC or WACZ file.")
    open_database(create=True)
    from audit.ingest import ingest

    with ProgressLine(quiet=as_json) as progress:
        report = ingest(files, again=again, site=site, on_progress=progress).to_dict()
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo("\n".join(ingest_lines(report)))
        for warning in report["warnings"]:
            click.echo(f"jianwei: {warning}", err=True)
    for damage in report["damaged"]:
        click.echo(f"jianwei: {damage}", err=True)
    if report["damaged"]:
        sys.exit(1)
