"""Read `index_mappings/*.json`: the body that a server is sent, and what it says of each field."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "index_mappings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One leaf of the mapping; `nested` is the path of the list of objects that it lives in."""

    path: str
    kind: str
    nested: str | None
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexMapping:
    """One index's declaration; `body` is sent as it stands."""

    name: str
    body: Mapping[str, Any]
    fields: Mapping[str, Field]

    @property
    def version(self) -> int:
        return int(self.body["mappings"]["_meta"]["version"])

    @property
    def analysis_version(self) -> str:
        return str(self.body["mappings"]["_meta"]["analysis_version"])

    @property
    def meanings(self) -> Mapping[str, str]:
        meanings: Mapping[str, str] = self.body["mappings"]["_meta"]["fields"]
        return meanings

    def digest(self) -> str:
        """Return the sha256 of everything but the fields' descriptions."""
        body = json.loads(json.dumps(self.body))
        del body["mappings"]["_meta"]["fields"]
        canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def physical_name(self, prefix: str, now: datetime | None = None) -> str:
        """Name a new physical index; later ones sort after earlier ones."""
        moment = (now or datetime.now(UTC)).strftime("%Y%m%d%H%M%S%f")
        return f"{prefix}{self.name}-v{self.version}-{moment}"

    def difference(self, meta: Mapping[str, Any], physical: str) -> str:
        """Say how the `_meta` of an existing index differs from ours; empty when it is ours."""
        wanted = (self.version, self.analysis_version)
        found = (int(meta["version"]), str(meta["analysis_version"]))
        if found == wanted:
            return ""
        return (
            f"index {physical}: expected mapping {wanted[0]} with analysis {wanted[1]}, got "
            f"{found[0]} with {found[1]}. Run 'jianwei index migrate'."
        )

    def fault(self, document: Mapping[str, Any]) -> str | None:
        """Say what a strict server would refuse in the document, None when nothing."""
        properties = self.body["mappings"]["properties"]
        return next(_faults(document, properties, ""), None)


@cache
def load_mapping(name: str) -> IndexMapping:
    body = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    fields = {field.path: field for field in _leaves(body["mappings"]["properties"], "", None)}
    return IndexMapping(name=name, body=body, fields=fields)


def timestamp_of(physical: str) -> str:
    """Return the moment in a physical index's name, as a string that sorts by time."""
    return physical.rpartition("-")[2]


def _leaves(properties: Mapping[str, Any], parent: str, nested: str | None) -> Iterator[Field]:
    for name, spec in properties.items():
        path = f"{parent}{name}"
        if "properties" in spec:
            inner = path if spec.get("type") == "nested" else nested
            yield from _leaves(spec["properties"], f"{path}.", inner)
        else:
            yield Field(path=path, kind=spec["type"], nested=nested, spec=spec)


def _faults(
    document: Mapping[str, Any], properties: Mapping[str, Any], parent: str
) -> Iterator[str]:
    for name, value in document.items():
        path, spec = f"{parent}{name}", properties.get(name)
        if spec is None:
            yield f"field '{path}' is not in the mapping (dynamic: strict)"
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is None:
                continue
            if "properties" in spec:
                if isinstance(one, dict):
                    yield from _faults(one, spec["properties"], f"{path}.")
                else:
                    yield f"field '{path}' expected an object, got {type(one).__name__}"
            elif not _is_of_kind(one, spec["type"]):
                got = f"{type(one).__name__} {one!r:.60}"
                yield f"field '{path}' expected {spec['type']}, got {got}"


def _is_of_kind(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "long":
        return isinstance(value, int) and -(2**63) <= value < 2**63
    if kind == "float":
        return isinstance(value, int | float)
    if not isinstance(value, str) or kind == "boolean":
        return False
    return kind != "date" or _is_moment(value)


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
