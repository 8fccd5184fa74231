"""What a page says of itself: title, publisher, day of publication, orders to robots."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from selectolax.lexbor import LexborHTMLParser

from crawler.extract.blocks import Walked
from crawler.extract.document import HtmlDocument

_DATE = re.compile(
    r"((?:19|20)(?<!\d\d\d)\d{2})\s?(?:年|[-/.])\s?(\d{1,2})\s?(?:月|[-/.])\s?(\d{1,2})(?!\d)"
)
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d{1,3}\b)")
_DATE_METAS = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "publishdate",
    "publish_date",
    "publish-date",
    "pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "og:release_date",
    "weibo:article:create_at",
    "date",
)
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
# What stands right before the day of publication; `活动时间` and the like do not.
_PUBLISH_WORDS = (
    "发布",
    "发表",
    "发文",
    "发稿",
    "发帖",
    "刊登",
    "刊发",
    "上传",
    "录入",
    "添加",
    "更新",
    "成文",
    "公布",
    "公示",
    "發布",
    "發表",
)
_PUBLISHED = tuple(
    f"{word}{noun}" for word in _PUBLISH_WORDS for noun in ("", "时间", "日期", "時間", "于", "於")
)
_PUBLISHED_ENDS = frozenset(label[-1] for label in _PUBLISHED)
_MAX_LABEL_CHARS = 12
# A line under the headline: a date in company of source, author or counter.
_BYLINE_WORDS = (
    "来源",
    "作者",
    "编辑",
    "浏览",
    "阅读",
    "点击",
    "人气",
    "访问量",
    "字号",
    "责编",
    "发布人",
)
_MAX_BYLINE_CHARS = 120
_BYLINE_CHARS = 4_000

_PUBLISHER_METAS = ("author", "article:author", "og:site_name", "application-name", "contentsource")
_NOT_PUBLISHERS = re.compile(
    r"admin|webmaster|管理员|佚名|未知|本站|原创|dede|discuz|phpcms|wordpress|comsenz|empirecms|^\W*$",
    re.IGNORECASE,
)
_HOSTED = re.compile(r"(?:主办单位|主办|版权所有|版权归属)\s*[：:]\s*([^\s|，,。;；©]{2,40})")
_RIGHTS = re.compile(r"版权所有|copyright|©|&copy;", re.IGNORECASE)
_RIGHTS_NOISE = re.compile(
    r"copyright|©|\(c\)|版权所有|保留(?:所有|一切)?权利|all rights? reserved\.?|powered by.*"
    r"|技术支持.*"
    r"|\S{0,2}ICP备.*|\S{0,2}公网安备.*|(?:19|20)\d{2}(?:\s*[-–—~至]\s*(?:(?:19|20)\d{2}|今))?"
    r"|(?:电话|地址|邮编|邮箱|备案号)\s*[：:].*",
    re.IGNORECASE,
)
_HAN_NAME = re.compile(r"[\w·（）()&-]*[\u4e00-\u9fff][\w·（）()&-]*")
_LATIN_NAME = re.compile(r"[A-Za-z][\w&'’. -]{1,58}")
_FOOTER_BLOCKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Metas:
    """The head's meta tags by lower-case name or property (the first of each)."""

    values: dict[str, str]
    refresh: str
    robots: frozenset[str]


def read_metas(tree: LexborHTMLParser) -> Metas:
    values: dict[str, str] = {}
    refresh = ""
    robots: set[str] = set()
    for node in tree.css("meta"):
        attributes = node.attributes
        content = " ".join((attributes.get("content") or "").split())
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop")
        if name and content:
            values.setdefault(name.strip().lower(), content)
            if name.strip().lower() == "robots":
                robots.update(word.strip().lower() for word in content.split(","))
        if (attributes.get("http-equiv") or "").strip().lower() == "refresh" and not refresh:
            refresh = content
    return Metas(values=values, refresh=refresh, robots=frozenset(robots))


