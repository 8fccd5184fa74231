"""`jianwei classify`: JSON Lines in, JSON Lines out; needs no database and no index."""

import gc
import json
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

import click

from classifier.assess import Classifier
from classifier.context import make_context
from classifier.errors import ClassifierError, DataError
from classifier.law import last_day
from classifier.reading import without_surrogates
from classifier.records import Assessment, Document, SiteContext, Span


class LineError(Exception):
    """One input line cannot be judged; the run goes on."""


@click.command()
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--text", help="Assess this text instead of a file.")
@click.option(
    "--json", "as_json", is_flag=True, help="Accepted for symmetry: output is JSON Lines."
)
def classify_command(file: str | None, text: str | None, as_json: bool) -> int:
    """Assess texts given as JSON Lines (id, title, text, context, date).

    FILE is a JSON Lines file; '-' or no FILE reads standard input. One line comes out per line in,
    in the same order. Exit 1 when a line could not be judged.
    """
    del as_json
    if text is not None and file is not None:
        raise click.UsageError("give FILE or --text, not both.")
    if text is not None:
        _write(_judged(Classifier.load_light(), {"id": "1", "text": text}, 1))
        return 0
    if file is None or file == "-":
        return _run(sys.stdin.buffer)
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 (the name may be a pipe)
            return _run(stream)
    except OSError as error:
        raise ClassifierError(
            f"{file}: cannot be read ({error.strerror}). Give a JSON Lines file, or '-'."
        ) from error


def _run(stream: BinaryIO) -> int:
    classifier = _loaded()
    failed = 0
    for number, raw in _lines(stream):
        try:
            _write(_judged(classifier, _parsed(raw), number))
        except LineError as error:
            failed += 1
            _write({"line": number, "error": f"line {number}: {error}"})
    return 1 if failed else 0


def _loaded() -> Classifier:
    """Load the classifier; what it is made of stays, so the collector need not walk it."""
    gc.disable()
    classifier = Classifier.load()
    gc.freeze()
    gc.enable()
    return classifier


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something, with their numbers from 1."""
    for number, raw in enumerate(stream, 1):
        content = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if content.strip():
            yield number, content


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        values = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LineError(
            f"expected UTF-8, got byte 0x{raw[error.start]:02x} at position {error.start}. "
            "Convert the file to UTF-8."
        ) from error
    except (ValueError, RecursionError) as error:
        raise LineError(f"expected one JSON object, got no JSON ({error}).") from error
    if not isinstance(values, dict):
        raise LineError(f"expected one JSON object, got {type(values).__name__}.")
    return values


def _judged(classifier: Classifier, values: dict[str, Any], number: int) -> dict[str, Any]:
    document = Document(
        title=_text(values, "title", default=""),
        text=_text(values, "text"),
        context=_context(values.get("context")),
        as_of=_date(values.get("date")),
    )
    identity = values.get("id")
    return _plain(classifier.assess(document), number if identity is None else identity)


def _text(values: dict[str, Any], key: str, default: str | None = None) -> str:
    value = values.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        got = "nothing" if value is None else type(value).__name__
        raise LineError(f"'{key}' must be a string. Got {got}.")
    return without_surrogates(value)


def _context(value: object) -> SiteContext | None:
    """Build the context from publisher and counts; its digest is worked out, not believed."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise LineError(f"'context' must be an object. Got {type(value).__name__}.")
    publisher = value.get("publisher", "")
    if not isinstance(publisher, str):
        raise LineError("'context.publisher' must be a string.")
    return make_context(
        publisher=publisher,
        audience=_counts(value, "audience"),
        subjects=_counts(value, "subjects"),
    )


def _counts(value: dict[str, Any], key: str) -> dict[str, int]:
    counts = value.get(key, {})
    if not isinstance(counts, dict) or not all(
        isinstance(count, int) and not isinstance(count, bool) and count >= 0
        for count in counts.values()
    ):
        raise LineError(f"'context.{key}' must be an object of counts of pages.")
    return counts


def _date(value: object) -> date | None:
    """Return the day that counts; a partial date counts as the last day of its period."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise LineError(f"'date' must be a string. Got {type(value).__name__}.")
    try:
        return last_day(value, where="'date'")
    except DataError as error:
        raise LineError(str(error)) from error


def _plain(assessment: Assessment, identity: object) -> dict[str, Any]:
    return {
        "id": identity,
        "needs_review": assessment.needs_review,
        "risk": assessment.risk,
        "offerings": list(assessment.offerings),
        "subjects": list(assessment.subjects),
        "disguises": list(assessment.disguises),
        "violations": list(assessment.violations),
        "dimensions": {
            name: {"state": dimension.state, "spans": _spans(dimension.spans)}
            for name, dimension in assessment.dimensions.items()
        },
        "against": [
            {"reason": point.reason, "spans": _spans(point.spans)} for point in assessment.against
        ],
        "missing": list(assessment.missing),
        "findings": [
            {
                "label": finding.label,
                "axis": finding.axis,
                "origin": finding.origin,
                "score": finding.score,
                "spans": _spans(finding.spans),
                "decoded": finding.decoded,
                "reason": finding.reason,
                "basis": list(finding.basis),
            }
            for finding in assessment.findings
        ],
        "rules_version": assessment.rules_version,
        "model_version": assessment.model_version,
    }


def _spans(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [
        {"start": span.start, "end": span.end, "text": span.text}
        | ({"field": "title"} if span.field == "title" else {})
        for span in spans
    ]


def _write(values: dict[str, Any]) -> None:
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
