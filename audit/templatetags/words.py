"""How a passage of an ad is written: quoted pieces in their axes' hues, decoded words below.

`data-start` is the offset of a piece in the whole text, in code points; the page's script reads it
to know what a person has selected.
"""

import re
from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from audit.case_passages import Passage, Piece, Quote, Run

register = template.Library()

# One character stands for the axis behind a quote; the legend above the text says them in full.
AXES_SHORT = {"offering": "性", "subject": "科", "disguise": "形", "violation": "规"}
_SHORT_CHARS = 14
_ASIDE = re.compile(r"[（(].*?[)）]")


@register.simple_tag
def passage(item: Passage) -> SafeString:
    """Write one block of the text."""
    tag = "h2" if item.kind == "heading" else "p"
    return format_html('<{} class="{}">{}</{}>', tag, item.kind, _runs(item.runs), tag)


@register.simple_tag
def line(runs: tuple[Run, ...]) -> SafeString:
    """Write a title."""
    return _runs(runs)


@register.filter
def axis_short(axis: str) -> str:
    return AXES_SHORT.get(axis, "")


@register.filter
def bare_instrument(title: str) -> str:
    """Return an instrument's title without title marks of its own."""
    return title.strip("《》")


@register.filter
def short_instrument(title: str) -> str:
    """Return an instrument's title as short as it is still understood in a reference."""
    name = _ASIDE.sub("", bare_instrument(title)).removeprefix("中华人民共和国")
    return name if len(name) <= _SHORT_CHARS else f"{name[:_SHORT_CHARS]}…"


def _runs(runs: tuple[Run, ...]) -> SafeString:
    return format_html_join("", "{}", ((_run(run),) for run in runs))


def _run(run: Run) -> SafeString:
    """Write pieces with the numbers of the quotes that end there; behind a decoded word as one."""
    if not run.plain:
        written = ((_piece(piece), _endings(piece.ends)) for piece in run.pieces)
        return format_html_join("", "{}{}", written)
    pieces = format_html_join("", "{}", ((_piece(piece),) for piece in run.pieces))
    ends = _endings(quote for piece in run.pieces for quote in piece.ends)
    return format_html("<ruby>{}<rt>{}</rt></ruby>{}", pieces, run.plain, ends)


def _piece(piece: Piece) -> SafeString:
    if not piece.axes:
        return format_html('<span data-start="{}">{}</span>', piece.start, piece.text)
    classes = " ".join([piece.axes[0], *(f"also-{axis}" for axis in piece.axes[1:])])
    numbers = " ".join(str(number) for number in piece.numbers)
    if not piece.ends:
        return format_html(
            '<span class="quote {}" data-start="{}" data-findings="{}">{}</span>',
            classes,
            piece.start,
            numbers,
            piece.text,
        )
    return format_html(
        '<span class="quote {}" data-start="{}" data-findings="{}" tabindex="0" role="button">'
        "{}</span>",
        classes,
        piece.start,
        numbers,
        piece.text,
    )


def _endings(quotes: Iterable[Quote]) -> SafeString | str:
    """Name the quotes that end here, in an attribute: who copies the text copies no numbers."""
    numbers = " ".join(f"{axis_short(quote.axis)}{quote.number}" for quote in quotes)
    if not numbers:
        return ""
    return format_html('<small class="ends" data-ends="{}"></small>', numbers)
