"""Read the facts that a text states: for whom, what, when, where, by whom, for how much.

Facts are plain: whether the text denies, forbids or quotes them is for the rules to say.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from classifier.contacts import contacts
from classifier.grades import ages, grades
from classifier.lexicons import Hit, load_lexicons
from classifier.money import amounts, prices
from classifier.names import institutions, people
from classifier.normalise import to_raw_span
from classifier.records import Fact, FactKind, Normalised, Span
from classifier.stated import Stated
from classifier.times import clocks, dates, days

Reader = Callable[[str], Iterator[Stated]]

# No ad states more of one kind; a page of nothing but numbers must not cost minutes.
MAX_PER_READER = 500
LISTED_KINDS: dict[str, FactKind] = {"subject": "subject", "teacher": "teacher", "venue": "venue"}


def facts(n: Normalised, kind: str | None = None) -> tuple[Fact, ...]:
    """Give the facts (of one kind) of the decoded text by place, with spans on the original."""
    readers = READERS if kind is None else (READER_OF[kind],)
    stated = [found for reader in readers for found in islice(reader(n.decoded), MAX_PER_READER)]
    if kind is not None:
        stated = [found for found in stated if found.kind == kind]
    ordered = dict.fromkeys(sorted(stated, key=lambda found: (found.start, found.end, found.kind)))
    return tuple(_fact(n, found) for found in ordered)


def listed(text: str) -> Iterator[Stated]:
    """Find subjects, teachers and venues by their words; the longest word of a list wins."""
    held: dict[str, Hit] = {}
    for hit in load_lexicons().hits(text):
        before = held.get(hit.lexicon)
        if before is not None and hit.start <= before.start:
            held[hit.lexicon] = hit
        elif before is None or hit.start >= before.end:
            held[hit.lexicon] = hit
            if before is not None:
                yield _listed(before)
    yield from map(_listed, held.values())


def _listed(hit: Hit) -> Stated:
    kind, _, value = hit.lexicon.partition("_")
    return Stated(LISTED_KINDS[kind], value, hit.start, hit.end)


def _fact(n: Normalised, found: Stated) -> Fact:
    start, end = to_raw_span(n, found.start, found.end, form="decoded")
    span = Span(start=start, end=end, text=n.raw[start:end])
    return Fact(kind=found.kind, value=found.value, span=span, unit=found.unit)


READER_OF: dict[str, Reader] = {
    "subject": listed,
    "teacher": listed,
    "venue": listed,
    "grade": grades,
    "age": ages,
    "price": prices,
    "lessons": amounts,
    "clock": clocks,
    "weekday": days,
    "date": dates,
    "contact": contacts,
    "person": people,
    "institution": institutions,
}
READERS = tuple(dict.fromkeys(READER_OF.values()))
