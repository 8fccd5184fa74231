"""The second pass of ingest on each database: what is judged, what is left, what is made fresh."""

from datetime import timedelta

import pytest

from audit import assessing
from audit.assessing import judge_site
from audit.models import Ad, AssessmentRow, Case
from classifier.assess import Classifier
from tests.audit.builders import NOW, make_ad
from tests.contract.store import Store

SITE = "judged"
OFFERS = (
    "初一数学一对一补习，每周六上午开课，名师在职授课，学费全年9800元",
    "高二物理提分班，周日晚上八点半到十点，小班教学，期末冲刺",
    "少儿书法班招生，每周三下午，作品可参加展览",
)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def _site() -> list[Ad]:
    """Make ads with the opinion of older rules."""
    return [make_ad(text, site_id=SITE, seen=NOW - timedelta(days=30)) for text in OFFERS]


def _opinions() -> list[object]:
    return list(AssessmentRow.objects.order_by("version__ad_id").values_list("payload", flat=True))


def test_a_site_is_judged_once(store: Store, classifier: Classifier) -> None:
    _site()

    judged = judge_site(SITE, classifier)

    assert (judged.ads, judged.opinions, judged.flagged, judged.cases) == (3, 3, 2, 2)
    assert not Ad.objects.filter(needs_assessment=True).exists()
    assert judge_site(SITE, classifier) == assessing.Judged()


def test_what_the_first_pass_read_gives_the_same_opinions(
    sqlite_store: Store, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    _site()
    judge_site(SITE, classifier)
    kept = _opinions()
    monkeypatch.setattr(assessing, "KEPT_CHARS", 0)

    again = judge_site(SITE, classifier, again=True)

    assert (again.ads, again.opinions) == (3, 0)
    assert _opinions() == kept


def test_an_unchanged_ad_seen_again_makes_its_case_fresh(
    store: Store, classifier: Classifier
) -> None:
    ad = _site()[0]
    judge_site(SITE, classifier)
    before = Case.objects.get(case_ads__ad=ad).priority
    Ad.objects.filter(pk=ad.pk).update(last_seen=NOW)

    judged = judge_site(SITE, classifier)

    assert (judged.ads, judged.cases) == (0, 1)
    assert Case.objects.get(case_ads__ad=ad).priority == pytest.approx(before + 1)
