"""Who may do what, on each database: the table of transitions against what the store does."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from audit import policy, queue
from audit.case_view import case_view
from audit.errors import PolicyError
from audit.models import Case, CaseAd, Decision, Event, Role, State, Tie, User
from audit.pull_out import pull_out
from audit.queue_filters import NO_REGION, QueueFilters
from audit.ties import declare_tie
from audit.transitions import load_transitions
from tests.audit.builders import HOHHOT, NOW, later, make_ad, make_case, make_user, put_in_state
from tests.contract.store import Store

Act = Callable[[User, Case, User], Any]

_numbers = count(1)


def _last_ad_id(case: Case) -> str:
    placement = CaseAd.objects.filter(case=case.pk).order_by("-pk").first()
    return placement.ad.ad_id if placement else "none"


def _case_of_two() -> Case:
    text = f"第 {next(_numbers)} 期初三数学提分班"
    return make_case(*[make_ad(text, site_id=site) for site in ("a", "b")])


ACTS: dict[str, Act] = {
    "show": lambda user, case, other: queue.look(user, case.pk, now=NOW),
    "open_personal": lambda user, case, other: case_view(
        user, case.pk, personal_purpose="核对联系方式", now=NOW
    ),
    "claim": lambda user, case, other: queue.claim(user, case.pk, now=NOW),
    "release": lambda user, case, other: queue.release(user, case.pk, now=NOW),
    "decide": lambda user, case, other: queue.decide(
        user, case.pk, conclusion="violation", reason="讲授学科", now=NOW
    ),
    "confirm": lambda user, case, other: queue.confirm(user, case.pk, now=NOW),
    "return": lambda user, case, other: queue.return_(user, case.pk, reason="再看", now=NOW),
    "withdraw": lambda user, case, other: queue.withdraw(user, case.pk, now=NOW),
    "pull_out": lambda user, case, other: pull_out(user, case.pk, _last_ad_id(case), now=NOW),
    "tie": lambda user, case, other: declare_tie(user, case.pk, reason="亲属任教", now=NOW),
    "assign": lambda user, case, other: queue.assign(user, case.pk, to=other, now=NOW),
}

# Written by hand, not read from the table: who can do the sensitive things, and where.
SENSITIVE: dict[str, set[tuple[str, str]]] = {
    "claim": {
        (role, state)
        for role in ("reviewer", "supervisor")
        for state in ("open", "returned", "claimed")
    },
    "decide": {("reviewer", "claimed"), ("supervisor", "claimed")},
    "confirm": {("supervisor", "proposed")},
    "return": {("supervisor", "proposed")},
    "withdraw": {("reviewer", "proposed"), ("supervisor", "proposed")},
    "pull_out": {("reviewer", "claimed"), ("supervisor", "claimed")},
    "tie": {
        (role, state)
        for role in ("reviewer", "supervisor", "investigator")
        for state in State.values
    },
    "assign": {("supervisor", "open"), ("supervisor", "returned"), ("supervisor", "claimed")},
    "open_personal": {
        (role, state)
        for role in ("reviewer", "supervisor", "investigator")
        for state in ("open", "claimed", "proposed", "returned", "confirmed", "closed")
    },
}


def _everything() -> tuple[Any, ...]:
    return (
        list(Case.objects.order_by("pk").values()),
        Decision.objects.count(),
        Event.objects.count(),
    )


def test_every_action_of_the_table_is_tried_here() -> None:
    assert set(ACTS) == set(load_transitions().actions)


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("role", Role.values)
def test_every_role_in_every_state(store: Store, role: str, action: str) -> None:
    """The person holds the case where it is claimed; they proposed it only where they withdraw."""
    user, proposer, other = make_user("user", role), make_user("proposer"), make_user("other")
    row = load_transitions().actions[action]
    wrong = []
    for state in State.values:
        by = user if action == "withdraw" else proposer
        case = put_in_state(_case_of_two(), state, holder=user, by=by)
        may = role in row.who and state in row.origins
        if action in SENSITIVE:
            assert may == ((role, state) in SENSITIVE[action]), (role, state)
        before = _everything()
        try:
            ACTS[action](user, case, other)
            did = True
        except PolicyError:
            did = False
            assert _everything() == before
        if did != may:
            wrong.append((state, "did" if did else "was refused"))
        elif did and row.targets:
            assert Case.objects.get(pk=case.pk).state in row.targets
    assert wrong == []


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("reason", ["region", "tie", "inactive", "holder"])
def test_every_action_asks_for_region_tie_and_holder(
    store: Store, action: str, reason: str
) -> None:
    row = load_transitions().actions[action]
    needed = {"region": "region", "tie": "untied", "holder": "holder", "inactive": "region"}[reason]
    if needed not in row.conditions:
        return
    user = make_user(
        "user",
        row.who[-1] if action == "show" else Role.SUPERVISOR,
        "150200" if reason == "region" else HOHHOT,
        is_active=reason != "inactive",
    )
    proposer, other = make_user("proposer"), make_user("other")
    state = next(state for state in row.origins if state != State.RETURNED)
    holder = other if reason == "holder" else user
    by = user if action == "withdraw" else proposer
    case = put_in_state(_case_of_two(), state, holder=holder, by=by)
    if reason == "tie":
        Tie.objects.create(user=user, case=case, declared_at=NOW)
    before = _everything()

    with pytest.raises(PolicyError):
        ACTS[action](user, case, other)

    assert _everything() == before


@pytest.mark.parametrize("action", ACTS)
def test_a_foreign_case_and_no_case_get_the_same_words(store: Store, action: str) -> None:
    user, other = make_user("user", Role.SUPERVISOR, "150200"), make_user("other")
    foreign = put_in_state(make_case(), State.OPEN)
    missing = Case(pk=foreign.pk + 1000)
    texts = []
    for case in (foreign, missing):
        with pytest.raises(PolicyError) as refused:
            ACTS[action](user, case, other)
        texts.append(str(refused.value).replace(str(case.pk), "N"))

    assert texts[0] == texts[1]
    assert texts[0].startswith("Case N: no such case for 'user'.")


@pytest.mark.parametrize(
    ("region", "grants", "case_region", "visible"),
    [
        ("150100", [], "150100", True),
        ("150100", [], "150105", True),
        ("150100", [], "150105001000", True),
        ("150000", [], "150105", True),
        ("150105", [], "150100", False),
        ("150100", [], "150000", False),
        ("150100", [], "150200", False),
        ("150200", ["150105"], "150105", True),
        ("150200", ["150105"], "150104", False),
        ("", [], "990000", True),
        ("", [], "", False),
        ("150100", [""], "", False),
    ],
)
def test_region_scope_is_a_prefix_and_grants(
    store: Store, region: str, grants: list[str], case_region: str, visible: bool
) -> None:
    user = make_user("user", Role.REVIEWER, region, grants=grants)
    case = make_case(make_ad(region=case_region))

    assert policy.in_region(user, case_region) is visible
    assert policy.visible_cases(user).filter(pk=case.pk).exists() is visible
    assert (queue.listing(user, now=NOW).total == 1) is visible


@pytest.mark.parametrize(
    ("role", "region", "visible"),
    [
        (Role.SUPERVISOR, "", True),
        (Role.SUPERVISOR, "150000", False),
        (Role.REVIEWER, "", False),
        (Role.INVESTIGATOR, "", False),
        (Role.AUDITOR, "", False),
        (Role.ADMINISTRATOR, "", False),
    ],
)
def test_unassigned_pool_is_the_top_supervisors(
    store: Store, role: str, region: str, visible: bool
) -> None:
    user = make_user("user", role, region)
    case = make_case(make_ad(region=""))

    assert policy.visible_cases(user).filter(pk=case.pk).exists() is visible
    assert queue.listing(user, QueueFilters(region=NO_REGION), now=NOW).total == (
        1 if visible else 0
    )


def test_zone_is_seen_by_the_bureau_that_it_lies_within(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.regions.load_zones", lambda: {"990101": "150105"})
    case = make_case(make_ad(region="990101"))

    for region, visible in (("150100", True), ("150105", True), ("150104", False)):
        user = make_user(f"user{region}", region=region)
        assert policy.in_region(user, "990101") is visible
        assert policy.visible_cases(user).filter(pk=case.pk).exists() is visible


def test_refusal_says_who_what_why_and_what_to_do(store: Store) -> None:
    wang, case = make_user("wang"), make_case()

    with pytest.raises(PolicyError) as refused:
        queue.decide(wang, case.pk, conclusion="violation", reason="x", now=NOW)

    assert str(refused.value) == (
        f"Case {case.pk}: reviewer 'wang' may not decide it: it is open, and that needs claimed."
        " Claim it first."
    )


def test_assign_gives_a_case_of_the_pool_a_region(store: Store) -> None:
    top, wang = make_user("top", Role.SUPERVISOR, ""), make_user("wang")
    case = make_case(make_ad(region=""))

    queue.assign(top, case.pk, to=wang, now=NOW)

    case.refresh_from_db()
    assert (case.region, case.assigned_to) == (HOHHOT, wang)
    queue.claim(wang, case.pk, now=NOW)


@pytest.mark.parametrize(
    ("values", "region", "says"),
    [
        ({"region": "150200"}, None, "their region does not cover 150100"),
        ({"role": Role.INVESTIGATOR}, None, "needs an active reviewer or supervisor"),
        ({"is_active": False}, None, "needs an active reviewer or supervisor"),
        ({}, "150105", "it has region 150100 already"),
    ],
    ids=["region", "role", "inactive", "other-region"],
)
def test_assign_refuses_a_person_who_cannot_work_on_it(
    store: Store, values: dict[str, Any], region: str | None, says: str
) -> None:
    boss = make_user("boss", Role.SUPERVISOR)
    to = make_user("to", **values)
    case = make_case()

    with pytest.raises(PolicyError, match=says):
        queue.assign(boss, case.pk, to=to, region=region, now=NOW)


def test_assign_refuses_a_tied_person_and_a_pool_case_without_region(store: Store) -> None:
    top, wang = make_user("top", Role.SUPERVISOR, ""), make_user("wang")
    everywhere = make_user("everywhere", region="")
    case, pool = make_case(), make_case(make_ad(region=""))
    Tie.objects.create(user=wang, case=case, declared_at=NOW)

    with pytest.raises(PolicyError, match="they declared a tie"):
        queue.assign(top, case.pk, to=wang, now=NOW)
    with pytest.raises(PolicyError, match="no region yet"):
        queue.assign(top, pool.pk, to=everywhere, now=NOW)
    queue.assign(top, pool.pk, to=everywhere, region="150105", now=NOW)


def test_opening_personal_data_writes_an_event_with_its_purpose(store: Store) -> None:
    wang, case = make_user("wang"), make_case()

    with pytest.raises(PolicyError, match="needs a purpose"):
        case_view(wang, case.pk, personal_purpose=" ", now=NOW)
    case_view(wang, case.pk, now=NOW)
    assert not Event.objects.filter(action="personal.open").exists()
    view = case_view(wang, case.pk, personal_purpose="核对电话", now=later(minutes=1))

    event = Event.objects.get(action="personal.open")
    assert (event.actor, event.object_id, event.purpose) == ("wang", str(case.pk), "核对电话")
    assert view["personal_opened"]
