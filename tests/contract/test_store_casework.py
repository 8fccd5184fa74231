"""From flagged ads to cases, on each database."""

import time
from datetime import timedelta
from typing import Any

import pytest

from audit.case_fingerprints import CaseFinder
from audit.casework import open_or_update_cases
from audit.choices import Note
from audit.database import writing
from audit.events_check import verify_chain
from audit.models import (
    Actor,
    ActorLink,
    Ad,
    Case,
    CaseAd,
    CaseLabel,
    Conclusion,
    Decision,
    Event,
    Outbox,
    SiteRow,
    State,
)
from classifier.fingerprint import distance
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    later,
    make_ad,
    make_assessment,
    make_case,
    make_user,
    put_in_state,
)
from tests.contract.store import Store

BASE = 0x0F1E2D3C4B5A6978


def _print(*bits: int) -> str:
    value = BASE
    for bit in bits:
        value ^= 1 << bit
    return f"{value:016x}"


def _ad(fingerprint: str, **values: Any) -> Ad:
    labels = {
        name: values.pop(name) for name in ("violations", "disguises", "risk") if name in values
    }
    return make_ad(assessment=make_assessment("x", fingerprint=fingerprint, **labels), **values)


def _unflagged(text: str = "寒假书法班") -> Any:
    return make_assessment(text, needs_review=False, offerings=("non_subject",), risk=0.1)


def _everything() -> list[Any]:
    models = (Case, CaseAd, CaseLabel, Event, Outbox, Ad)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_near_duplicates_make_one_case(store: Store) -> None:
    first, near = _ad(_print()), _ad(_print(0, 20, 40), site_id="b")
    far = _ad(_print(0, 20, 40, 60), site_id="c")

    touched = open_or_update_cases([first, near, far], now=NOW)

    assert len(touched) == 2
    case = Case.objects.get(case_ads__ad=first)
    assert case.case_ads.count() == 2
    assert Case.objects.get(case_ads__ad=near) == case
    assert Case.objects.get(case_ads__ad=far) != case


def test_a_later_near_duplicate_joins_the_open_case(store: Store) -> None:
    case = make_case(_ad(_print()))

    open_or_update_cases([_ad(_print(15, 16, 63), site_id="b")], now=NOW)

    assert case.case_ads.count() == 2
    assert case.priority < Case.objects.get().priority
    actions = Event.objects.order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["case.open", "case.add"]


def test_every_distance_up_to_three_is_found_by_its_bands(store: Store) -> None:
    case = make_case(_ad(_print()))

    for bits in [(), (0,), (63,), (0, 16), (0, 16, 32), (15, 31, 47), (5, 6, 7), (48, 32, 16)]:
        value = _print(*bits)
        assert distance(value, _print()) == len(bits)
        found = CaseFinder([value]).find(value, case.region)
        assert found == case
    four = _print(0, 16, 32, 48)
    assert CaseFinder([four]).find(four, case.region) is None


def test_the_same_words_in_another_region_are_another_case(store: Store) -> None:
    here, there = _ad(_print()), _ad(_print(), region="150200", site_id="b")

    open_or_update_cases([here, there], now=NOW)

    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    ("actor", "ad", "site", "expected"),
    [
        ("150104", "150105", "150100", "150104"),
        ("", "150105", "150100", "150105"),
        ("", "", "150100", "150100"),
        ("", "", "", ""),
    ],
)
def test_competent_region_is_actor_before_ad_before_site(
    store: Store, actor: str, ad: str, site: str, expected: str
) -> None:
    row = _ad(_print(), region=ad)
    SiteRow.objects.create(
        site_id=row.site_id, title="t", region=site, declaration={}, changed_at=NOW
    )
    link_to = Actor.objects.create(kind="firm", name="某某公司", region=actor)
    ActorLink.objects.create(actor=link_to, ad=row, reason="同一电话")

    open_or_update_cases([row], now=NOW)

    assert Case.objects.get().region == expected


def test_posters_and_cards_join_their_page_s_case(store: Store) -> None:
    page = _ad(_print())
    poster = _ad("0" * 16, parent=page, part="image:1", region="")
    card = _ad("f" * 16, placement_of=page, part="item:1", site_id="listing")

    open_or_update_cases([poster, card, page], now=NOW)

    assert Case.objects.count() == 1
    assert CaseAd.objects.count() == 3


@pytest.mark.parametrize("page_first", [True, False])
def test_family_joins_across_batches(store: Store, page_first: bool) -> None:
    page = _ad(_print())
    poster = _ad("0" * 16, parent=page, part="image:1")
    for ad in (page, poster) if page_first else (poster, page):
        open_or_update_cases([ad], now=NOW)

    assert Case.objects.count() == 1


