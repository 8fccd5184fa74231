"""The embedded engine's fields, derived from the mapping, and documents in their form."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import tantivy

from audit.index.base import FACETS
from audit.index.mapping import IndexMapping

ID_FIELD = "ad.ad_id"
VERSION_FIELD = "ad.revision"
_TOKENIZER = "blanks"
_NOTHING: Mapping[str, Any] = {}
_ADDERS = {
    "text": "add_text",
    "keyword": "add_text",
    "long": "add_integer",
    "float": "add_float",
    "boolean": "add_boolean",
}
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
    for path, room, field in _places(mapping):
        value = document.get(room, _NOTHING).get(field)
        if value is None:
            continue
        values[path] = list(value) if isinstance(value, list | tuple) else [value]
    values[VERSION_FIELD] = [version]
    row = tantivy.Document()
    for path, found in values.items():
        add = getattr(row, _ADDERS[mapping.fields[path].kind])
        for value in found:
            add(path, value)
    return row


@cache
def _places(mapping: IndexMapping) -> tuple[tuple[str, str, str], ...]:
    """Return each field's path and where its value stands: the room and the name in it."""
    paths = [path for path, _ in _plain_fields(mapping)]
    return tuple((path, *path.split(".", 1)) for path in paths)  # type: ignore[misc]


def stored_versions(searcher: Any, schema: Any, doc_ids: Iterable[str]) -> dict[str, int]:
    """Return the versions that the index has of these documents; those it has not are left out."""
    versions = {}
    if searcher.num_docs:
        for doc_id in doc_ids:
            query = tantivy.Query.term_query(schema, ID_FIELD, doc_id, "basic")
            found = searcher.search(query, limit=1, count=False, order_by_field=VERSION_FIELD)
            if found.hits:
                versions[doc_id] = int(found.hits[0][0])
    return versions


def _plain_fields(mapping: IndexMapping) -> Iterator[tuple[str, str]]:
    for path, field in mapping.fields.items():
        if field.nested is None and field.kind != "date":
            yield path, field.kind
