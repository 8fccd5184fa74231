"""Every slang word's example decodes; a wrong line names itself."""

from pathlib import Path

import pytest

from classifier.domain import load_domain
from classifier.errors import DataError
from classifier.normalise import normalise
from classifier.spellings import Spelling, load_slang


@pytest.mark.parametrize("slang", load_slang(), ids=lambda slang: slang.text)
def test_the_example_of_a_slang_word_decodes_to_its_plain_word(slang: Spelling) -> None:
    n = normalise(slang.example)
    assert slang.plain in n.decoded
    assert n.decoded != n.folded


@pytest.mark.parametrize("slang", load_slang(), ids=lambda slang: slang.text)
def test_the_longer_honest_words_of_a_slang_word_stay(slang: Spelling) -> None:
    for word in slang.unless:
        assert slang.text not in [item.span.text for item in normalise(f"{word}数学").decodings]


def slang_file(folder: Path, line: str) -> Path:
    path = folder / "slang.yml"
    path.write_text(line, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("竖学: {plian: 数学, method: homophone, example: x}", "'plain'"),
        ("小升出: {plain: 小升出初, method: homophone, example: x}", "Did you mean '小升初'"),
        ("竖学: {plain: 数学, method: homofone, example: x}", "Did you mean 'homophone'"),
        ("竖学: {plain: 数学, method: homophone}", "'example' is missing"),
        ("竖学: {plain: 数学, method: homophone, example: x, needs: contxt}", "'context'"),
        ("VX: {plain: 微信, method: letter, example: x}", "'vx'"),
        ("数学: {plain: 数学, method: slang, example: x}", "not as its plain word"),
        ("1: {plain: 数学, method: slang, example: x}", "quoted form"),
        ("- 竖学", "expected 'form:"),
    ],
)
def test_a_wrong_line_is_refused_by_name(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(DataError, match="slang.yml") as caught:
        load_slang(slang_file(tmp_path, line))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {kind: a, words: [数学, 数学]}", "stands twice"),
        ("- {kind: a, words: [數學]}", "write '數學' as '数学'"),
        ("- {kind: a, word: [数学]}", "Did you mean 'words'"),
    ],
)
def test_a_wrong_domain_word_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_domain(path)
