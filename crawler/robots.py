"""Reads robots.txt as RFC 9309 has it and says by which line a URL is allowed or not.

A parser of our own because the deciding line is kept on every capture, which the common ones do
not tell; the tests hold it against Protego.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

from crawler.records import Robots

# RFC 9309, 2.5: at least 500 kibibytes must be read; what lies beyond is not.
MAX_BYTES = 512 * 1024
_AGENT = re.compile(r"[a-z_-]+|\*")
_MAX_LINE = 4096
NO_RULE = "no rule"


@dataclass(frozen=True, slots=True)
class Rule:
    """One allow or disallow line that applies to us."""

    allow: bool
    path: str
    text: str

    @property
    def specificity(self) -> int:
        return len(self.path)

    def matches(self, target: str) -> bool:
        return _pattern(self.path).match(target) is not None


@dataclass(frozen=True, slots=True)
class Policy:
    """What one robots.txt tells our product token."""

    rules: tuple[Rule, ...] = ()
    crawl_delay_seconds: float | None = None

    def decide(self, url: str) -> Robots:
        """Return whether a canonical URL may be fetched and the rule that decided.

        The longest matching path wins, and allow wins over disallow of the same length.
        """
        parts = urlsplit(url)
        target = _normal(parts.path or "/") + (f"?{_normal(parts.query)}" if parts.query else "")
        best: Rule | None = None
        for rule in self.rules:
            if (
                best is None
                or rule.specificity > best.specificity
                or (rule.specificity == best.specificity and rule.allow and not best.allow)
            ) and rule.matches(target):
                best = rule
        if best is None:
            return Robots(allowed=True, rule=NO_RULE)
        return Robots(allowed=best.allow, rule=best.text)


def parse_robots(content: bytes, *, token: str) -> Policy:
    """Read the groups of `token`, or those of `*` when none names it; skip what means nothing.

    Returns:
        The rules of all matching groups together, as the standard asks.
    """
    named: list[tuple[str, str, int]] = []
    common: list[tuple[str, str, int]] = []
    has_named = False
    agents: set[str] = set()
    in_rules = True
    text = content[:MAX_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff")
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        key, separator, value = raw[:_MAX_LINE].partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not separator:
            continue
        if key in ("user-agent", "useragent"):
            if in_rules:
                agents, in_rules = set(), False
            found = _AGENT.match(value.lower())
            agents.add(found.group() if found else "")
            has_named = has_named or token.lower() in agents
        elif key in ("allow", "disallow", "crawl-delay"):
            in_rules = True
            if token.lower() in agents:
                named.append((key, value, number))
            if "*" in agents:
                common.append((key, value, number))
    return _policy(named if has_named else common)


def _policy(lines: list[tuple[str, str, int]]) -> Policy:
    rules: list[Rule] = []
    delay: float | None = None
    for key, value, number in lines:
        if key == "crawl-delay":
            seconds = _seconds(value)
            delay = seconds if delay is None else max(delay, seconds or 0.0)
        elif value:  # an empty path matches nothing
            path = value if value[0] in "/*" else f"/{value}"
            shown = f"{key.capitalize()}: {value[:200]} (line {number})"
            rules.append(Rule(allow=key == "allow", path=_normal(path), text=shown))
    return Policy(rules=tuple(rules), crawl_delay_seconds=delay)


def _seconds(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", value) else None


def _normal(text: str) -> str:
    """Bring escapes to one form, so that a rule and a URL compare octet by octet."""
    if text.isascii() and "%" not in text:
        return text
    kept = re.split(r"(%(?:2[Aa]|24|2[Ff]|3[Ff]))", text)  # escaped marks stay escaped
    return "".join(
        piece.upper() if number % 2 else quote(unquote_to_bytes(piece), safe="/*$?=&;:@!',()+~")
        for number, piece in enumerate(kept)
    )


@lru_cache(maxsize=4096)
def _pattern(path: str) -> re.Pattern[str]:
    anchored = path.endswith("$")
    pieces = re.sub(r"\*+", "*", path.removesuffix("$")).split("*")
    # Each piece is found as early as it can be and never looked for again: a hostile file with
    # many wildcards costs linear, not exponential, time.
    body = re.escape(pieces[0]) + "".join(f"(?>.*?{re.escape(piece)})" for piece in pieces[1:-1])
    if len(pieces) > 1:
        last = re.escape(pieces[-1])
        body += f".*{last}" if anchored else f"(?>.*?{last})"
    return re.compile(body + (r"\Z" if anchored else ""), re.DOTALL)
