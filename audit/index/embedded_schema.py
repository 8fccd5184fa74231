"""The embedded engine's fields, derived from the mapping, and documents in their form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tantivy

from audit.index.base import FACETS
from audit.index.mapping import IndexMapping

ID_FIELD = "ad.ad_id"
VERSION_FIELD = "ad.revision"
_TOKENIZER = "blanks"
_OPTIONS = {"positions": "position", "freqs": "freq"}


def build(mapping: IndexMapping) -> Any:
    """Make the schema. Nested objects and dates are left out: no search asks for them here."""
    builder = tantivy.SchemaBuilder()
    counted = set(FACETS.values())
    for path, kind in _plain_fields(mapping):
        if kind == "text":
            option = _OPTIONS[mapping.fields[path].spec["index_options"]]
            builder.add_text_field(path, tokenizer_name=_TOKENIZER, index_option=option)
        elif kind == "keyword":
            builder.add_text_field(
                path, tokenizer_name="raw", index_option="basic", fast=path in counted
            )
        elif kind == "long":
            builder.add_integer_field(path, indexed=True, fast=True)
        elif kind == "float":
            builder.add_float_field(path, fast=True)
        else:
            builder.add_boolean_field(path, indexed=True, fast=True)
    return builder.build()


def register_tokenizer(index: Any) -> None:
    """Must follow every open: the index file keeps the name only."""
    blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, blanks)


def to_tantivy(document: Mapping[str, Any], mapping: IndexMapping, *, version: int) -> Any:
    """Give a document, found faultless by the mapping, the embedded engine's form."""
    values: dict[str, list[Any]] = {}
    for path, _ in _plain_fields(mapping):
        found = list(_values(document, path.split(".")))
        if found:
            values[path] = found
    values[VERSION_FIELD] = [version]
    row = tantivy.Document()
    for path, found in values.items():
        kind = mapping.fields[path].kind
        for value in found:
            if kind in ("text", "keyword"):
                row.add_text(path, value)
            elif kind == "long":
                row.add_integer(path, value)
            elif kind == "float":
                row.add_float(path, float(value))
            else:
                row.add_boolean(path, value)
    return row


def stored_version(searcher: Any, schema: Any, doc_id: str) -> int:
    """Return the version that the index has of a document, 0 when it has none."""
    query = tantivy.Query.term_query(schema, ID_FIELD, doc_id, "basic")
    hits = searcher.search(query, limit=1, count=False, order_by_field=VERSION_FIELD).hits
    return int(hits[0][0]) if hits else 0


def _plain_fields(mapping: IndexMapping) -> Iterator[tuple[str, str]]:
    for path, field in mapping.fields.items():
        if field.nested is None and field.kind != "date":
            yield path, field.kind


def _values(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    for step in steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (one for one in value if one is not None)
    else:
        yield value
