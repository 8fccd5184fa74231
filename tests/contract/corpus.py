"""Texts and documents for the engines' contract tests; everything from one seed."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audit.analysis import analyse, search_term, segments
from audit.documents import (
    AdDocument,
    AdFields,
    AssessmentFields,
    CaseFields,
    FindingFields,
    host_path,
    region_path,
)
from audit.index.base import Clause, Versioned
from audit.sort_keys import risk_key, time_key
from classifier.normalise import normalise

NOW = datetime(2026, 11, 25, 6, 3, tzinfo=UTC)
REGIONS = ("150100", "150102", "110000", "110108", "320500", "")
PLAIN = (
    "我们校区地处新城区海东路，周末上午安排初三数学小班，老师讲完例题再练习。",
    "暑假班从七月十日开始，語文閱讀與寫作每週兩次，可以先試聽。",
    "少儿钢琴考级、硬笔书法、国际象棋长期招生，家长可到前台咨询。",
    "竖学提分找老师，懂的来，一对一上门，价格面议。",
    "高考英语冲刺，AP Calculus and SAT reading in small groups。",
    "学员守则：不得在教室饮食；图书阅览室每日九时开放。",
    "𠮷野家旁边二楼🐟文作业辅导，😀欢迎加入。",
    "物理化学双科班 90 分钟一节，满 20 节送 2 节（限时）。",
    "公司成立于 2009 年，主营教育咨询、文化传播、会议服务。",
    "ＳＡＴ①对①，Ｍath  olympiad，加州教材同步。",
)
_MARKS = "，。、；！？ -/·\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One ad of the corpus, with what a brute-force search looks through."""

    sequence: int
    title: str
    text: str
    searchable: tuple[str, ...]


def make_texts(count: int, *, seed: int = 7) -> list[Text]:
    """Mix clauses of ours with random characters, so that no two texts are alike."""
    rng = random.Random(seed)
    letters = (
        "数学语文英物理化班课程老师辅导一二三家长孩子周末假期春夏秋冬東西南北語數學𠮷𡃁😀abcXYZ019 "
    )
    texts = []
    for sequence in range(1, count + 1):
        parts = []
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.5:
                clause = rng.choice(PLAIN)
                start = rng.randrange(len(clause))
                parts.append(clause[start : start + rng.randint(2, 30)])
            else:
                parts.append("".join(rng.choices(letters, k=rng.randint(1, 25))))
            parts.append(rng.choice(_MARKS))
        text, title = "".join(parts), rng.choice(PLAIN)[: rng.randint(0, 9)]
        texts.append(
            Text(sequence=sequence, title=title, text=text, searchable=searchable(title, text))
        )
    return texts


def searchable(*texts: str) -> tuple[str, ...]:
    """Return every stretch of text in which a substring counts as found."""
    forms = [normalise(text) for text in texts]
    return tuple(
        segment.text
        for n in forms
        for form in ("folded", "decoded")
        for segment in segments(n, form)  # type: ignore[arg-type]
    )


def matches(text: Text, query: str) -> bool:
    """Decide by looking through the text."""
    term = search_term(query)
    assert term is not None
    return any(term.text in stretch for stretch in text.searchable)


def clause(query: str, *, excluded: bool = False) -> Clause:
    term = search_term(query)
    assert term is not None
    return Clause(term=term, excluded=excluded)


def make_document(
    sequence: int,
    text: str = "初三数学一对一",
    title: str = "",
    *,
    revision: int = 1,
    risk: float = 0.5,
    last_seen: datetime = NOW,
    region: str = "150100",
    site_id: str = "site-a",
    status: str = "none",
    offerings: Sequence[str] = ("subject_tutoring",),
    subjects: Sequence[str] = ("math",),
    disguises: Sequence[str] = (),
    contacts: Iterable[str] = (),
) -> Versioned:
    in_title, in_text = analyse(title), analyse(text)
    ad = AdFields(
        ad_id=f"ad-{sequence}",
        sequence=sequence,
        revision=revision,
        host=f"{site_id}.example",
        host_path=host_path(f"http://{site_id}.example/"),
        site_id=site_id,
        publisher="启航学堂",
        published_on="2026-11",
        region=region,
        region_path=region_path(region),
        first_seen=last_seen.isoformat(),
        last_seen=last_seen.isoformat(),
        month=last_seen.strftime("%Y-%m"),
        live=True,
        contacts=tuple(contacts),
        title_words=in_title.words,
        words=in_text.words,
        grams=f"{in_title.grams} {in_text.grams}".strip(),
        grams_decoded=f"{in_title.grams_decoded} {in_text.grams_decoded}".strip(),
        time_key=time_key(last_seen, sequence),
        risk_key=risk_key(risk, sequence),
    )
    assessment = AssessmentFields(
        needs_review=risk >= 0.5,
        risk=risk,
        offerings=tuple(offerings),
        subjects=tuple(subjects),
        disguises=tuple(disguises),
        findings=(
            FindingFields(label="subject_tutoring", axis="offering", origin="rule:x", score=0.9),
        ),
    )
    document = AdDocument(ad=ad, assessment=assessment, case=CaseFields(status=status))
    return ad.ad_id, revision, document.to_dict()


def make_corpus(texts: Sequence[Text], *, seed: int = 11) -> list[Versioned]:
    """Give each text a document with varied filters and sort values."""
    rng = random.Random(seed)
    labels = ("subject_tutoring", "preschool_academic", "non_subject", "not_training")
    return [
        make_document(
            text.sequence,
            text.text,
            text.title,
            risk=rng.choice((0.0, 0.25, 0.5, 0.9, rng.random())),
            last_seen=NOW - timedelta(hours=rng.choice((0, 0, 1, 30, rng.randrange(5000)))),
            region=rng.choice(REGIONS),
            site_id=rng.choice(("site-a", "site-b", "site-c")),
            status=rng.choice(("none", "open", "claimed", "closed")),
            offerings=rng.sample(labels, rng.randint(0, 2)),
            subjects=rng.sample(("math", "chinese", "physics"), rng.randint(0, 3)),
            disguises=rng.sample(("coded_wording", "home_tutoring"), rng.randint(0, 2)),
        )
        for text in texts
    ]
