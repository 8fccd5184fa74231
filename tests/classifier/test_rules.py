"""The rules: each does what its examples say, the loader is strict, matching is exact and fast."""

import json
import time
from pathlib import Path

import pytest

from classifier.build_data import parsed_yaml
from classifier.compiled_rules import load_compiled
from classifier.errors import DataError
from classifier.labels import load_labels
from classifier.reading import read
from classifier.records import Document
from classifier.rule_loader import AGAINST, Rule
from classifier.rules import (
    COMPILED_FILE,
    RULES_FOLDER,
    Rules,
    read_rules,
    read_sources,
    sources_digest,
)
from classifier.strict_yaml import PARSED_FILE

FROM_YAML = read_rules(RULES_FOLDER, labels=load_labels())
EXAMPLES = [
    pytest.param(rule, text, kind == "match", id=f"{rule.id}-{kind}-{number}")
    for rule in FROM_YAML.all
    for kind in ("match", "clear")
    for number, text in enumerate(getattr(rule, kind), 1)
]


def is_found(rules: Rules, rule: Rule, text: str, *, title: str = "") -> bool:
    """Say whether the rule holds, with the labels that it builds on given."""
    search = rules.search(read(Document(text=text, title=title)))
    labels = {c.name for c in rule.all + rule.any if c.kind == "label"}
    return any(True for _ in search.matches(lambda candidate: candidate.id == rule.id, labels))


@pytest.mark.parametrize(("rule", "text", "expected"), EXAMPLES)
def test_rule_does_what_its_example_says(rule: Rule, text: str, expected: bool) -> None:
    assert is_found(FROM_YAML, rule, text) is expected


@pytest.mark.parametrize("label", load_labels().ids)
def test_every_label_has_a_rule(label: str) -> None:
    assert any(rule.label == label for rule in FROM_YAML.all)


def test_compiled_rules_are_those_of_the_yaml() -> None:
    tables = load_compiled(COMPILED_FILE, digest=sources_digest())
    assert tables is not None, "rules changed: run 'python -m classifier.build_data'"
    source = read_sources(RULES_FOLDER, labels=load_labels())
    assert tables.words == source.words
    assert tables.literals == source.literals
    assert [(rule.id, rule.conditions(), rule.score, rule.within) for rule in tables.rules] == [
        (rule.id, rule.conditions(), rule.score, rule.within) for rule in source.rules
    ]


def test_parsed_yaml_is_current() -> None:
    kept = json.loads(PARSED_FILE.read_text(encoding="utf-8"))
    assert kept == parsed_yaml(), "data changed: run 'python -m classifier.build_data'"


def test_compiled_rules_of_other_sources_are_not_used() -> None:
    assert load_compiled(COMPILED_FILE, digest="0" * 64) is None


# --- the loader -----------------------------------------------------------------------------------

WORDS = "pay: [学费, 收费]\nban: [严禁]\nexam: [ket, pet]\n"
RULE = """
- id: prepaid_fee.year
  all: [{lexicon: pay}, {pattern: '(一年|全年)'}]
  none: [{lexicon: ban}]
  within: sentence
  score: 0.6
  reason: 一次收一年
  examples: {match: [全年学费八千], clear: [严禁收全年学费]}
"""


