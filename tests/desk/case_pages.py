"""What the tests of the case page share: claimed cases and the form that the page sends."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audit.models import Case, User
from audit.queue import claim


def now() -> datetime:
    """Return the real time: views read the clock themselves."""
    return datetime.now(UTC)


def claimed(case: Case, name: str = "reviewer") -> Case:
    """Let a person hold the case."""
    return claim(User.objects.get(username=name), case.pk, now=now())


def form_of(case: Case, **changes: Any) -> dict[str, Any]:
    """Return what the form of a claimed case sends when nothing but the reason is typed."""
    ad = case.case_ads.get(ad__parent=None).ad
    values = {
        "conclusion": "violation",
        "labels": ["subject_tutoring", "math"],
        "label_spans": "{}",
        "clauses": ["moe53-a17-unlicensed"],
        "reason": "原文写明讲授学科内容",
        "due": "",
        "opinion": str(ad.assessment_id),
        "version": str(ad.version_id),
        "then": "stay",
    }
    return {**values, **changes}


def decide(client: Client, case: Case, query: str = "", **changes: Any) -> HttpResponse:
    """Send the decision form."""
    address = f"{reverse('case_decide', args=[case.pk])}{query}"
    answer: HttpResponse = client.post(address, form_of(case, **changes))
    return answer


def html_of(client: Client, case: Case, query: str = "") -> str:
    """Return the page of a case."""
    answer = client.get(f"{reverse('case', args=[case.pk])}{query}")
    assert answer.status_code == 200
    return answer.content.decode()
