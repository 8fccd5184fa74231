"""The page of a case: what it shows to whom, and in how many queries."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Role
from tests.audit.builders import (
    make_ad,
    make_assessment,
    make_case,
    make_finding,
)

TEXT = "初三竖学一对一提分，周末上课。电话 13800001234。"


def test_page_shows_words_reasons_and_law(signed_in: Callable[..., Client]) -> None:
    assessment = make_assessment(TEXT, findings=(make_finding(TEXT, "一对一提分"),))
    case = make_case(make_ad(TEXT, "数学班", assessment=assessment))

    answer = signed_in(Role.REVIEWER).get(reverse("case", args=[case.pk]))

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "一对一提分" in html
    assert "00001234" not in html