def rules_of(
    folder: Path, text: str = RULE, *, name: str = "prepaid_fee", words: str = WORDS
) -> Rules:
    (folder / "_words.yml").write_text(words, encoding="utf-8")
    (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return read_rules(folder, labels=load_labels())


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("lexicon: pay", "lexicon: pai", r"unknown lexicon 'pai'. Did you mean 'pay'"),
        ("within: sentence", "within: sentense", "Did you mean 'sentence'"),
        ("reason: 一次收一年", "reasen: 一次收一年", "unknown key 'reasen'. Did you mean 'reason'"),
        ("score: 0.6", "score: 1.6", r"'score' must be a number in \(0, 1\]"),
        ("score: 0.6", "score: true", "'score' must be a number"),
        ("clear: [严禁收全年学费]", "clear: []", "at least one 'match' and one 'clear'"),
        ("match: [全年学费八千], ", "", "key 'match' is missing"),
        ("(一年|全年)", "(一年|全年", "no regular expression"),
        ("(一年|全年)", r"\d+", "no word that each match must contain"),
        ("(一年|全年)", "{pays}", "unknown word list 'pays'. Did you mean 'pay'"),
        ("{lexicon: ban}", "{number: prise}", "Did you mean 'price'"),
        ("{lexicon: ban}", "{number: price, above: 3}", "unknown key 'above'"),
        ("{lexicon: ban}", "{number: clock, over: soon}", "quoted clock time"),
        ("{lexicon: ban}", "{label: subject_tutorin}", "Did you mean 'subject_tutoring'"),
        ("{lexicon: ban}", "{lexicon: ban, pattern: x}", "exactly one of"),
        ("{lexicon: ban}", "{lexikon: ban}", "Did you mean 'lexicon'"),
        ("id: prepaid_fee.year", "id: fees.year", "must begin with 'prepaid_fee.'"),
        ("all: [{lexicon: pay}, {pattern: '(一年|全年)'}]", "all: [{label: math}]", "quotes the text"),
    ],
)  # fmt: skip
def test_wrong_rule_is_refused_with_its_place(
    tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    assert right in RULE
    with pytest.raises(DataError, match=message) as caught:
        rules_of(tmp_path, RULE.replace(right, wrong))
    assert "prepaid_fee.yml, entry 1" in str(caught.value)


def test_file_name_must_be_a_label(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'prepaid_fee'"):
        rules_of(tmp_path, name="prepaid_fees")


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="stands twice"):
        rules_of(tmp_path, RULE + RULE)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_words.yml").write_text(WORDS, encoding="utf-8")
    with pytest.raises(DataError, match="no rule file"):
        read_rules(tmp_path, labels=load_labels())


@pytest.mark.parametrize("words", ["pay: [学费 ]\nban: [A]\n", "pay: []\nban: [b]\n", "[pay]"])
def test_wrong_word_list_is_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(DataError, match="_words.yml"):
        rules_of(tmp_path, words=words.replace("学费 ", "'学费 '"))


# --- matching -------------------------------------------------------------------------------------


def found(
    rules: Rules, text: str, *, title: str = "", labels: tuple[str, ...] = ()
) -> list[list[str]]:
    search = rules.search(read(Document(text=text, title=title)))
    matched = rules.match(search, "violation", "offering", labels=labels)
    return [[span.text for span in finding.spans] for finding in matched]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("全年学费八千。", [["全年学费"]]),
        ("学费八千。按全年算。", []),
        ("学费另议，全年八千", [["学费", "全年"]]),
        ("严禁收全年学费", []),
        ("严禁补课。全年学费八千", [["全年学费"]]),
        ("全年 學費 八千", [["全年", "學費"]]),
    ],
)
def test_all_and_none_hold_in_one_sentence(
    tmp_path: Path, text: str, spans: list[list[str]]
) -> None:
    assert found(rules_of(tmp_path), text) == spans


def test_span_of_a_title_says_so(tmp_path: Path) -> None:
    rules = rules_of(tmp_path)
    search = rules.search(read(Document(text="其他", title="全年学费")))
    (finding,) = rules.match(search, "violation")
    assert [(span.field, span.start, span.text) for span in finding.spans] == [
        ("title", 0, "全年学费")
    ]


def test_spans_are_those_of_the_original_and_decoded_is_told(tmp_path: Path) -> None:
    text = RULE.replace("{lexicon: pay}", "{pattern: '数学'}")
    rules = rules_of(tmp_path, text.replace("全年学费八千", "全年数学课"))
    raw = "全年🍎竖学課八千，英语另算"
    search = rules.search(read(Document(text=raw)))
    (finding,) = rules.match(search, "violation")
    assert finding.decoded == "数学"
    assert all(raw[span.start : span.end] == span.text for span in finding.spans)
    assert any("竖学" in span.text for span in finding.spans)


