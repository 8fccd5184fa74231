"""Cuts traps: addresses that a site makes up without end and that lead to nothing new.

The limits are generous for real sites and final for endless ones:

* an address of more than 2,000 characters, 20 path segments or 12 parameters;
* a run of one to three path segments repeated three times, a parameter repeated four times;
* a calendar (a date and nothing else varies): 120 addresses, or 24 in one chain of links;
* one pattern of path and parameters: 5,000 addresses, 1,000 when three or more parameters vary;
* one and the same body under 25 addresses of a pattern, and under most of them: the pattern is
  closed.

Source: what common calendars, shop filters, session ids and broken relative links produce; a
public notice board of ten years has fewer pages of one pattern, its archive fewer months.
"""

import re
from collections import Counter
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_URL_CHARS = 2_000
MAX_SEGMENTS = 20
MAX_PARAMETERS = 12
MAX_REPEATS = 3
MAX_CALENDAR_URLS = 120
MAX_CALENDAR_CHAIN = 24
MAX_PATTERN_URLS = 5_000
MAX_FILTER_URLS = 1_000
MAX_SAME_BODY = 25

# A year and a month with a mark between, or eight digits: bare numbers are ids more often.
_DATE = re.compile(
    r"(?<!\d)(?:19|2[01])\d\d(?:[-/_.](?:0?[1-9]|1[0-2])(?:[-/_.](?:0?[1-9]|[12]\d|3[01]))?"
    r"|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)
_DATE_PARAMETER = re.compile(
    r"(?:^|&)(?:[a-z]+_)?(?:y|m|d|year|month|day|date|week|ym|ymd|rq|nian|yue|ri)=[\d-]+"
)
_VARYING = re.compile(r"\d+|(?<![a-z])[0-9a-f]{16,}(?![a-z])", re.IGNORECASE)
_LONG_TOKEN = re.compile(r"(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{20,}")


class Shape(NamedTuple):
    """What an address has in common with others of its making."""

    pattern: str
    is_calendar: bool
    parameters: int


def shape_of(url: str) -> Shape:
    """Return the pattern of a canonical URL: numbers and tokens blanked, parameter names sorted."""
    parts = urlsplit(url)
    pieces = [piece.partition("=") for piece in parts.query.split("&") if piece]
    path = _VARYING.sub("#", _LONG_TOKEN.sub("*", parts.path))
    names = "&".join(sorted({_VARYING.sub("#", name) for name, _, _ in pieces}))
    return Shape(
        f"{parts.netloc}{path}?{names}", _is_calendar(parts.path, parts.query), len(pieces)
    )


def _is_calendar(path: str, query: str) -> bool:
    """Tell whether a date, and nothing but a date, varies in the address."""
    rest, dates = _DATE.subn("", path)
    if dates and not query:
        return not re.search(r"\d", rest)
    if not query or re.search(r"\d", path):
        return False
    rest, dates = _DATE_PARAMETER.subn("", query)
    if dates:
        return not re.search(r"\d", rest)
    rest, dates = _DATE.subn("", query)
    return bool(dates) and not re.search(r"\d", rest)


class TrapDetector:
    """Judges addresses in the order in which they are found; one per site and run."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, bool]] = Counter()
        self._bodies: Counter[tuple[str, str]] = Counter()
        self._answered: Counter[str] = Counter()
        self._closed: dict[str, str] = {}

    def why_trap(self, url: str, shape: Shape, *, chain: int) -> str:
        """Return why an address is a trap, or an empty text; count it when it is none.

        `chain` is how many pages of the same making led to it one after the other.
        """
        why = _why_malformed(url) or self._closed.get(shape.pattern, "")
        if why:
            return why
        if shape.is_calendar and chain > MAX_CALENDAR_CHAIN:
            return f"calendar: more than {MAX_CALENDAR_CHAIN} steps from date to date"
        if shape.is_calendar:
            limit = MAX_CALENDAR_URLS
        else:
            limit = MAX_FILTER_URLS if shape.parameters >= MAX_REPEATS else MAX_PATTERN_URLS
        if self._found[shape.pattern, shape.is_calendar] >= limit:
            return f"more than {limit} addresses of the pattern {shape.pattern}"
        self._found[shape.pattern, shape.is_calendar] += 1
        return ""

    def note_body(self, url: str, payload_digest: str) -> None:
        """Count a body; the same one under too many addresses of a pattern closes the pattern."""
        pattern = shape_of(url).pattern
        key = (pattern, payload_digest)
        self._bodies[key] += 1
        self._answered[pattern] += 1
        if self._bodies[key] > max(MAX_SAME_BODY, self._answered[pattern] / 2):
            self._closed[pattern] = f"more than {MAX_SAME_BODY} times one body under {pattern}"


def _why_malformed(url: str) -> str:
    if len(url) > MAX_URL_CHARS:
        return f"address of {len(url)} characters"
    parts = urlsplit(url)
    segments = parts.path.split("/")[1:]
    if len(segments) > MAX_SEGMENTS:
        return f"path of {len(segments)} segments"
    if _repeats(segments):
        return "path that repeats itself"
    names = Counter(piece.partition("=")[0] for piece in parts.query.split("&") if piece)
    if names.total() > MAX_PARAMETERS:
        return f"query of {names.total()} parameters"
    if names and max(names.values()) > MAX_REPEATS:
        return "query that repeats a parameter"
    return ""


def _repeats(segments: list[str]) -> bool:
    """Tell whether one to three segments follow one another three times."""
    for size in (1, 2, 3):
        for start in range(len(segments) - MAX_REPEATS * size + 1):
            first = segments[start : start + size]
            if not all(piece.isdigit() or not piece for piece in first) and all(
                segments[start + step * size : start + (step + 1) * size] == first
                for step in range(1, MAX_REPEATS)
            ):
                return True
    return False
