"""The page of one ad and the comparison of its versions."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from audit.models import Ad, Role
from tests.audit.builders import (
    NOW,
    add_version,
    judge,
    make_ad,
    make_assessment,
    make_case,
)

SignedIn = Callable[..., Client]


def page_of(client: Client, ad: Ad) -> str:
    answer = client.get(reverse("ad", args=[ad.ad_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_unflagged_ad_is_shown_with_its_evidence(signed_in: SignedIn) -> None:
    assessment = make_assessment("成人驾驶培训。", needs_review=False, risk=0.1)
    ad = make_ad("成人驾驶培训。", "驾校", assessment=assessment)

    html = page_of(signed_in(Role.INVESTIGATOR), ad)

    assert "成人驾驶培训。" in html
    assert "不需要人工研判" in html
    assert "WARC" not in html
    assert ad.version is not None
    assert ad.version.capture.payload_digest in html


def test_ad_of_a_case_links_to_it(signed_in: SignedIn) -> None:
    ad = make_ad()
    case = make_case(ad)

    html = page_of(signed_in(Role.REVIEWER), ad)

    assert f'href="{reverse("case", args=[case.pk])}"' in html


def test_unjudged_ad_is_shown_with_contacts_hidden(signed_in: SignedIn) -> None:
    ad = make_ad()
    add_version(ad, "联系电话 13800001234，王老师。", "新标题")
    Ad.objects.filter(pk=ad.pk).update(assessment=None)

    html = page_of(signed_in(Role.REVIEWER), ad)

    assert "机器尚未判断" in html
    assert "新标题" in html
    assert "13800001234" not in html


def test_ad_of_another_region_answers_like_none(signed_in: SignedIn) -> None:
    ad = make_ad(region="110100")
    client = signed_in(Role.REVIEWER)

    assert client.get(reverse("ad", args=[ad.ad_id])).status_code == 404
    assert client.get(reverse("ad", args=["0" * 64])).status_code == 404


def test_ad_lies_where_its_case_lies(signed_in: SignedIn) -> None:
    ad = make_ad(region="110100")
    case = make_case(ad)
    case.region = "150100"
    case.save()

    assert page_of(signed_in(Role.REVIEWER), ad)


def test_comparison_shows_words_that_went_and_came(signed_in: SignedIn) -> None:
    ad = make_ad("初三数学一对一，电话 13800001234。", seen=NOW - timedelta(days=2))
    earlier = ad.version
    assert earlier is not None
    text = "初三英语一对一，电话 13900005678。"
    add_version(ad, text)
    judge(ad, make_assessment(text))
    case = make_case(ad)
    client = signed_in(Role.REVIEWER)

    for name, key in (("case_diff", case.pk), ("ad_diff", ad.ad_id)):
        html = client.get(reverse(name, args=[key, earlier.pk])).content.decode()
        assert "<del>数学</del><ins>英语</ins>" in html
        assert "00001234" not in html
        assert "00005678" not in html


def test_comparison_of_equal_wordings_says_so(signed_in: SignedIn) -> None:
    ad = make_ad("同样的文字")
    earlier = ad.version
    assert earlier is not None
    add_version(ad, "同样的文字", "数学辅导")
    judge(ad, make_assessment("同样的文字"))

    answer = signed_in(Role.REVIEWER).get(reverse("ad_diff", args=[ad.ad_id, earlier.pk]))

    assert "文字没有变化" in answer.content.decode()