def test_unflagged_ads_make_no_case(store: Store) -> None:
    assert open_or_update_cases([make_ad(assessment=_unflagged())], now=NOW) == []
    assert not Case.objects.exists()


def test_twice_is_as_good_as_once(store: Store) -> None:
    ads = [_ad(_print()), _ad(_print(1), site_id="b"), make_ad("另一条")]
    changed = make_ad("会变的")
    open_or_update_cases([*ads, changed], now=NOW)
    put_in_state(changed.case_ad.case, State.CONFIRMED, by=make_user("wang"))
    judge(changed, _unflagged())
    open_or_update_cases([*ads, changed], now=NOW)
    before = _everything()

    assert open_or_update_cases([*ads, changed], now=later(days=1)) == []
    assert _everything() == before


def test_a_case_keeps_title_labels_and_priority_parts(store: Store) -> None:
    low = _ad(_print(), title="普通", risk=0.4, violations=("restricted_hours",))
    high = _ad(_print(1), title="电话 13800001234 数学", risk=0.9, site_id="b")

    case = make_case(low, high)

    assert case.title.startswith("电话 138********")
    assert case.risk == 0.9
    assert {row.label for row in case.labels.all()} == {
        "subject_tutoring",
        "math",
        "restricted_hours",
    }
    assert case.priority_parts["certainty"] == 0.9
    assert case.priority_parts["severity"] == 0.6
    assert case.priority_parts["spread"] == 0.75
    assert case.priority_parts["repeat"] == 0.5


@pytest.mark.parametrize(("kind", "repeat"), [("website", 0.75), ("jobboard", 0.5)])
def test_earlier_confirmed_violations_of_a_site_raise_the_repeat_part(
    store: Store, kind: str, repeat: float
) -> None:
    SiteRow.objects.create(site_id="town-a", title="t", declaration={"kind": kind}, changed_at=NOW)
    put_in_state(make_case(_ad(_print())), State.CONFIRMED, by=make_user("wang"))

    case = make_case(_ad("f" * 16))

    assert case.priority_parts["repeat"] == repeat


def test_an_open_case_with_nothing_left_is_noted_once_and_lives_again(store: Store) -> None:
    ad = make_ad()
    case = make_case(ad)
    judge(ad, _unflagged())
    open_or_update_cases([ad], now=later(hours=1))
    open_or_update_cases([ad], now=later(hours=2))
    case.refresh_from_db()
    assert (case.state, case.note) == (State.OPEN, Note.NOTHING_LEFT)
    assert Event.objects.filter(action="case.note").count() == 1
    assert not case.labels.exists()

    judge(ad, make_assessment())
    open_or_update_cases([ad], now=later(hours=3))

    case.refresh_from_db()
    assert case.note == ""
    assert case.labels.exists()


def _decided(state: State, conclusion: Conclusion) -> tuple[Ad, Case]:
    ad = make_ad("书法班，另教数学。", assessment=make_assessment("x", fingerprint=_print()))
    case = put_in_state(make_case(ad), state, by=make_user("wang"))
    Case.objects.filter(pk=case.pk).update(conclusion=conclusion)
    return ad, case


_SAME = {"fingerprint": _print()}
_WORSE = {"fingerprint": _print(), "violations": ("restricted_hours",)}
_OTHER = {"fingerprint": _print(0, 1, 2, 3, 4)}
_CLEAN = {"fingerprint": _print(), "needs_review": False, "offerings": ("non_subject",)}


@pytest.mark.parametrize(
    ("state", "conclusion", "opinion", "new_text", "after", "note"),
    [
        (State.CONFIRMED, "no_violation", _SAME, False, State.CONFIRMED, ""),
        (State.CONFIRMED, "no_violation", _SAME, True, State.CONFIRMED, Note.CHANGED),
        (State.CONFIRMED, "no_violation", _WORSE, False, State.OPEN, Note.CHANGED),
        (State.CONFIRMED, "out_of_scope", _OTHER, True, State.OPEN, Note.CHANGED),
        (State.CONFIRMED, "no_violation", _CLEAN, True, State.CONFIRMED, Note.CHANGED),
        (State.CONFIRMED, "violation", _WORSE, True, State.CONFIRMED, Note.CHANGED),
        (State.CONFIRMED, "violation", _CLEAN, True, State.CONFIRMED, Note.CHANGED),
        (State.CLOSED, "unclear", _OTHER, True, State.OPEN, Note.CHANGED),
        (State.PROPOSED, "no_violation", _WORSE, False, State.PROPOSED, Note.CHANGED),
    ],
)
def test_a_decided_case_is_noted_or_reopened_when_its_ad_changes(
    store: Store,
    state: State,
    conclusion: Conclusion,
    opinion: dict[str, Any],
    new_text: bool,
    after: State,
    note: str,
) -> None:
    ad, case = _decided(state, conclusion)
    Outbox.objects.all().delete()
    if new_text:
        add_version(ad, "书法班，数学也教，欢迎咨询。", fetched_at=later(hours=1))
    judge(ad, make_assessment("x", **opinion))

    open_or_update_cases([ad], now=later(hours=2))
    open_or_update_cases([ad], now=later(hours=3))

    case.refresh_from_db()
    assert (case.state, case.note) == (after, note)
    assert case.conclusion == ("" if after == State.OPEN else conclusion)
    expected = "case.reopen" if after == State.OPEN else "case.note"
    said = Event.objects.filter(action__in=["case.reopen", "case.note"])
    assert [event.action for event in said] == ([expected] if note else [])
    assert Outbox.objects.exists() is (after == State.OPEN)
    assert Decision.objects.count() == 1


