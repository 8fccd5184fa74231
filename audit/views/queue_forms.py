"""What people do to a case by a form of its own: assign it, declare a tie, pull an ad out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import policy
from audit.case_ads import placements
from audit.errors import NoSuchObjectError, PolicyError
from audit.models import Case, User
from audit.pull_out import pull_out
from audit.queue import assign
from audit.queue_filters import QueueFilters
from audit.queue_people import Person, people_for
from audit.ties import declare_tie
from audit.views.pages import page, section, user_of
from audit.views.queue import case_address, queue_address
from audit.views.queue_acts import REFUSED

_MAX_CHARS = 500

Act = Callable[[User, dict[str, str], datetime], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """Context of the form of one act; `typed` is what was sent, `problem` why it was refused."""

    case: Case
    filters: QueueFilters
    typed: dict[str, str]
    problem: str = ""
    people: tuple[Person, ...] = ()
    ad_url: str = ""


@section("queue")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def assign_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Choose the person who is to work on the case."""
    case, filters = _case(request, case_id, "assign"), QueueFilters.from_query(request.GET)
    people = people_for(case, datetime.now(UTC))

    def act(user: User, typed: dict[str, str], now: datetime) -> str:
        to = next((one.user for one in people if one.user.username == typed["to"]), None)
        if to is None:
            raise PolicyError(f"Case {case_id}: nobody chosen.", zh="请从名单中选择一位人员。")
        assign(user, case_id, to=to, region=typed["region"] or None, now=now)
        return queue_address(filters, did="assign", case=case_id)

    context = ActPage(case=case, filters=filters, typed={}, people=people)
    return _asked(request, "queue_assign.html", context, ("to", "region"), act)


@section("queue")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tie_to_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Declare a tie, with its reason."""
    case, filters = _case(request, case_id, "tie"), QueueFilters.from_query(request.GET)

    def act(user: User, typed: dict[str, str], now: datetime) -> str:
        declare_tie(user, case_id, reason=typed["reason"], now=now)
        return queue_address(filters, did="tie", case=case_id)

    context = ActPage(case=case, filters=filters, typed={})
    return _asked(request, "queue_tie.html", context, ("reason",), act)


@section("queue")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pull_out_ad(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take the ad that the address or form names out of the case."""
    case, filters = _case(request, case_id, "pull_out"), QueueFilters.from_query(request.GET)
    ad_id = request.POST.get("ad") or request.GET.get("ad", "")
    urls = {row.ad.ad_id: row.ad.url for row in placements(case)}

    def act(user: User, typed: dict[str, str], now: datetime) -> str:
        pull_out(user, case_id, ad_id, now=now)
        return case_address(case_id, filters)

    context = ActPage(case=case, filters=filters, typed={"ad": ad_id}, ad_url=urls.get(ad_id, ""))
    return _asked(request, "queue_pull_out.html", context, ("ad",), act)


def _case(request: HttpRequest, case_id: int, action: str) -> Case:
    user = user_of(request)
    case = policy.find_case(user, case_id)
    policy.allowed(user, action, case, now=datetime.now(UTC))
    return case


def _asked(
    request: HttpRequest, template: str, context: ActPage, names: tuple[str, ...], act: Act
) -> HttpResponse:
    """Show the form, or act on what was sent; a refusal shows above what was typed."""
    if request.method != "POST":
        return page(request, template, context)
    typed = {name: _sent(request, name) for name in names}
    try:
        return redirect(act(user_of(request), typed, datetime.now(UTC)))
    except NoSuchObjectError:
        raise
    except PolicyError as error:
        context = replace(context, typed=typed, problem=error.zh or REFUSED)
        return page(request, template, context, status=409)


def _sent(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "").strip()[:_MAX_CHARS]
