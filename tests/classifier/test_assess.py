"""The front door: pure, complete, calm on hostile input; the package's own model works."""

import dataclasses
import json
import time
from collections.abc import Callable

import pytest

from classifier.assess import Classifier, assess
from classifier.context import leaning, make_context, page_evidence, site_context
from classifier.errors import ModelError
from classifier.examine import examine
from classifier.fingerprint import fingerprint
from classifier.labels import load_labels
from classifier.law import law_version
from classifier.light import LightModel
from classifier.light_fingerprint import fingerprint as light_fingerprint
from classifier.model import Model
from classifier.reading import without_surrogates
from classifier.records import Assessment, Block, Document
from classifier.rules import load_rules, rules_version

HOSTILE = {
    "empty": "",
    "blank": " \n\t　\n",
    "nul": "数学\0辅导班\0",
    "emoji": "🎉🎊❤️👨‍👩‍👧‍👦" * 30,
    "marks": "。，！？…—" * 50,
    "zero_width": "数\u200b学\u200b辅\ufeff导班",
    "surrogate": "数学\ud800辅导班",
    "tags": "<script>alert('数学辅导班')</script>",
    "one_character": "学",
    "newlines": "\n" * 5000 + "初一数学辅导班",
    "combining": "数̈́学̈́辅̈́导̈́班" * 20,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("in_title", [False, True], ids=["text", "title"])
def test_hostile_text_is_judged(
    classifier_with: Callable[..., Classifier], text: str, in_title: bool
) -> None:
    document = Document(text="" if in_title else text, title=text if in_title else "")
    assessment = classifier_with(needs_review=0.9).assess(document)
    assert assessment.offerings
    assert 0 <= assessment.risk <= 1
    for finding in assessment.findings:
        for span in finding.spans:
            source = document.title if span.field == "title" else document.text
            assert without_surrogates(source)[span.start : span.end] == span.text


@pytest.mark.parametrize(
    "text",
    [
        "数学辅导班" * 200_000,
        "a" * 1_000_000,
        "初一数学班，周六上课。\n" * 80_000,
        "提" * 1_000_000,
    ],
    ids=["repeated", "latin", "lines", "one_literal"],
)
def test_a_megabyte_takes_bounded_time(
    classifier_with: Callable[..., Classifier], text: str
) -> None:
    classifier = classifier_with()
    start = time.process_time()
    classifier.assess(Document(text=text))
    assert time.process_time() - start < 60


def test_same_document_gives_the_same_assessment() -> None:
    document = Document(text="初二物理一对一辅导，周日上课，私聊发地址", title="招生")
    assert assess(document) == assess(document)


def test_assessment_survives_its_dictionary() -> None:
    assessment = assess(Document(text="初二物理一对一辅导，周日上课", title="招生"))
    plain = json.loads(json.dumps(assessment.to_dict()))
    assert Assessment.from_dict(plain) == assessment


def test_assessment_names_its_versions() -> None:
    assessment = assess(Document(text="初二物理辅导"))
    assert assessment.rules_version == rules_version()
    assert assessment.law_version == law_version()
    assert assessment.model_version == Model.load().version


def test_missing_model_says_what_to_do(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="jianwei model train"):
        Classifier.load(tmp_path)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="jianwei model train"):
        Classifier.load_light(tmp_path)  # type: ignore[arg-type]


TEXTS = [
    "初一数学同步培优班周六上午开课，一学期6800元，签约保提分。",
    "本报讯（记者 李某）教育局查处一家违规补习班，责令退费。",
    "少儿舞蹈班，5岁起，每期12次960元，随时可退。",
    "考研数学冲刺班，在职人士优先，直播加录播。",
    "今日作业：语文生字两遍，数学练习册第41页，家长签字。",
]