_REFRESH = re.compile(
    r"\s*[\d.]*(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?['\"]?\s*([^'\";,\s][^'\"]*)", re.IGNORECASE
)


def refresh_target(metas: Metas, document: HtmlDocument) -> str | None:
    """Return where a meta refresh leads; None for a reload of the page itself."""
    match = _REFRESH.match(metas.refresh)
    if match is None:
        return None
    target = document.absolute(match.group(1).strip())
    return target if target != document.url else None


def title_of(document: HtmlDocument, metas: Metas) -> str:
    for selector in ("head > title", "h1"):
        node = document.tree.css_first(selector)
        text = " ".join(node.text().split()) if node is not None else ""
        if text:
            return text
    return metas.values.get("og:title", "")


def iso_date(text: str) -> str | None:
    """Return the first date of a text as YYYY-MM-DD, or None."""
    for pattern in (_DATE, _COMPACT_DATE):
        for match in pattern.finditer(text):
            try:
                return date(*map(int, match.groups())).isoformat()
            except ValueError:
                continue
    return None


def published_on(document: HtmlDocument, metas: Metas, walked: Walked) -> str | None:
    return (
        _first_date(metas.values.get(name, "") for name in _DATE_METAS)
        or _first_date(_structured_dates(document))
        or _first_date(_dated_lines(walked.text))
    )


def _first_date(texts: Iterable[str]) -> str | None:
    return next(filter(None, map(iso_date, texts)), None)


def _structured_dates(document: HtmlDocument) -> Iterable[str]:
    if "datePublished" in document.source:
        for node in document.tree.css("script[type='application/ld+json']"):
            yield from _JSON_DATE.findall(node.text() or "")
    may_say = "time" in document.source or "datePublished" in document.source
    for selector in ("time[pubdate]", "article time", "[itemprop='datePublished']", "time"):
        found = document.tree.css_first(selector) if may_say else None
        if found is not None:
            yield found.attributes.get("datetime") or found.text()


def _dated_lines(text: str) -> Iterable[str]:
    head = text[:_BYLINE_CHARS]
    for match in _DATE.finditer(head):
        label = head[max(0, match.start() - _MAX_LABEL_CHARS) : match.start()]
        label = label.rstrip(" ：:")
        if label[-1:] in _PUBLISHED_ENDS and label.endswith(_PUBLISHED):
            yield match.group()
    for word in _BYLINE_WORDS:
        place = head.find(word)
        while place >= 0:
            start = head.rfind("\n", 0, place) + 1
            end = head.find("\n", place)
            end = end if end >= 0 else len(head)
            if end - start <= _MAX_BYLINE_CHARS:
                yield head[start:end]
            place = head.find(word, end)


def publisher_of(metas: Metas, walked: Walked) -> str | None:
    """Return who publishes the page, by its metas or by the rights line of its footer."""
    for name in _PUBLISHER_METAS:
        value = metas.values.get(name, "")
        if value and not _NOT_PUBLISHERS.search(value):
            return value[:100]
    lines = [walked.text[block.start : block.end] for block in walked.blocks[-_FOOTER_BLOCKS:]]
    return _rights_holder(lines)


def _rights_holder(lines: Sequence[str]) -> str | None:
    for line in reversed(lines):
        match = _HOSTED.search(line)
        if match:
            return match.group(1)
    for line in reversed(lines):
        if _RIGHTS.search(line):
            rest = _RIGHTS_NOISE.sub("|", line[:300])
            for piece in rest.split("|"):
                name = _organisation(piece)
                if len(name) >= 2 and not name.isdigit():
                    return name
    return None


def _organisation(text: str) -> str:
    """Return the first name in a text: up to the next blank when it is Chinese."""
    match = _HAN_NAME.search(text) or _LATIN_NAME.search(text)
    return match.group().strip(" -")[:60] if match else ""
