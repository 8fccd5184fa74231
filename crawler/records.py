"""The records that the crawler hands on: captures, and the ads extracted from them.

Offsets everywhere are code points of `Ad.text`, half-open. Times are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self

from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError

from crawler.errors import CrawlerError

Purpose = Literal["crawl", "proof", "recheck", "import"]
BlockKind = Literal["heading", "para", "item", "cell", "nav", "footer", "ocr"]

_converter = Converter(forbid_extra_keys=True, detailed_validation=False)


def _structure_time(value: Any, _: type) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: expected an offset such as +00:00, got {value!r}")
    return moment.astimezone(UTC)


_converter.register_unstructure_hook(datetime, lambda moment: moment.isoformat())
_converter.register_structure_hook(datetime, _structure_time)


class Record:
    """Gives a frozen dataclass a strict dictionary form."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values; times as ISO 8601 with offset."""
        plain: dict[str, Any] = _converter.unstructure(self)
        return plain

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build the record from `to_dict` output.

        Raises:
            CrawlerError: an unknown or missing key, or a value of the wrong kind.
        """
        try:
            return _converter.structure(values, cls)
        except ForbiddenExtraKeysError as error:
            unknown = ", ".join(sorted(error.extra_fields))
            raise CrawlerError(f"{cls.__name__}: unknown key {unknown}. Remove it.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise CrawlerError(f"{cls.__name__}: bad or missing value ({error}).") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots(Record):
    """What robots.txt said of a URL, and by which rule line (`no rule` when none matched)."""

    allowed: bool
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Record):
    """One response as it was saved; `capture_id` is the WARC-Record-ID without angle brackets."""

    capture_id: str
    url: str
    final_url: str
    fetched_at: datetime
    http_status: int
    content_type: str
    payload_digest: str
    warc_file: str
    warc_offset: int
    purpose: Purpose
    site_id: str | None = None
    run_id: str | None = None
    robots: Robots | None = None
    screenshot_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Record):
    """One visible block of an ad's text; `main` is False for navigation, footers and asides."""

    start: int
    end: int
    kind: BlockKind
    main: bool = True
    bbox: tuple[int, int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Record):
    """One link of a page; `url` is absolute (`tel:` included), `text` what the reader sees."""

    url: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ad(Record):
    """One text to be judged: a page, a card of a listing, or a poster.

    `url` is the canonical URL that `ad_id` was made of (docs/adr/0002-ad-identity.md).
    """

    ad_id: str
    capture_id: str
    url: str
    part: str
    title: str
    text: str
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    parent_ad_id: str | None = None
    publisher: str | None = None
    published_on: str | None = None