def test_near_duplicates_of_a_new_wording_find_the_case_too(store: Store) -> None:
    ad = _ad(_print())
    case = make_case(ad)
    add_version(ad, "全新的文字", fetched_at=later(hours=1))
    judge(ad, make_assessment("x", fingerprint="0" * 16))
    open_or_update_cases([ad], now=NOW)

    open_or_update_cases([_ad("0" * 15 + "1", site_id="b")], now=NOW)

    assert case.case_ads.count() == 2


def test_a_new_placement_of_a_decided_case_is_noted(store: Store) -> None:
    case = put_in_state(make_case(_ad(_print())), State.CONFIRMED, by=make_user("wang"))

    open_or_update_cases([_ad(_print(1), site_id="b")], now=NOW)

    case.refresh_from_db()
    assert (case.state, case.note) == (State.CONFIRMED, Note.MORE)


def test_a_pulled_out_ad_is_left_alone_until_it_is_flagged(store: Store) -> None:
    ad = _ad(_print())
    case = make_case(ad, _ad(_print(1), site_id="b"))
    CaseAd.objects.filter(ad=ad).update(pulled_out=True)
    judge(ad, make_assessment("x", fingerprint=_print(), needs_review=False))

    assert open_or_update_cases([ad], now=NOW) == []
    judge(ad, make_assessment("x", fingerprint=_print(), violations=("restricted_hours",)))
    (opened,) = open_or_update_cases([ad], now=NOW)
    assert open_or_update_cases([ad], now=NOW) == []

    own = Case.objects.get(pk=opened)
    assert own != case
    assert own.title
    assert [(row.ad, row.pulled_out) for row in own.case_ads.all()] == [(ad, False)]
    assert not case.labels.filter(label="restricted_hours").exists()


def test_an_ad_seen_again_makes_its_case_fresh(store: Store) -> None:
    ad = _ad(_print(), seen=NOW - timedelta(days=30))
    case = make_case(ad)
    before = case.priority
    Ad.objects.filter(pk=ad.pk).update(last_seen=NOW)

    assert open_or_update_cases([ad], now=NOW) == [case.pk]
    assert open_or_update_cases([ad], now=NOW) == []
    case.refresh_from_db()
    assert case.priority == pytest.approx(before + 1)


def test_priority_order_needs_no_refreshing(store: Store) -> None:
    old_risky = make_case(_ad("1" * 16, risk=1.0, seen=NOW - timedelta(days=60)))
    new_mild = make_case(_ad("e" * 16, risk=0.3))

    assert new_mild.priority > old_risky.priority


_OPEN = """
from datetime import UTC, datetime
from audit.casework import open_or_update_cases
from audit.models import Ad
ads = list(Ad.objects.filter(site_id=f"s{sys.argv[1]}"))
open_or_update_cases(ads, now=datetime.now(UTC))
"""


def test_concurrent_ingests_do_not_open_twin_cases(store: Store) -> None:
    for site in range(4):
        for number in range(10):
            _ad(f"{number:x}" * 16, site_id=f"s{site}")

    store.run_all(_OPEN, 4)

    assert Case.objects.count() == 10
    assert CaseAd.objects.count() == 40
    assert verify_chain() == []


def test_thousand_flagged_ads_take_under_three_seconds(store: Store) -> None:
    with writing():
        ads = [make_ad(f"第 {number} 个数学班", site_id=f"s{number % 9}") for number in range(1000)]
    started = time.process_time()

    open_or_update_cases(ads, now=NOW)

    assert time.process_time() - started < 3
    assert Case.objects.count() == 1000
