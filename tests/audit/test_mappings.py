"""The mapping, the document and the page about them say the same."""

import dataclasses
import hashlib
import json
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.analysis import ANALYSIS_VERSION, analyse, search_term
from audit.documents import AdDocument
from audit.index.base import FACETS, SORT_FIELDS
from audit.index.mapping import FOLDER, load_mapping, timestamp_of
from audit.index.mapping_page import fields_table, with_table

MAPPING = load_mapping("ads")
VERSIONS: dict[str, Any] = json.loads((FOLDER / "versions.json").read_text(encoding="utf-8"))
# One of everything that folding and cutting treat in their own way.
SAMPLE = (
    "初三數學ＡＢＣ①㈠提分，竖学 SX 课\n第二行  有 空白\n👧🏻𠮷野\u200b家é",
    "ｷﾞﾀｰ 教室 Straße ﬁne",
)


def document_paths(kind: Any, parent: str = "") -> Iterator[str]:
    for field in dataclasses.fields(kind):
        hint = typing.get_type_hints(kind)[field.name]
        inner = [one for one in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(one)]
        if inner:
            yield from document_paths(inner[0], f"{parent}{field.name}.")
        else:
            yield f"{parent}{field.name}"


def test_mapping_and_document_have_the_same_fields() -> None:
    in_document, in_mapping = set(document_paths(AdDocument)), set(MAPPING.fields)
    assert in_document == in_mapping, (
        f"add to index_mappings/ads.json: {sorted(in_document - in_mapping)}; "
        f"add to audit/documents.py: {sorted(in_mapping - in_document)}"
    )


def test_every_field_has_its_meaning() -> None:
    assert list(MAPPING.meanings) == list(MAPPING.fields)
    assert all(meaning.strip() for meaning in MAPPING.meanings.values())


def test_mapping_is_strict_everywhere() -> None:
    mappings = MAPPING.body["mappings"]
    assert mappings["dynamic"] == "strict"
    assert "dynamic" not in json.dumps(mappings["properties"])
    assert mappings["properties"]["assessment"]["properties"]["findings"]["type"] == "nested"


def test_changed_mapping_has_a_higher_version() -> None:
    known = VERSIONS["ads"]
    assert known.get(str(MAPPING.version)) == MAPPING.digest(), (
        "index_mappings/ads.json changed: raise _meta.version and add to versions.json "
        f'"{MAPPING.version + 1}": its digest (now {MAPPING.digest()})'
    )
    assert max(map(int, known)) == MAPPING.version


def test_changed_meaning_is_no_new_version() -> None:
    body = json.loads(json.dumps(MAPPING.body))
    body["mappings"]["_meta"]["fields"]["ad.host"] = "other words"
    assert dataclasses.replace(MAPPING, body=body).digest() == MAPPING.digest()
    body["mappings"]["properties"]["ad"]["properties"]["host"]["type"] = "text"
    assert dataclasses.replace(MAPPING, body=body).digest() != MAPPING.digest()


def test_changed_analysis_has_a_higher_version() -> None:
    made = [dataclasses.astuple(analyse(text))[1] for text in SAMPLE]
    made += [term.text for text in SAMPLE if (term := search_term(text))]
    digest = hashlib.sha256("\n".join(made).encode()).hexdigest()
    assert MAPPING.analysis_version == ANALYSIS_VERSION
    assert VERSIONS["analysis"].get(ANALYSIS_VERSION) == digest, (
        "what the index stores of a text changed (audit/analysis.py, or the folding in "
        "classifier/): raise ANALYSIS_VERSION and both versions in ads.json, and add to "
        f"versions.json the new analysis version with {digest}"
    )


def test_searched_fields_exist() -> None:
    for path in (*FACETS.values(), *SORT_FIELDS.values()):
        assert path in MAPPING.fields


def test_page_of_fields_is_up_to_date() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert with_table(page, fields_table(MAPPING)) == page, (
        "run: python -m audit.index.mapping_page"
    )


def test_physical_names_sort_by_time_and_carry_the_version() -> None:
    first = MAPPING.physical_name("p-", datetime(2026, 11, 25, 4, 2, 1, 5, tzinfo=UTC))
    later = MAPPING.physical_name("p-", datetime(2026, 11, 25, 4, 2, 1, 50, tzinfo=UTC))
    assert first == f"p-ads-v{MAPPING.version}-20261125040201000005"
    assert timestamp_of(first) < timestamp_of(later)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param({"ad": {"host": "h", "live": True}}, None, id="right"),
        pytest.param({"ad": {"host": None}}, None, id="nothing"),
        pytest.param({"ad": {"hots": "h"}}, "'ad.hots' is not in the mapping", id="unknown"),
        pytest.param({"ad": {"sequence": True}}, "'ad.sequence' expected long", id="truth value"),
        pytest.param({"ad": {"sequence": 2**63}}, "'ad.sequence' expected long", id="too large"),
        pytest.param({"ad": {"last_seen": "2026-11-25"}}, "expected date", id="date without zone"),
        pytest.param({"ad": "x"}, "'ad' expected an object", id="no object"),
        pytest.param(
            {"assessment": {"findings": [{"label": 1}]}}, "findings.label", id="in a list"
        ),
    ],
)
def test_fault_names_what_a_strict_server_refuses(
    document: dict[str, Any], says: str | None
) -> None:
    fault = MAPPING.fault(document)
    if says is None:
        assert fault is None
    else:
        assert fault is not None
        assert says in fault


def test_mapping_is_packaged_beside_the_code(project_folder: Path) -> None:
    assert project_folder / "index_mappings" == FOLDER
