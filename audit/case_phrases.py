"""Usual reasons by conclusion, which the desk offers to be edited."""

from functools import cache
from pathlib import Path

import yaml

from audit.choices import Conclusion
from audit.errors import ConfigError

PHRASES = Path(__file__).with_name("case_phrases.yml")


def read_phrases(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the phrases of every conclusion.

    Raises:
        ConfigError: file, conclusion and what is wrong.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({error}).") from error
    if not isinstance(table, dict) or set(table) != set(Conclusion.values):
        raise ConfigError(f"{path}: expected the keys {', '.join(Conclusion.values)}.")
    for conclusion, phrases in table.items():
        if not isinstance(phrases, list) or not all(isinstance(item, str) for item in phrases):
            raise ConfigError(f"{path}, '{conclusion}': expected a list of sentences.")
    return {conclusion: tuple(phrases) for conclusion, phrases in table.items()}


@cache
def load_phrases() -> dict[str, tuple[str, ...]]:
    """Return the package's phrases, read once."""
    return read_phrases(PHRASES)
