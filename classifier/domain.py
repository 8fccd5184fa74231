"""The domain words: what a disguise may stand for, and what tells that a text is about lessons."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from classifier.errors import DataError
from classifier.folding import fold
from classifier.strict_yaml import check_keys, read_entries, text_of, texts_of

DOMAIN_PATH = Path(__file__).parent / "data" / "lexicons" / "domain.yml"


class DomainWord(NamedTuple):
    """`sounds`: homophones are derived; `anchors`: the word is context for weak forms."""

    text: str
    kind: str
    sounds: bool
    anchors: bool


@cache
def load_domain(path: Path = DOMAIN_PATH) -> list[DomainWord]:
    """Read the domain words.

    Raises:
        DataError: an unknown key, a word given twice or not in its folded form.
    """
    words: dict[str, DomainWord] = {}
    for number, entry in enumerate(read_entries(path), 1):
        where = f"{path.name}, entry {number}"
        check_keys(entry, where=where, required=("kind", "words"), optional=("sounds", "anchors"))
        kind = text_of(entry, "kind", where=where)
        for text in texts_of(entry, "words", where=where):
            if fold(text)[0] != text:
                raise DataError(f"{where}: write '{text}' as '{fold(text)[0]}'.")
            if text in words:
                raise DataError(f"{where}: '{text}' stands twice (see {words[text].kind}).")
            sounds, anchors = entry.get("sounds") is True, entry.get("anchors") is True
            words[text] = DomainWord(text, kind, sounds, anchors)
    return list(words.values())