@pytest.mark.parametrize(
    ("scope", "is_there"), [("sentence", False), ("window", True), ("text", True), ("title", False)]
)
def test_scopes(tmp_path: Path, scope: str, is_there: bool) -> None:
    rules = rules_of(tmp_path, RULE.replace("within: sentence", f"within: {scope}"))
    assert bool(found(rules, "学费八千。按全年算。")) is is_there


def test_a_condition_may_look_further_than_its_rule(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, RULE.replace("{lexicon: ban}", "{lexicon: ban, within: text}"))
    assert found(rules, "全年学费八千") == [["全年学费"]]
    assert found(rules, "严禁补课。" + "闲话。" * 300 + "全年学费八千") == []


@pytest.mark.parametrize(
    ("text", "is_there"),
    [("考ket全年学费", True), ("超市market全年学费", False), ("ket2全年学费", False)],
)
def test_latin_words_stand_alone(tmp_path: Path, text: str, is_there: bool) -> None:
    rules = rules_of(tmp_path, RULE.replace("{lexicon: pay}", "{lexicon: exam}"))
    assert bool(found(rules, text)) is is_there


@pytest.mark.parametrize(
    ("condition", "text", "is_there"),
    [
        ("{number: price, over: 5000}", "全年5001元", True),
        ("{number: price, over: 5000}", "全年5000元", False),
        ("{number: price, at_least: 5000}", "全年5000元", True),
        ("{number: price, over: 5000}", "全年伍仟零一元", True),
        ("{number: clock, over: '20:30'}", "全年19:00-20:30", False),
        ("{number: clock, over: '20:30'}", "全年19:00-20:45", True),
        ("{number: lessons, over: 60, unit: lesson}", "全年96课时", True),
        ("{number: weekday, values: [saturday]}", "全年周六上课", True),
        ("{number: weekday, values: [sunday]}", "全年周六上课", False),
    ],
)
def test_numbers_are_compared(tmp_path: Path, condition: str, text: str, is_there: bool) -> None:
    rules = rules_of(tmp_path, RULE.replace("{lexicon: pay}", condition))
    assert bool(found(rules, text)) is is_there


@pytest.mark.parametrize(("labels", "is_there"), [((), False), (("subject_tutoring",), True)])
def test_a_label_condition_asks_what_is_held_already(
    tmp_path: Path, labels: tuple[str, ...], is_there: bool
) -> None:
    rules = rules_of(tmp_path, RULE.replace("[{lexicon: pay}", "[{label: subject_tutoring}"))
    assert bool(found(rules, "全年学费", labels=labels)) is is_there


def test_points_come_from_against_only(tmp_path: Path) -> None:
    text = RULE.replace("prepaid_fee.year", "against.year")
    rules = rules_of(tmp_path, text, name=AGAINST)
    search = rules.search(read(Document(text="全年学费")))
    assert rules.match(search, "offering", "violation") == []
    (point,) = rules.points(search)
    assert (point.rule_id, point.weight) == ("against.year", 0.6)


# --- time -----------------------------------------------------------------------------------------


def test_time_grows_with_the_text_and_not_faster() -> None:
    """Ten times the text may take twenty times the time: no pattern may explode."""

    def seconds(text: str) -> float:
        reading = read(Document(text=text))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            search = FROM_YAML.search(reading)
            FROM_YAML.match(search, "offering", "subject", "disguise", "violation")
            best = min(best, time.perf_counter() - start)
        return best

    line = "初一数学同步培优班周六上午开课，学费全年9800元，名师在职，不提分退费"
    seconds(line)
    assert seconds(line * 400) < 20 * seconds(line * 40) + 0.05
