"""`jianwei search`: find ads, told so that a reader need not open them."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from audit.cli.case_words import one_line, printable
from audit.cli.setup import open_database
from audit.search_words import FACET_NAMES, SORTS, facet_word, status_word

if TYPE_CHECKING:
    from audit.search import SearchPage
    from audit.search_hits import SearchHit

FACET_VALUES_SHOWN = 8
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(name="search")
@click.argument("query", default="")
@click.option("--label", "labels", multiple=True, help="Label id of any axis; may be repeated.")
@click.option("--site", help="Site id.")
@click.option("--region", help="Region code; finds all that lies within.")
@click.option("--since", type=_DAY, help="Last seen on this day (Beijing) or later.")
@click.option("--until", type=_DAY, help="Last seen on this day (Beijing) or earlier.")
@click.option("--status", help="State of the ad's case; 'none' for ads without one.")
@click.option("--sort", type=click.Choice(list(SORTS)), default="relevance", show_default=True)
@click.option("--limit", type=click.IntRange(0, 10_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def search_command(
    query: str,
    *,
    labels: tuple[str, ...],
    site: str | None,
    region: str | None,
    since: datetime | None,
    until: datetime | None,
    status: str | None,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """Search the ads; without QUERY, all of them.

    QUERY is words that must all be there, "exact phrases" and -exclusions. Plain words are found
    in disguise too: 数学 finds 數學, 竖学 and SX. A telephone number or account is found whole.
    host:example.cn (or 网站:) finds that host and what is below it, contact:13800000000 (or 联系:)
    a contact only.
    """
    open_database()
    from audit.drain import waiting
    from audit.search import search

    page = search(
        query,
        labels=labels,
        site=site,
        region=region,
        since=since.date() if since else None,
        until=until.date() if until else None,
        status=status,
        sort=sort,
        limit=limit,
    )
    if as_json:
        click.echo(json.dumps(page.to_dict(), ensure_ascii=False))
        return
    for line in page_lines(page, sort=sort):
        click.echo(line)
    if behind := waiting().count():
        click.echo(f"注意：还有 {behind} 条更新尚未写入索引。", err=True)


def page_lines(page: "SearchPage", *, sort: str) -> list[str]:
    """Tell a page of hits and its facets in Chinese."""
    if not page.total:
        return ["没有找到符合条件的广告。"]
    lines = [f"共 {page.total} 条，显示 {len(page.hits)} 条（按{SORTS[sort]}排列）", ""]
    for number, hit in enumerate(page.hits, start=1):
        lines += [*hit_lines(number, hit), ""]
    return lines + facet_lines(page)


def hit_lines(number: int, hit: "SearchHit") -> list[str]:
    from audit.ad_view import degree_zh
    from classifier.labels import load_labels

    known = load_labels()
    judged = f"涉嫌：{degree_zh(hit.risk)}" if hit.needs_review else "未见需研判"
    title = click.style(one_line(hit.title) or "（无标题）", bold=True)
    lines = [f"{number:>3}. {title}", f"     {one_line(hit.url)}"]
    lines.append(f"     {judged}（{hit.risk:.2f}） · {status_word(hit.status)}")
    if hit.labels:
        names = (known.zh(label) if label in known else label for label in hit.labels)
        lines.append(f"     {'、'.join(names)}")
    lines.append(f"     {marked_snippet(hit)}")
    if hit.decoded:
        pairs = dict.fromkeys(f"{one_line(one.text)} → {one.plain}" for one in hit.decoded)
        lines.append(f"     暗语：{'，'.join(pairs)}")
    return lines


def marked_snippet(hit: "SearchHit") -> str:
    """Put 【】 around what was found; they survive a pipe, and a terminal shows them in bold."""
    from audit.highlight import pieces

    piece = hit.snippet
    parts = [
        click.style(f"【{words}】", bold=True) if is_found else words
        for words, is_found in pieces(printable(piece.text), hit.highlights, offset=piece.offset)
    ]
    return f"{'…' * piece.cut_before}{''.join(parts)}{'…' * piece.cut_after}"


def facet_lines(page: "SearchPage") -> list[str]:
    """Tell how many hits have each value, one facet a line, the most frequent first."""
    lines = []
    for name, counts in page.facets.items():
        if not counts:
            continue
        shown = list(counts.items())[:FACET_VALUES_SHOWN]
        values = [f"{one_line(facet_word(name, value))} {count}" for value, count in shown]
        if len(counts) > len(shown):
            values.append(f"另有 {len(counts) - len(shown)} 项")
        heading = FACET_NAMES[name]
        lines.append(f"{heading}{'　' * (4 - len(heading))}  {'  '.join(values)}")
    return lines
