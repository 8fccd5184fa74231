"""Where an ad's text names contacts, and how they are hidden from those who may not see them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeGuard

from audit.models import AdVersion, AssessmentRow
from classifier.facts import facts
from classifier.normalise import normalise
from classifier.records import Fact, Span

HIDDEN = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSpan:
    """One contact: its normalised value (`phone:13800000000`) and where it stands."""

    value: str
    span: Span


def contact_spans(version: AdVersion, opinion: AssessmentRow | None) -> tuple[ContactSpan, ...]:
    """Return the contacts in a version's title and text, as its judgement found them.

    A version that is not judged yet (or whose ad has only the opinion of an older wording) is read
    here, so that its contacts are hidden from the first day.
    """
    if is_judged(opinion, version):
        stated = opinion.payload.get("facts", ())
        found = [Fact.from_dict(fact) for fact in stated if fact["kind"] == "contact"]
    else:
        found = read_facts(version)
    return tuple(
        ContactSpan(value=fact.value, span=fact.span) for fact in found if fact.kind == "contact"
    )


def read_facts(version: AdVersion) -> list[Fact]:
    """Read the facts of a version that the machine has not judged yet."""
    in_title = [
        replace(fact, span=replace(fact.span, field="title"))
        for fact in facts(normalise(version.title))
    ]
    return [*in_title, *facts(normalise(version.text))]


def is_judged(opinion: AssessmentRow | None, version: AdVersion) -> TypeGuard[AssessmentRow]:
    """Tell whether the opinion is of this version; its spans fit no other."""
    return opinion is not None and opinion.version_id == version.pk


def spans_in(field: str, contacts: Iterable[ContactSpan]) -> list[Span]:
    """Return the spans of those contacts that stand in the title, or in the text."""
    return [contact.span for contact in contacts if contact.span.field == field]


def hide(text: str, spans: Iterable[Span]) -> str:
    """Put one mark for each character of the spans, so that offsets still hold."""
    kept: list[str] = []
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        start, end = max(span.start, at), min(span.end, len(text))
        if start < end:
            kept += [text[at:start], HIDDEN * (end - start)]
            at = end
    return "".join([*kept, text[at:]])
