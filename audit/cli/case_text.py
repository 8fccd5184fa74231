"""A case as an operator reads it in the terminal, from the values of `audit.case_view`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from audit.cli.case_words import marked, one_line, text_lines

BEIJING = ZoneInfo("Asia/Shanghai")
_BASIS_SHOWN = 3


def beijing(moment: str | None) -> str:
    """Return an ISO moment as `2026-11-25 14:03`, in Beijing time."""
    if not moment:
        return "—"
    return f"{datetime.fromisoformat(moment).astimezone(BEIJING):%Y-%m-%d %H:%M}"


def minutes_left(until: str | None, now: datetime) -> int:
    """Return the whole minutes until a moment."""
    if until is None:
        return 0
    left = datetime.fromisoformat(until).astimezone(UTC) - now
    return max(0, int(left.total_seconds() // 60))


def case_lines(view: dict[str, Any], *, now: datetime, full: bool) -> Iterator[str]:
    """Say everything about a case: the words first, then reasons, law, evidence, history."""
    yield from _head(view, now)
    yield from _words(view, full=full)
    yield from _findings(view)
    yield from _clauses(view)
    yield from _weighing(view)
    yield from _facts(view)
    yield from _evidence(view["evidence"])
    yield from _places(view)
    yield from _history(view)


def _section(title: str) -> str:
    return click.style(f"\n■ {title}", bold=True)


def _head(view: dict[str, Any], now: datetime) -> Iterator[str]:
    from audit.priority_words import PARTS_ZH
    from audit.region_names import region_zh

    conclusion = f"，结论：{view['conclusion_zh']}" if view["conclusion_zh"] else ""
    yield click.style(
        f"案件 {view['case']}　{view['state_zh']}{conclusion}　机器判断：{view['degree_zh']}涉嫌"
        f"（{view['risk']:.2f}）",
        bold=True,
    )
    if view["claimed_by"]:
        left = minutes_left(view["lease_until"], now)
        until = beijing(view["lease_until"])
        yield f"领取人 {view['claimed_by']}，{until} 到期（还有 {left} 分钟）"
    if view["assigned_to"]:
        yield f"已指派给 {view['assigned_to']}"
    if view["note_zh"]:
        yield click.style(f"注意：{view['note_zh']}", fg="red")
    if view["due_at"]:
        yield f"待补充证据，期限 {beijing(view['due_at'])}"
    parts = view["priority_parts"]
    shown = " × ".join(f"{zh} {parts[name]:.2f}" for name, zh in PARTS_ZH.items() if name in parts)
    yield f"优先度 {view['priority']:.1f} = 100 × {shown}"
    yield f"地区 {region_zh(view['region'])}　线索形成于 {beijing(view['opened_at'])}"


def _words(view: dict[str, Any], *, full: bool) -> Iterator[str]:
    ad = view["ad"]
    yield _section("原文" if view["personal_opened"] else "原文（个人信息已遮盖）")
    if ad["waits_for_opinion"]:
        yield click.style("注意：已抓到更新的版本，机器尚未判断；以下是上一版本。", fg="red")
    if ad["poster_of"]:
        yield f"（海报，属于：{one_line(ad['poster_of'])}）"
    title = one_line(ad["title"]) and marked(
        ad["title"], view["findings"], view["decodings"], field="title"
    )
    yield click.style("标题：", dim=True) + (title or "（无标题）")
    yield from text_lines(view, full=full)
    yield click.style(
        f"来源 {one_line(ad['url'])}　发布者 {one_line(ad['publisher']) or '不明'}"
        f"　发布日期 {ad['published_on'] or '不明'}",
        dim=True,
    )
    live = "仍在" if ad["live"] else "已下线"
    yield click.style(
        f"首次出现 {beijing(ad['first_seen'])}　末次出现 {beijing(ad['last_seen'])}　{live}",
        dim=True,
    )


def _findings(view: dict[str, Any]) -> Iterator[str]:
    yield _section("机器判断的依据")
    if not view["findings"]:
        yield "没有逐条依据。"
    for found in view["findings"]:
        quotes = "、".join(f"“{one_line(span['text'])}”" for span in found["spans"])
        decoded = f"（解读：{one_line(found['decoded'])}）" if found["decoded"] else ""
        yield (
            f"[{found['number']}] {found['axis_zh']}·{found['label_zh']}　{found['degree_zh']}"
            f"（{found['score']:.2f}）　{one_line(found['reason'])}"
        )
        if quotes:
            yield f"    原文：{quotes}{decoded}"
        if found["basis"]:
            yield f"    依据：{_first(found['basis'])}　出自 {found['origin']}"


def _first(clauses: Sequence[str]) -> str:
    """Name the first clauses; all of them stand in the section on law."""
    rest = len(clauses) - _BASIS_SHOWN
    return "、".join(clauses[:_BASIS_SHOWN]) + (f" 等 {len(clauses)} 条" if rest > 0 else "")


def _clauses(view: dict[str, Any]) -> Iterator[str]:
    yield _section("依据条款（供研判参考，引用前请核对原文）")
    if not view["clauses"]:
        yield "没有可引用的条款。"
    for clause in view["clauses"]:
        note = f"　{clause['note']}" if clause["note"] else ""
        number = f"（{clause['document_number']}）" if clause["document_number"] else ""
        yield (
            f"· {clause['id']}　《{clause['instrument'].strip('《》')}》{number}"
            f"{clause['number']}　{clause['standing']}{note}"
        )
        yield f"    {clause['gist']}（用于：{'、'.join(clause['labels_zh'])}）"
        if clause["penalty"]:
            yield f"    罚则：{clause['penalty']}"


def _quoted(quotes: Sequence[str]) -> str:
    return "、".join(f"“{one_line(quote)}”" for quote in quotes)


def _weighing(view: dict[str, Any]) -> Iterator[str]:
    yield _section("四个维度")
    yield "　".join(f"{item['name_zh']}：{item['state_zh']}" for item in view["dimensions"])
    for item in view["dimensions"]:
        if item["quotes"]:
            yield f"    {item['name_zh']}：{_quoted(item['quotes'])}"
    yield _section("有利事实")
    if not view["against"]:
        yield "未见。"
    for point in view["against"]:
        quotes = f"　{_quoted(point['quotes'])}" if point["quotes"] else ""
        yield f"· {one_line(point['reason'])}{quotes}"
    yield _section("文中看不出、需要查证的")
    yield from (f"· {one_line(sentence)}" for sentence in view["missing"])
    if not view["missing"]:
        yield "机器没有列出。"


def _facts(view: dict[str, Any]) -> Iterator[str]:
    yield _section("文中事实")
    by_kind: dict[str, list[str]] = {}
    for fact in view["facts"]:
        by_kind.setdefault(fact["kind_zh"], []).append(fact["quote"])
    for kind, quotes in by_kind.items():
        yield f"{kind}：{_quoted(list(dict.fromkeys(quotes)))}"
    if not by_kind:
        yield "没有抽取到。"


def _evidence(evidence: dict[str, Any]) -> Iterator[str]:
    yield _section("存证")
    ours = evidence["purpose_zh"] if evidence["captured_by_us"] else "外部存证，非本系统抓取"
    yield f"抓取时间　{evidence['captured_at_zh']}（{ours}）"
    yield f"抓取网址　{one_line(evidence['url'])}"
    if evidence["final_url"] != evidence["url"]:
        yield f"最终网址　{one_line(evidence['final_url'])}"
    yield f"响应状态　{evidence['http_status']}　{one_line(evidence['content_type'])}"
    yield f"内容摘要　{evidence['payload_digest']}"
    yield f"存证文件　{evidence['warc_file']}　偏移 {evidence['warc_offset']}"
    yield f"文件摘要　sha256:{evidence['warc_sha256']}"
    yield f"文件状态　{evidence['file_state_zh']}；{evidence['chain_state_zh']}"
    yield f"记录编号　{evidence['capture_id']}　巡查批次 {evidence['run_id'] or '—'}"
    yield f"robots　　{one_line(evidence['robots_zh'])}"


def _places(view: dict[str, Any]) -> Iterator[str]:
    others = [item for item in view["placements"] if item["ad_id"] != view["ad"]["ad_id"]]
    yield _section(f"同一内容的其他发布（{len(others)} 处）")
    for item in others:
        state = "仍在" if item["live"] else "已下线"
        flag = "" if item["needs_review"] else "　现已不再涉嫌"
        yield f"· {one_line(item['url'])}　末次出现 {beijing(item['last_seen'])}　{state}{flag}"
    earlier = [item for item in view["versions"] if not item["current"]]
    yield _section(f"其他版本（{len(earlier)} 个）")
    for item in earlier:
        digest = item["text_digest"][:16]
        yield f"· {beijing(item['captured_at'])}　{item['chars']} 字　摘要 {digest}…"


def _history(view: dict[str, Any]) -> Iterator[str]:
    from audit.event_words import action_zh

    yield _section("研判记录")
    for item in view["decisions"]:
        action = action_zh(f"case.{item['action']}")
        yield (
            f"· {beijing(item['at'])}　{item['by']}　{action}　{item['conclusion_zh']}"
            f"　{one_line(item['reason'])}"
        )
    if not view["decisions"]:
        yield "还没有。"
    yield _section("操作记录")
    for item in view["events"]:
        purpose = f"　用途：{one_line(item['purpose'])}" if item["purpose"] else ""
        yield f"· {item['seq']}　{beijing(item['at'])}　{item['actor']}　{item['action']}{purpose}"
