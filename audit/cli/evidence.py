"""`jianwei evidence verify`: prove that saved evidence is as it was."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from audit import config
from audit.cli.progress import ProgressLine


@click.group(name="evidence")
def evidence_command() -> None:
    """Verify saved evidence."""


@evidence_command.command(name="verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Re-hash evidence, walk its chains, compare declared lengths; exit 1 at any damage.

    PATHS are WARC or WACZ files, or evidence folders. Without PATHS: the evidence of the data
    folder, its chains compared with the heads that the event log names.
    """
    from crawler.evidence.verify import VerifyReport, verify, verify_files

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise click.ClickException(f"{missing[0]}: no such file or folder. Check the path.")
    report = VerifyReport()
    log_is_read = False
    with ProgressLine(quiet=as_json) as progress:

        def on_file(path: Path) -> None:
            progress(path.name, report.files)

        if paths:
            for folder in (path for path in paths if path.is_dir()):
                report.merge(verify(folder, on_file=on_file))
            files = [path for path in paths if path.is_file()]
            report.merge(verify_files(files, on_file=on_file))
        else:
            known = _noted_heads()
            log_is_read = known is not None
            folder = config.data_folder() / "evidence"
            report.merge(verify(folder, known_heads=known, on_file=on_file))
    result = {**report.to_dict(), "event_log_compared": log_is_read}
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _summary(result))
    for damage in report.damages:
        click.echo(f"jianwei: {damage}", err=True)
    if report.damages:
        sys.exit(1)


def _noted_heads() -> dict[str, tuple[int, str]] | None:
    """Return the chain heads in the event log; None when there is no database to ask."""
    from audit.cli.setup import open_database
    from audit.errors import StoreError

    try:
        open_database()
        from audit.evidence_heads import noted_heads

        return noted_heads()
    except StoreError:
        return None


def _summary(result: dict[str, Any]) -> str:
    lines = [
        f"已核对存证文件 {result['files']} 个，记录 {result['records']} 条，"
        f"链条目 {result['entries']} 个（依法删除 {result['tombstones']} 个）",
    ]
    if result["open_files"]:
        lines.append(f"正在写入或未关闭的文件 {result['open_files']} 个，未核对")
    if result["event_log_compared"]:
        lines.append("链首已与操作日志比对")
    damages = len(result["damages"])
    lines.append(f"发现损坏或改动 {damages} 处" if damages else "完整，未发现改动")
    return "\n".join(lines)
