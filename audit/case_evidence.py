"""Where the words of an ad come from: capture, evidence file, chain."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from audit import config
from audit.models import CaptureRow, EvidenceFile
from crawler.errors import EvidenceError
from crawler.evidence.chain import chain_names, entry_files, read_entry
from crawler.robots import NO_RULE

BEIJING = ZoneInfo("Asia/Shanghai")
_NO_RULE_ZH = "没有相应规定"
_PURPOSES = {"crawl": "巡查", "proof": "存证", "recheck": "回访", "import": "外部存证导入"}


def both_times(moment: datetime) -> str:
    """Return a moment in Beijing time and in UTC."""
    beijing = moment.astimezone(BEIJING)
    utc = moment.astimezone(ZoneInfo("UTC"))
    return f"{beijing:%Y-%m-%d %H:%M:%S}（北京时间） / {utc:%Y-%m-%d %H:%M:%S} UTC"


def _file_state(file: EvidenceFile | None) -> str:
    """Say whether the file is where it should be; `evidence verify` re-hashes it."""
    if file is None:
        return "未登记存证文件"
    if file.status == EvidenceFile.Status.DAMAGED:
        return "文件有损，详见 jianwei evidence verify"
    path = config.data_folder() / "evidence" / file.path
    if not path.is_file():
        return "文件不在存证目录，请查备份"
    if path.stat().st_size != file.size:
        return "文件大小与登记不符，请运行 jianwei evidence verify"
    return "文件在库，大小与登记相符"


def _chain_state(file: EvidenceFile | None, site_id: str) -> str:
    """Say where the chains of closed files hold this one: the site's own first, from its end."""
    if file is None:
        return "未登记存证文件"
    folder = config.data_folder() / "evidence"
    for name in sorted(chain_names(folder), key=lambda name: name != site_id):
        for _, _, path in reversed(entry_files(folder, name)):
            try:
                entry = read_entry(path)
            except EvidenceError:
                return f"存证链 {name} 有损，请运行 jianwei evidence verify"
            if entry.file != file.path:
                continue
            if entry.kind == "tombstone":
                return f"已依法删除，记在存证链 {name} 第 {entry.seq} 条"
            is_same = entry.sha256 == file.sha256
            return f"存证链 {name} 第 {entry.seq} 条，摘要{'相符' if is_same else '不符'}"
    return "存证链上没有此文件"


def evidence_of(capture: CaptureRow) -> dict[str, Any]:
    """Return the facts of one capture."""
    file = capture.evidence_file
    robots = {True: "允许", False: "不允许", None: "未记录"}[capture.robots_allowed]
    rule = _NO_RULE_ZH if capture.robots_rule == NO_RULE else capture.robots_rule
    is_ours = file is None or file.origin == "crawl"
    return {
        "capture_id": capture.capture_id,
        "captured_at": capture.fetched_at.isoformat(),
        "captured_at_zh": both_times(capture.fetched_at),
        "url": capture.url,
        "final_url": capture.final_url,
        "http_status": capture.http_status,
        "content_type": capture.content_type,
        "payload_digest": capture.payload_digest,
        "purpose": capture.purpose,
        "purpose_zh": _PURPOSES.get(capture.purpose, capture.purpose),
        "captured_by_us": is_ours,
        "robots_zh": f"{robots}（{rule}）" if rule else robots,
        "warc_file": file.path if file else "",
        "warc_sha256": file.sha256 if file else "",
        "warc_offset": capture.warc_offset,
        "file_state_zh": _file_state(file),
        "chain_state_zh": _chain_state(file, capture.site_id),
        "site_id": capture.site_id,
        "run_id": capture.run_id,
    }
