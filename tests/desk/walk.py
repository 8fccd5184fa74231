"""Walk the URL conf: every page of the desk as a route, and what a page's HTML asks and points to.

Whatever is tested by walking holds for pages that are added later, without another line of test.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from selectolax.lexbor import LexborHTMLParser

# Pages that a stranger may open; signing out is a POST that leads back to the door.
DOORS = frozenset({"sign_in", "sign_out"})
_TOKEN = re.compile(rb"""(csrfmiddlewaretoken" value="|X-CSRFToken": ?")[^"]+""")


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its name and the names of its parameters."""

    name: str
    parameters: tuple[str, ...]

    def url(self, values: Mapping[str, object]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})


def routes() -> list[Route]:
    """Return every route of the desk; each has a name."""
    return list(_walk(get_resolver().url_patterns, ()))


def _walk(patterns: list[URLPattern | URLResolver], before: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        parameters = (*before, *entry.pattern.converters)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, parameters)
        else:
            assert entry.name, f"{entry.pattern} has no name"
            yield Route(entry.name, parameters)


class Html:
    """A page as a browser would read it."""

    def __init__(self, answer: HttpResponse) -> None:
        self._tree = LexborHTMLParser(answer.content.decode())

    def asks(self) -> set[str]:
        """Return the names that the page's forms send and its links to the desk carry."""
        names = {
            node.attributes["name"] or ""
            for node in self._tree.css("input[name], select[name], textarea[name], button[name]")
        }
        for url in self.targets():
            names |= {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
        return names - {"", "csrfmiddlewaretoken"}

    def targets(self) -> list[str]:
        """Return every address that the page would load, open or send to."""
        keys = ("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "poster")
        return [
            value
            for node in self._tree.css("*")
            for key in keys
            if (value := node.attributes.get(key)) is not None
        ]

    def active(self) -> list[str]:
        """Return what would run or style without a file of ours behind it."""
        found = []
        for node in self._tree.css("*"):
            attributes = node.attributes
            if node.tag == "style" or (node.tag == "script" and not attributes.get("src")):
                found.append(f"inline <{node.tag}>")
            if node.tag in {"iframe", "object", "embed", "base", "img"}:
                found.append(f"<{node.tag}>")
            found += [
                f"{node.tag}[{key}]"
                for key in attributes
                if key.startswith(("on", "hx-on")) or key == "style"
            ]
        return found

    def words(self) -> str:
        """Return the text that a reader sees."""
        for node in self._tree.css("script, style, template"):
            node.decompose()
        body = self._tree.body
        return body.text(separator=" ") if body is not None else ""


def is_ours(url: str) -> bool:
    """Tell whether an address stays on the desk."""
    parts = urlsplit(url.strip().replace("\\", "/"))
    return not parts.scheme and not parts.netloc


def without_token(answer: HttpResponse) -> bytes:
    """Return the page without the token that differs from answer to answer."""
    return _TOKEN.sub(rb"\1", answer.content)
