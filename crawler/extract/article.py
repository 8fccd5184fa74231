"""WeChat articles: headline, account and time stand in known places and in the page's script."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from selectolax.lexbor import LexborHTMLParser

from crawler.extract.document import HtmlDocument
from crawler.extract.metadata import iso_date

BODY_SELECTOR = "#js_content"
_PARTS_SELECTOR = "#js_content, #activity-name, #js_name"
_BEIJING = timezone(timedelta(hours=8))  # the day that a Chinese reader sees
_STRING = r"""(?:html(?:Decode)?\(|JsDecode\()?\s*["']([^"']{1,300})["']"""
_ACCOUNT = re.compile(rf"\b(?:var\s+)?nickname\s*[=:]\s*{_STRING}")
_TITLE = re.compile(rf"\b(?:var\s+)?msg_title\s*[=:]\s*{_STRING}")
_EPOCH = re.compile(r"""\b(?:var\s+)?(?:ct|createTimestamp)\s*[=:]\s*["']?(\d{9,10})\b""")
_CREATED = re.compile(rf"\b(?:createTime|create_time|publish_time)\s*[=:]\s*{_STRING}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the article says of itself, and the `mem_id` of the elements that are its text."""

    title: str
    publisher: str | None
    published_on: str | None
    parts: frozenset[int]


def read_article(document: HtmlDocument) -> Article | None:
    """Return the article, or None when the page is not one."""
    tree = document.tree
    if tree.css_first(BODY_SELECTOR) is None:
        return None
    script = _script(tree)
    return Article(
        title=_text(tree, "#activity-name") or _first(_TITLE, script) or "",
        publisher=_text(tree, "#js_name") or _first(_ACCOUNT, script),
        published_on=_published_on(tree, script),
        parts=frozenset(node.mem_id for node in tree.css(_PARTS_SELECTOR)),
    )


def _script(tree: LexborHTMLParser) -> str:
    return "\n".join(node.text() or "" for node in tree.css("script:not([src])"))


def _text(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    return " ".join((node.text() or "").split()) if node is not None else ""


def _first(pattern: re.Pattern[str], script: str) -> str | None:
    match = pattern.search(script)
    return match.group(1).strip() or None if match else None


def _published_on(tree: LexborHTMLParser, script: str) -> str | None:
    shown = iso_date(_text(tree, "#publish_time")) or iso_date(_first(_CREATED, script) or "")
    if shown is not None:
        return shown
    match = _EPOCH.search(script)
    if match is None:
        return None
    return datetime.fromtimestamp(int(match.group(1)), UTC).astimezone(_BEIJING).date().isoformat()
