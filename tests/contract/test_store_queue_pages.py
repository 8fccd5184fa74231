"""What the page of the queue asks of each database: counts, pages, people, regions."""

from audit import queue
from audit.models import Case, Role, State, Tie, User
from audit.queue_counts import first_tab, regions_of_cases, tab_counts
from audit.queue_filters import QueueFilters, Tab
from audit.queue_listing import listing
from audit.queue_people import people_for
from tests.audit.builders import (
    NOW,
    make_ad,
    make_assessment,
    make_case,
    make_user,
    put_in_state,
)


def _case(number: int, *, risk: float = 0.5, region: str = "150100") -> Case:
    text = f"第 {number} 期初三数学班"
    return make_case(make_ad(text, assessment=make_assessment(text, risk=risk), region=region))


def test_tab_counts_are_the_lengths_of_the_lists(wang: User) -> None:
    zhao = make_user("zhao")
    held, tied, proposed, returned, waiting, _ = (_case(number) for number in range(6))
    queue.claim(wang, held.pk, now=NOW)
    Tie.objects.create(user=wang, case=tied, declared_at=NOW)
    put_in_state(proposed, State.PROPOSED, by=zhao)
    put_in_state(returned, State.RETURNED, by=zhao)
    queue.claim(zhao, waiting.pk, now=NOW)
    queue.decide(zhao, waiting.pk, conclusion="needs_evidence", reason="等核实", now=NOW)

    for filters in (QueueFilters(), QueueFilters(label="math", title="数学", region="150000")):
        counts = tab_counts(wang, filters, NOW)
        lengths = {tab: listing(wang, filters.on(tab), now=NOW).total for tab in Tab}
        assert counts == lengths
        assert counts == {
            "mine": 1,
            "unclaimed": 2,
            "proposed": 1,
            "returned": 1,
            "due": 0,
            "all": 6,
        }
    assert first_tab(wang, QueueFilters(), NOW) == Tab.MINE
    assert first_tab(zhao, QueueFilters(), NOW) == Tab.UNCLAIMED


def test_pages_hold_every_case_once_also_among_equals(wang: User) -> None:
    cases = [_case(number, risk=0.9 if number < 3 else 0.1 + 0.2 / 3) for number in range(11)]
    found: list[int] = []
    starts = []
    cursor = ""
    while True:
        page = listing(wang, limit=4, after=cursor, now=NOW)
        found += [case.pk for case in page.cases]
        starts.append(page.start)
        cursor = page.cursor
        if not cursor:
            break

    assert found == [case.pk for case in cases]
    assert starts == [0, 4, 8]


def test_people_for_a_case_are_those_who_could_claim_it(wang: User) -> None:
    case = _case(1)
    for name, role, region in (
        ("boss", Role.SUPERVISOR, ""),
        ("other", Role.REVIEWER, "150200"),
        ("audit", Role.AUDITOR, "150100"),
    ):
        make_user(name, role, region)
    Tie.objects.create(user=make_user("tied"), case=case, declared_at=NOW)
    queue.claim(wang, _case(2).pk, now=NOW)

    people = people_for(case, NOW)

    assert [(person.user.username, person.held) for person in people] == [("boss", 0), ("wang", 1)]
    assert [person.region_zh for person in people] == ["全部地区", "呼和浩特市"]


def test_regions_of_cases_are_only_those_that_the_user_may_see(wang: User) -> None:
    for number, region in enumerate(("150105", "150100", "150105", "150200", "")):
        _case(number, region=region)

    assert regions_of_cases(wang) == ["150100", "150105"]
    assert regions_of_cases(make_user("top", Role.SUPERVISOR, "")) == [
        "",
        "150100",
        "150105",
        "150200",
    ]