@pytest.mark.parametrize("text", TEXTS)
def test_light_classifier_says_the_same(text: str) -> None:
    full, light = (
        load().assess(Document(text=text, title="标题"))
        for load in (Classifier.load, Classifier.load_light)
    )
    assert light.risk == pytest.approx(full.risk, abs=1e-3)
    assert [f.label for f in light.findings] == [f.label for f in full.findings]
    without = {"risk": 0.0, "findings": ()}
    assert dataclasses.replace(light, **without) == dataclasses.replace(full, **without)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [*TEXTS, "", "数", "数学班\n\n英语班级\n"])
def test_light_model_and_fingerprint_agree_with_the_arrays(text: str) -> None:
    (light,), (full,) = LightModel.load().scores([text]), Model.load().scores([text])
    assert light == pytest.approx(list(full), abs=1e-4)
    assert light_fingerprint(text) == fingerprint(text)


@pytest.mark.parametrize(
    ("text", "flagged"), [(TEXTS[0], True), (TEXTS[1], False), (TEXTS[2], False), (TEXTS[3], False)]
)
def test_clear_cases(text: str, flagged: bool) -> None:
    assert assess(Document(text=text)).needs_review is flagged


def test_late_offer_in_a_long_page_is_found() -> None:
    dull = "我们走过了很多路，看过很多风景，也遇到过很多温暖的人和事。" * 40
    blocks = []
    text = f"{dull}\n初三数学冲刺班周六上午开课，名师小班，报名热线见下。"
    start = 0
    for line in text.split("\n"):
        blocks.append(Block(start=start, end=start + len(line), kind="para"))
        start += len(line) + 1
    assert assess(Document(text=text, blocks=tuple(blocks))).needs_review
    assert not assess(Document(text=dull)).needs_review


# --- context --------------------------------------------------------------------------------------


def test_context_counts_whom_the_pages_address() -> None:
    pages = [
        page_evidence(examine(Document(text=text), load_rules()), load_rules()) for text in TEXTS
    ]
    context = site_context(["某机构", "某机构", "", "别家"], pages)
    assert context.publisher == "某机构"
    assert context.audience == {"adult": 1, "pupil": 2}
    assert context.subjects == {"math": 1}


@pytest.mark.parametrize(
    ("audience", "math", "expected"),
    [
        ({"adult": 9}, 0, -1.0),
        ({"pupil": 3, "preschool": 1}, 4, 1.0),
        ({"pupil": 4}, 0, -1.0),
        ({"pupil": 2, "adult": 2}, 2, 0.0),
        ({"adult": 1}, 0, 0.0),
        ({}, 0, 0.0),
    ],
)
def test_site_leans_once_enough_pages_say_so(
    audience: dict[str, int], math: int, expected: float
) -> None:
    context = make_context(publisher="", audience=audience, subjects={"math": math})
    assert leaning(context) == expected


def test_no_context_leans_nowhere() -> None:
    assert leaning(None) == 0.0


def test_context_digest_tells_contexts_apart_and_not_their_order() -> None:
    one = make_context(publisher="a", audience={"adult": 1, "pupil": 2}, subjects={})
    same = make_context(publisher="a", audience={"pupil": 2, "adult": 1}, subjects={})
    other = make_context(publisher="b", audience={"adult": 1, "pupil": 2}, subjects={})
    assert one.context_digest == same.context_digest != other.context_digest


def test_adult_site_lowers_and_pupils_site_raises_the_risk() -> None:
    text = "老师耐心负责，课后答疑，欢迎到店了解，名额不多。"

    def risk(audience: dict[str, int]) -> float:
        subjects = {"math": audience.get("pupil", 0)}
        context = make_context(publisher="", audience=audience, subjects=subjects)
        return assess(Document(text=text, context=context)).risk

    assert risk({"adult": 20}) < risk({}) < risk({"pupil": 20})


def test_every_label_given_is_known() -> None:
    labels = load_labels()
    for text in TEXTS:
        a = assess(Document(text=text))
        assert all(label in labels for label in (*a.offerings, *a.subjects, *a.violations))
