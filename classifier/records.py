"""The records of the classifier: a document in, an assessment out.

Offsets everywhere are code points of the text as given, half-open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self

from classifier.errors import DocumentError

if TYPE_CHECKING:
    from cattrs import Converter

Axis = Literal["offering", "subject", "disguise", "violation"]
FieldName = Literal["text", "title"]
BlockKind = Literal["heading", "para", "item", "cell", "nav", "footer", "ocr"]
State = Literal["met", "unmet", "unknown"]
DimensionName = Literal["purpose", "content", "method", "evaluation"]
FactKind = Literal[
    "grade",
    "age",
    "subject",
    "price",
    "lessons",
    "clock",
    "weekday",
    "date",
    "teacher",
    "venue",
    "contact",
    "person",
    "institution",
]


@cache
def _converter() -> "Converter":
    """Build the converter when it is first needed: importing cattrs costs a command its start."""
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True, detailed_validation=False)
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    return converter


class Record:
    """Gives a frozen dataclass a strict dictionary form."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready values; dates as ISO 8601."""
        plain: dict[str, Any] = _converter().unstructure(self)
        return plain

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build the record from `to_dict` output.

        Raises:
            DocumentError: an unknown or missing key, or a value of the wrong kind.
        """
        from cattrs.errors import ForbiddenExtraKeysError

        try:
            return _converter().structure(values, cls)
        except ForbiddenExtraKeysError as error:
            unknown = ", ".join(sorted(error.extra_fields))
            raise DocumentError(f"{cls.__name__}: unknown key {unknown}. Remove it.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise DocumentError(f"{cls.__name__}: bad or missing value ({error}).") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Record):
    """One block of `Document.text`; `main` is False for navigation, footers and asides."""

    start: int
    end: int
    kind: BlockKind
    main: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext(Record):
    """What the site's other current pages show, as counts of pages.

    `audience` counts pages by audience evidence (`pupil`, `preschool`, `adult`), `subjects` by
    subject id. `context_digest` is the sha256 of the canonical JSON of the other fields.
    """

    publisher: str
    audience: dict[str, int]
    subjects: dict[str, int]
    context_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Record):
    """One text to be judged; without blocks the whole text counts as one main block."""

    text: str
    title: str = ""
    blocks: tuple[Block, ...] = ()
    context: SiteContext | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span(Record):
    """A stretch of the text (or title) as given."""

    start: int
    end: int
    text: str
    field: FieldName = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding(Record):
    """One disguised form and the plain word that it stands for (`竖学` → `数学`)."""

    span: Span
    plain: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised(Record):
    """A text in its folded and decoded forms.

    `folded_map[i]` is the offset in `raw` of folded code point i, with one more entry at the end
    (the length of `raw`); `decoded_map` likewise from `decoded` to `raw`. A form that is the
    original character for character has a range.
    """

    raw: str
    folded: str
    folded_map: Sequence[int]
    decoded: str
    decoded_map: Sequence[int]
    decodings: tuple[Decoding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Record):
    """One fact that the text states; `value` is normalised, `unit` names what it counts."""

    kind: FactKind
    value: str
    span: Span
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One label with its origin (`rule:<id>` or `model:<version>`), quote, reason and basis."""

    label: str
    axis: Axis
    origin: str
    score: float
    spans: tuple[Span, ...]
    reason: str
    decoded: str | None = None
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension(Record):
    """One of the four legal dimensions, and where the text shows it."""

    state: State
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpoint(Record):
    """A fact that speaks against the flag, as a Chinese sentence with its quotes."""

    reason: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment(Record):
    """What the machine thinks of one document. A person decides.

    `fingerprint` is a 64-bit near-duplicate hash as 16 hexadecimal digits.
    """

    text_digest: str
    context_digest: str
    offerings: tuple[str, ...]
    subjects: tuple[str, ...]
    disguises: tuple[str, ...]
    violations: tuple[str, ...]
    needs_review: bool
    risk: float
    dimensions: dict[DimensionName, Dimension]
    findings: tuple[Finding, ...]
    fingerprint: str
    rules_version: str
    law_version: str
    model_version: str
    against: tuple[Counterpoint, ...] = ()
    missing: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    decodings: tuple[Decoding, ...] = ()
