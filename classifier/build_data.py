"""Derive the fast forms of the data: `python -m classifier.build_data` after any change of it.

Nothing depends on their being there or current: what is older than its source is not used.
"""

import hashlib
import json
from pathlib import Path

from classifier.compiled_rules import write_compiled
from classifier.labels import load_labels
from classifier.rules import COMPILED_FILE, RULES_FOLDER, read_sources, sources_digest
from classifier.strict_yaml import DATA_FOLDER, PARSED_FILE, parse_yaml


def parsed_yaml() -> dict[str, str]:
    """Return sha256 → JSON text of every YAML file of the data but the rules."""
    kept = {}
    for path in sorted(DATA_FOLDER.rglob("*.yml")):
        if RULES_FOLDER in path.parents:
            continue
        content = path.read_bytes()
        parsed = parse_yaml(content, where=path.name)
        kept[hashlib.sha256(content).hexdigest()] = json.dumps(parsed, ensure_ascii=False)
    return kept


def build_data(*, parsed: Path = PARSED_FILE, compiled: Path = COMPILED_FILE) -> None:
    """Write both files."""
    text = json.dumps(parsed_yaml(), ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    parsed.write_text(text, encoding="utf-8")
    tables = read_sources(RULES_FOLDER, labels=load_labels())
    write_compiled(compiled, tables, digest=sources_digest())


if __name__ == "__main__":
    build_data()
