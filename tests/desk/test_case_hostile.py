"""Whatever a crawled page says, it is text on the desk: every field is planted and looked for."""

import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Ad, AdVersion, AssessmentRow, CaptureRow, Case, Role
from classifier.records import Counterpoint, Decoding, Fact
from tests.audit.builders import (
    add_version,
    make_ad,
    make_assessment,
    make_case,
    make_finding,
    span_of,
)
from tests.desk.case_pages import claimed, html_of, now

SignedIn = Callable[..., Client]

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "\"'><img src=x onerror=alert(1)>"
TURNED = "\u202e\u2066abc\x1b[31m"
HOSTILE = f"{SCRIPT}{BREAKOUT}{{{{ 7|add:7 }}}}{{% load desk %}}"
ALLOWED_SCHEMES = ("/", "#", "?")


class Page(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def check_harmless(html: str) -> None:
    """Check that nothing of the page was made by what was planted."""
    page = Page(html)
    for tag, values in page.tags:
        assert not any(name.startswith("on") for name in values), (tag, values)
        assert "style" not in values, (tag, values)
        assert tag != "img"
        if tag == "script":
            assert (values.get("src") or "").startswith("/static/")
        for name in ("href", "action", "formaction", "hx-get"):
            target = values.get(name)
            assert target is None or target.startswith(ALLOWED_SCHEMES), (tag, name, target)
            assert not (target or "").startswith("//")
    assert "\x00" not in html
    assert "\u202e" not in html


def planted_ad() -> Ad:
    text = f"初三数学{HOSTILE}\n{TURNED}竖学{HOSTILE}"
    title = f"标题{HOSTILE}{TURNED}"
    assessment = make_assessment(
        text,
        findings=(
            make_finding(text, HOSTILE, reason=f"理由{HOSTILE}", decoded=HOSTILE),
            make_finding(
                text, f"竖学{HOSTILE}", label="coded_wording", axis="disguise", reason=HOSTILE
            ),
        ),
        decodings=(Decoding(span=span_of(text, "竖学"), plain=HOSTILE, method="x"),),
        against=(Counterpoint(reason=HOSTILE, spans=(span_of(text, HOSTILE),)),),
        missing=(f"{HOSTILE}\x00",),
        facts=(Fact(kind="venue", value=HOSTILE, span=span_of(text, HOSTILE)),),
    )
    url = f"https://town-a.example/{HOSTILE}{TURNED}"
    ad = make_ad(text, title, url=url, assessment=assessment)
    version = AdVersion.objects.get(ad=ad)
    version.publisher = f"{HOSTILE}{TURNED}"
    version.published_on = "<b>1"
    version.links = [{"url": "javascript:alert(1)", "text": HOSTILE}]
    version.blocks = [{"start": 0, "end": 5, "kind": "<script>", "main": True}]
    version.save()
    CaptureRow.objects.filter(pk=version.capture_id).update(
        url=f"javascript:alert(1){HOSTILE}",
        final_url=f"data:text/html,{HOSTILE}",
        content_type=HOSTILE,
        robots_rule=HOSTILE,
        site_id=BREAKOUT,
    )
    return ad


@pytest.fixture
def case(db: None) -> Case:
    return make_case(planted_ad())


def test_planted_fields_are_text_on_the_case_page(case: Case, signed_in: SignedIn) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)

    html = html_of(client, case)

    check_harmless(html)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 12


def test_planted_fields_are_text_when_personal_data_is_open(
    case: Case, signed_in: SignedIn
) -> None:
    answer = signed_in(Role.REVIEWER).post(
        reverse("case_personal", args=[case.pk]), {"purpose": HOSTILE}
    )

    check_harmless(answer.content.decode())


def test_planted_fields_are_text_on_the_ad_page(signed_in: SignedIn, db: None) -> None:
    ad = planted_ad()

    answer = signed_in(Role.INVESTIGATOR).get(reverse("ad", args=[ad.ad_id]))

    assert answer.status_code == 200
    check_harmless(answer.content.decode())


def test_planted_versions_are_text_in_the_comparison(case: Case, signed_in: SignedIn) -> None:
    ad = case.case_ads.get().ad
    earlier = add_version(ad, f"{HOSTILE}改", f"旧{BREAKOUT}", fetched_at=now())

    answer = signed_in(Role.REVIEWER).get(reverse("case_diff", args=[case.pk, earlier.pk]))

    check_harmless(answer.content.decode())


def test_typed_fields_are_text_when_they_come_back(case: Case, signed_in: SignedIn) -> None:
    client = signed_in(Role.REVIEWER)
    claimed(case)
    values = {"reason": HOSTILE, "opinion": "1", "label_spans": "{}", "version": "1"}

    answer = client.post(reverse("case_decide", args=[case.pk]), values)

    assert answer.status_code == 409
    check_harmless(answer.content.decode())
    assert SCRIPT not in answer.content.decode()


def test_lone_surrogates_of_a_machine_opinion_do_not_break_the_page(
    case: Case, signed_in: SignedIn
) -> None:
    row = case.case_ads.get().ad.assessment
    assert row is not None
    payload = {**row.payload, "missing": ["\ud800半个字"]}
    AssessmentRow.objects.filter(pk=row.pk).update(payload=payload)

    assert "\ufffd半个字" in html_of(signed_in(Role.REVIEWER), case)


@pytest.mark.parametrize(
    "part", ["0", "-1", "99999999999999999999", "٣", "\x00", "a" * 10_000, "2"]
)
def test_odd_addresses_are_answered(case: Case, signed_in: SignedIn, part: str) -> None:
    client = signed_in(Role.REVIEWER)

    answer = client.get(reverse("case", args=[case.pk]), {"part": part, "done": part})

    assert answer.status_code == 200


def test_combining_marks_and_huge_text_are_shown_in_parts_in_time(
    signed_in: SignedIn, db: None
) -> None:
    text = "数" + "\u0301" * 10_000 + "\n" + "补课班招生。" * 170_000
    quote = text[-6:]
    far = len(text) - 6
    finding = make_finding(text, "补课班招生。")
    span = type(finding.spans[0])(start=far, end=far + 6, text=quote)
    assessment = make_assessment(text, findings=(make_finding(text, quote, spans=(span,)),))
    case = make_case(make_ad(text, "长", assessment=assessment))
    client = signed_in(Role.REVIEWER)

    started = time.process_time()
    html = html_of(client, case)
    took = time.process_time() - started

    assert len(html) < 400_000
    assert f'data-start="{far}"' in html
    assert "分 35 段，这是第 35 段" in html
    assert "\u0301" * 100 in html_of(client, case, "?part=1")
    assert took < 3


def test_version_of_another_ad_is_not_compared(case: Case, signed_in: SignedIn) -> None:
    other = make_ad("别处的秘密", region="110100")
    client = signed_in(Role.REVIEWER)

    answer = client.get(reverse("case_diff", args=[case.pk, other.version_id]))

    assert answer.status_code == 404
