"""The two parts of the town that are not saved pages: an endless calendar and a moving listing."""

import html
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import yaml

from crawler.errors import CrawlerError
from crawler.town.replies import DEFAULT_CONTENT_TYPE, Reply, error_reply

CARDS_PER_PAGE = 8
LISTING_PATH = "/jiaoyu/"
CALENDAR_PATH = "/calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One entry of the classifieds; `link` is empty when it has no page of its own."""

    title: str
    lines: tuple[str, ...]
    link: str = ""


def load_cards(file: Path) -> tuple[Card, ...]:
    """Read the cards of a listing in their first order.

    Raises:
        CrawlerError: an entry lacks a title or lines, or has an unknown key.
    """
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    cards = []
    for number, entry in enumerate(entries, start=1):
        try:
            cards.append(Card(**{**entry, "lines": tuple(entry["lines"])}))
        except (KeyError, TypeError) as error:
            raise CrawlerError(
                f"{file}: card {number}: {error}. Give title, lines, link."
            ) from error
    return tuple(cards)


def listing_reply(target: str, *, cards: tuple[Card, ...], frame: str, shift: int) -> Reply:
    """Answer one page of the classifieds.

    Between crawls the operator turns `shift`: every card moves on by that many places, over
    the page borders, as newer posts push older ones down on a real board.
    """
    query = parse_qs(urlsplit(target).query)
    last = -(-len(cards) // CARDS_PER_PAGE)
    try:
        page = int(query.get("page", ["1"])[0])
    except ValueError:
        return error_reply(404)
    if not 1 <= page <= last:
        return error_reply(404)
    turn = shift % len(cards)
    ordered = cards[-turn:] + cards[:-turn] if turn else cards
    shown = ordered[(page - 1) * CARDS_PER_PAGE : page * CARDS_PER_PAGE]
    body = frame.replace("{cards}", "\n".join(_card_html(card) for card in shown))
    body = body.replace("{pager}", _pager_html(page, last))
    return Reply(status=200, body=body.encode())


def _card_html(card: Card) -> str:
    title = html.escape(card.title)
    if card.link:
        title = f'<a class="tt" href="{html.escape(card.link)}">{title}</a>'
    else:
        title = f"<b>{title}</b>"
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in card.lines)
    return f'<li class="info-card">{title}{lines}</li>'


def _pager_html(page: int, last: int) -> str:
    numbers = [
        f"<em>{number}</em>"
        if number == page
        else f'<a href="{LISTING_PATH}?page={number}">{number}</a>'
        for number in range(1, last + 1)
    ]
    if page < last:
        numbers.append(f'<a class="next" href="{LISTING_PATH}?page={page + 1}">下一页</a>')
    return " ".join(numbers)


def calendar_reply(target: str, *, frame: str) -> Reply:
    """Answer one month of the newspaper's archive calendar; it has a next month for ever."""
    query = parse_qs(urlsplit(target).query)
    try:
        year = int(query.get("y", ["2026"])[0])
        month = int(query.get("m", ["11"])[0])
    except ValueError:
        return error_reply(404)
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        return error_reply(404)
    before = (year - 1, 12) if month == 1 else (year, month - 1)
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    links = (
        f'<a href="{CALENDAR_PATH}?y={before[0]}&amp;m={before[1]}">上一月</a> '
        f'<a href="{CALENDAR_PATH}?y={after[0]}&amp;m={after[1]}">下一月</a>'
    )
    body = frame.replace("{month}", f"{year}年{month}月").replace("{links}", links)
    return Reply(status=200, body=body.encode(), content_type=DEFAULT_CONTENT_TYPE)
