"""Compile the rules: `python -m classifier.build_rules` after a change of rules or labels."""

from classifier.compiled_rules import write_compiled
from classifier.labels import load_labels
from classifier.rules import COMPILED_FILE, RULES_FOLDER, read_sources, sources_digest

if __name__ == "__main__":
    write_compiled(
        COMPILED_FILE,
        read_sources(RULES_FOLDER, labels=load_labels()),
        digest=sources_digest(),
    )
