"""Turns plain YAML values into frozen dataclasses, strictly: nothing unknown, nothing converted.

The dataclass is the schema: its fields are the keys, its annotations the kinds, its defaults what
may be left out. Every refusal says file, path of the key, expected and got.
"""

import difflib
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from crawler.errors import SiteError

T = TypeVar("T")

_MAX_FILE_BYTES = 1 << 20  # a declaration is a page of text; more is a wrong file


class _StrictLoader(yaml.CSafeLoader):
    """The safe loader at C speed, which refuses a key written twice (the last would win)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            name = str(key_node.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key '{name}' is written twice", key_node.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Return the one document of a YAML file as plain values.

    Raises:
        SiteError: no such file, not UTF-8, not YAML (with line and column).
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SiteError(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > _MAX_FILE_BYTES:
        raise SiteError(f"{path}: expected at most {_MAX_FILE_BYTES} bytes, got {len(content)}.")
    try:
        return yaml.load(content.decode("utf-8"), _StrictLoader)  # noqa: S506 (a SafeLoader)
    except UnicodeDecodeError as error:
        raise SiteError(
            f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8."
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SiteError(f"{path}: {place}not readable as YAML ({error.problem}).") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SiteError(f"{path}: not readable as YAML ({reason}).") from error


def build(cls: type[T], values: Any, *, where: str, path: str = "") -> T:
    """Build a dataclass from plain values; `where` names the source in messages.

    Raises:
        SiteError: unknown, missing or repeated key, or a value of the wrong kind.
    """
    if not isinstance(values, Mapping):
        at = f"'{path}' " if path else ""
        raise SiteError(f"{where}: {at}expected keys with values, got {_shown(values)}.")
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    for key in values:
        if key not in known:
            raise SiteError(f"{where}: {_unknown(key, known, path)}")
    hints = get_type_hints(cls)
    built = {}
    for name, field in known.items():
        dotted = f"{path}.{name}" if path else name
        if name in values:
            built[name] = _value(values[name], hints[name], where=where, path=dotted)
        elif _is_required(field):
            raise SiteError(f"{where}: key '{dotted}' is missing. Add it.")
    return cls(**built)


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _unknown(key: Any, known: Mapping[str, Any], path: str) -> str:
    if not isinstance(key, str):
        return f"key {_shown(key)} is not text: YAML read it so. Put it in quotes or remove it."
    dotted = f"{path}.{key}" if path else key
    close = difflib.get_close_matches(key, list(known), n=1)
    advice = f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(known)}."
    return f"unknown key '{dotted}'. {advice}"


def _value(value: Any, kind: Any, *, where: str, path: str) -> Any:
    origin = get_origin(kind)
    if is_dataclass(kind):
        return build(kind, value, where=where, path=path)  # type: ignore[arg-type]
    if origin is tuple:
        return _texts(value, where=where, path=path)
    if origin in (Union, types.UnionType):  # only `X | None` occurs
        if value is None:
            return None
        return _value(value, get_args(kind)[0], where=where, path=path)
    if origin is Literal:
        return _choice(value, get_args(kind), where=where, path=path)
    if kind is str:
        if isinstance(value, str):
            return value
        raise SiteError(
            f"{where}: '{path}' expected text in quotes, got {_shown(value)}. "
            f'Write {path.rpartition(".")[2]}: "…".'
        )
    return _number(value, kind, where=where, path=path)


def _texts(value: Any, *, where: str, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        name = path.rpartition(".")[2]
        raise SiteError(
            f"{where}: '{path}' expected a list, got {_shown(value)}. Write {name}: [a, b]."
        )
    return tuple(
        _value(item, str, where=where, path=f"{path}[{number}]")
        for number, item in enumerate(value)
    )


def _choice(value: Any, choices: tuple[str, ...], *, where: str, path: str) -> str:
    if isinstance(value, str) and value in choices:
        return value
    close = difflib.get_close_matches(str(value), choices, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise SiteError(
        f"{where}: '{path}' expected one of {', '.join(choices)}, got {_shown(value)}.{hint}"
    )


def _number(value: Any, kind: Any, *, where: str, path: str) -> int | float:
    allowed = (int, float) if kind is float else (int,)
    if isinstance(value, bool) or not isinstance(value, allowed):
        expected = "a number" if kind is float else "a whole number"
        raise SiteError(f"{where}: '{path}' expected {expected}, got {_shown(value)}.")
    number: int | float = kind(value)
    return number


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes/true (a truth value)" if value else "no/false (a truth value)"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{value[:60]}'"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "keys with values"
    return f"{type(value).__name__} {str(value)[:60]}"
