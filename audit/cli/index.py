"""`jianwei index`: what stands behind searches, made, inspected and made anew."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from audit.cli.progress import ProgressLine
from audit.cli.setup import open_database

if TYPE_CHECKING:
    from audit.reindex import RebuildReport

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_DROP = click.option(
    "--drop-previous", is_flag=True, help="Afterwards remove the indices that were kept."
)


@click.group(name="index")
def index_command() -> None:
    """Create, rebuild and inspect the search index.

    The index is made from the database rows alone and may be thrown away at any time.
    """


@index_command.command()
@_JSON
def status(*, as_json: bool) -> None:
    """Show the engine, the index in use, and how far it is behind the rows."""
    open_database()
    from audit.index_state import index_state

    state = index_state()
    if as_json:
        click.echo(json.dumps(state, ensure_ascii=False))
    else:
        for line in status_lines(state):
            click.echo(line)
    if state["problem"]:
        sys.exit(1)


def status_lines(state: dict[str, Any]) -> list[str]:
    """Tell the state for an operator."""
    docs = "？" if state["docs"] is None else state["docs"]
    names = {"embedded": "内置", "elasticsearch": "Elasticsearch"}
    lines = [
        f"引擎      {names[state['engine']]}（{state['where']}）",
        f"索引      {state['current'] or '尚未建立'}（别名 {state['alias']}）",
        f"版本      映射 {state['version'] or '—'}，分析 {state['analysis_version'] or '—'}",
        f"文档      {docs} 条，数据库应有 {state['ads']} 条",
        f"等待写入  {state['waiting']} 条" + _since(state["waiting_since"]),
        f"被拒绝    {state['dead_letters']} 条",
    ]
    lines += [f"          {one['doc_id'][:12]}…：{one['error']}" for one in state["refused"]]
    if state["previous"]:
        lines.append(f"保留的旧索引  {'、'.join(state['previous'])}")
    if state["problem"]:
        lines.append(f"问题      {state['problem']}")
    return lines


def _since(moment: str | None) -> str:
    return f"（最早 {moment}）" if moment else ""


@index_command.command()
@_JSON
def create(*, as_json: bool) -> None:
    """Create the index unless it is there."""
    open_database(create=True)
    from audit.reindex import create as create_index

    made = create_index()
    if as_json:
        click.echo(json.dumps({"engine": made.engine, "current": made.current}))
    else:
        click.echo(f"索引已就绪：{made.current}")


@index_command.command()
@_DROP
@_JSON
def rebuild(*, drop_previous: bool, as_json: bool) -> None:
    """Build a new index from the rows, then put it into use; searches go on meanwhile.

    The index used before is kept until --drop-previous.
    """
    open_database()
    _rebuild(drop_previous=drop_previous, as_json=as_json)


@index_command.command()
@_DROP
@_JSON
def migrate(*, drop_previous: bool, as_json: bool) -> None:
    """Rebuild the index if it was made by another version of the mapping or the analysis."""
    open_database()
    from audit.index_state import needs_rebuild

    if needs_rebuild():
        _rebuild(drop_previous=drop_previous, as_json=as_json)
    elif as_json:
        click.echo(json.dumps({"rebuilt": False}))
    else:
        click.echo("索引与当前版本一致，无需迁移。")


def _rebuild(*, drop_previous: bool, as_json: bool) -> None:
    from audit.reindex import rebuild as rebuild_index

    with ProgressLine(quiet=as_json) as progress:
        report = rebuild_index(
            drop_previous=drop_previous,
            on_progress=lambda done, total: progress("重建索引", done, total),
        )
    if as_json:
        click.echo(json.dumps({"rebuilt": True, **report.to_dict()}, ensure_ascii=False))
        return
    for line in rebuild_lines(report):
        click.echo(line)


def rebuild_lines(report: "RebuildReport") -> list[str]:
    lines = [f"新索引 {report.index}：{report.documents} 条，用时 {report.seconds:.1f} 秒"]
    if report.refused:
        lines.append(f"被拒绝 {report.refused} 条，详见 jianwei index status")
    if report.dropped:
        lines.append(f"已删除旧索引 {'、'.join(report.dropped)}")
    else:
        lines.append("旧索引保留；确认无误后可用 --drop-previous 删除")
    return lines
