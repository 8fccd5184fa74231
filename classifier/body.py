"""The part of a page that can make an offer: its main blocks.

Menus, related links and footers say who publishes and for whom; alone they offer nothing (taxonomy,
decision 25). What they say is still read for facts, for points against, and for the speaker.
"""

from collections.abc import Sequence
from dataclasses import replace

from classifier.records import Assessment, Document, Span

# Below this share of the text the marks are not trusted: the page is a list, or nothing but a menu.
_LEAST_MAIN_SHARE = 0.15
_LEAST_MAIN_CHARS = 40


def main_part(document: Document) -> Document | None:
    """Return the document with everything outside its main blocks blanked, offsets unchanged.

    None when there is nothing to blank, or too little main text to judge the page by.
    """
    aside = sorted((block.start, block.end) for block in document.blocks if not block.main)
    if not aside:
        return None
    parts: list[str] = []
    here = 0
    for start, end in aside:
        parts.append(document.text[here : max(here, start)])
        here = max(here, start)
        parts.append(_blanked(document.text[here : max(here, end)]))
        here = max(here, end)
    parts.append(document.text[here:])
    text = "".join(parts)
    left = len("".join(text.split()))
    whole = len("".join(document.text.split()))
    if left < _LEAST_MAIN_CHARS or left < _LEAST_MAIN_SHARE * whole:
        return None
    blocks = tuple(block for block in document.blocks if block.main)
    return replace(document, text=text, blocks=blocks)


def _blanked(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))


def requoted(opinion: Assessment, text: str) -> Assessment:
    """Quote every span from the whole text: a span may run over a blanked menu."""

    def quote(span: Span) -> Span:
        whole = span.text if span.field == "title" else text[span.start : span.end]
        return span if span.text == whole else replace(span, text=whole)

    def quote_all(spans: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(map(quote, spans))

    return replace(
        opinion,
        findings=tuple(replace(f, spans=quote_all(f.spans)) for f in opinion.findings),
        dimensions={
            name: replace(dimension, spans=quote_all(dimension.spans))
            for name, dimension in opinion.dimensions.items()
        },
    )
