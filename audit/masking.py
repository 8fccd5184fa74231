"""Hides contacts and persons' names in what people read, with marks of the same length.

What the classifier found as a contact or a person is hidden whole; what only looks like a contact
is hidden by pattern, too, so that a missed fact does not leak.
"""

from collections.abc import Mapping
from typing import Any

from audit.logs import mask_contacts
from audit.models import AdVersion, AssessmentRow
from audit.personal import HIDDEN, hide, read_facts
from classifier.records import Span

PERSONAL_KINDS = frozenset({"contact", "person"})


class Mask:
    """Hides the personal data of the version that was judged, or of one that waits for it.

    With `opened` it hides nothing.
    """

    def __init__(self, of: AssessmentRow | AdVersion, *, opened: bool = False) -> None:
        self.opened = opened
        if isinstance(of, AssessmentRow):
            version, spans = of.version, personal_spans(of.payload)
        else:
            facts = read_facts(of)
            version, spans = of, [fact.span for fact in facts if fact.kind in PERSONAL_KINDS]
        self._original = {"text": version.text, "title": version.title}
        self._spans = spans
        self._masked: dict[str, str] = {}
        quotes = {span.text for span in spans if len(span.text.strip()) > 1}
        self._quotes = sorted(quotes, key=len, reverse=True)

    @property
    def hides_something(self) -> bool:
        """Whether there is personal data, be it opened or not."""
        return any(self._hidden(name) != text for name, text in self._original.items())

    @property
    def text(self) -> str:
        return self._shown("text")

    @property
    def title(self) -> str:
        return self._shown("title")

    def _shown(self, name: str) -> str:
        return self._original[name] if self.opened else self._hidden(name)

    def _hidden(self, name: str) -> str:
        """Hide the personal data of one field, once and only when it is asked for."""
        if name not in self._masked:
            spans = [span for span in self._spans if span.field == name]
            self._masked[name] = mask_contacts(hide(self._original[name], spans))
        return self._masked[name]

    def quote(self, span: Mapping[str, Any]) -> str:
        """Return the words of a span as they may be shown."""
        shown = self._shown(span.get("field", "text"))
        return shown[span["start"] : span["end"]]

    def touches(self, span: Mapping[str, Any]) -> bool:
        """Tell whether something is hidden inside the span."""
        name = span.get("field", "text")
        original = self._original[name][span["start"] : span["end"]]
        return not self.opened and self.quote(span) != original

    def prose(self, sentence: str) -> str:
        """Hide personal words of this ad, and contacts, in a sentence about it."""
        if self.opened:
            return sentence
        for quote in self._quotes:
            sentence = sentence.replace(quote, HIDDEN * len(quote))
        return mask_contacts(sentence)


def personal_spans(payload: Mapping[str, Any]) -> list[Span]:
    """Return the spans of contacts and persons that the machine found in title and text."""
    return [
        Span.from_dict(fact["span"])
        for fact in payload.get("facts", ())
        if fact["kind"] in PERSONAL_KINDS
    ]


def masked_line(opinion: AssessmentRow, *, max_chars: int) -> str:
    """Return the judged title (or the first words) in one line, with personal data hidden."""
    mask = Mask(opinion)
    return " ".join((mask.title or mask.text).split())[:max_chars] or "（无标题）"
