"""Usual reasons: every conclusion has some, and a broken file is named."""

from pathlib import Path

import pytest

from audit.case_phrases import load_phrases, read_phrases
from audit.choices import Conclusion
from audit.errors import ConfigError


def test_every_conclusion_has_phrases_of_one_sentence() -> None:
    phrases = load_phrases()

    assert set(phrases) == set(Conclusion.values)
    for sentences in phrases.values():
        assert sentences
        assert all(sentence.endswith("。") and "违法" not in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- a", "expected the keys"),
        ("violation: [a]", "expected the keys"),
        ("a: [", "not YAML"),
        ("\n".join(f"{name}: 一句话" for name in Conclusion.values), "list of sentences"),
    ],
)
def test_broken_file_is_named(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "phrases.yml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match=says) as caught:
        read_phrases(path)

    assert "phrases.yml" in str(caught.value)
