"""Where an ad's text names contacts, and how they are hidden from those who may not see them."""

from collections.abc import Iterable
from dataclasses import dataclass

from audit.models import AssessmentRow
from classifier.records import Span

HIDDEN = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSpan:
    """One contact: its normalised value (`phone:13800000000`) and where it stands."""

    value: str
    span: Span


def contact_spans(assessment: AssessmentRow | None) -> tuple[ContactSpan, ...]:
    """Return the contacts that the assessment found in title and text."""
    if assessment is None:
        return ()
    return tuple(
        ContactSpan(value=fact["value"], span=Span.from_dict(fact["span"]))
        for fact in assessment.payload.get("facts", ())
        if fact["kind"] == "contact"
    )


def spans_in(field: str, contacts: Iterable[ContactSpan]) -> list[Span]:
    """Return the spans of those contacts that stand in the title, or in the text."""
    return [contact.span for contact in contacts if contact.span.field == field]


def hide(text: str, spans: Iterable[Span]) -> str:
    """Put one mark for each character of the spans, so that offsets still hold."""
    for span in spans:
        hidden = HIDDEN * (min(span.end, len(text)) - span.start)
        text = f"{text[: span.start]}{hidden}{text[span.end :]}"
    return text
