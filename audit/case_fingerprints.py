"""Finding the case of a near-duplicate text without comparing it with every case.

A fingerprint has 64 bits in four bands of 16. Two that differ in at most three bits agree in at
least one whole band, so only cases that share a band are compared.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import count

from django.db.models import Q

from audit.models import Case, CaseFingerprint
from classifier.fingerprint import distance

MAX_DISTANCE = 3
_BANDS = 4
_CHUNK = 200


def bands(fingerprint: str) -> tuple[int, int, int, int]:
    """Return the four 16-bit bands of a fingerprint."""
    one, two, three, four = (int(fingerprint[start : start + 4], 16) for start in range(0, 16, 4))
    return one, two, three, four


def row_of(case: Case, fingerprint: str) -> CaseFingerprint:
    """Build the row that lets near-duplicates of this wording find the case."""
    band0, band1, band2, band3 = bands(fingerprint)
    return CaseFingerprint(
        case=case, value=fingerprint, band0=band0, band1=band1, band2=band2, band3=band3
    )


class CaseFinder:
    """Knows the cases that some fingerprints may belong to, those of the database and new ones."""

    def __init__(self, fingerprints: Iterable[str]) -> None:
        self._by_band: defaultdict[tuple[int, int], list[tuple[str, int, Case]]]
        self._by_band = defaultdict(list)
        self._ages = count()
        wanted = sorted(set(fingerprints))
        rows: dict[int, CaseFingerprint] = {}
        for start in range(0, len(wanted), _CHUNK):
            rows |= {row.pk: row for row in _sharing_a_band(wanted[start : start + _CHUNK])}
        for _, row in sorted(rows.items()):
            self.add(row.value, row.case)

    def add(self, fingerprint: str, case: Case) -> None:
        """Make a case findable under a fingerprint; the case need not be saved yet."""
        age = next(self._ages)
        for number, band in enumerate(bands(fingerprint)):
            self._by_band[number, band].append((fingerprint, age, case))

    def find(self, fingerprint: str, region: str) -> Case | None:
        """Return the nearest case of that region within `MAX_DISTANCE`, the oldest of equals."""
        near = [
            (gap, age, case)
            for number, band in enumerate(bands(fingerprint))
            for value, age, case in self._by_band.get((number, band), ())
            if case.region == region and (gap := distance(value, fingerprint)) <= MAX_DISTANCE
        ]
        return min(near, key=lambda found: found[:2])[2] if near else None


def _sharing_a_band(fingerprints: list[str]) -> Iterable[CaseFingerprint]:
    columns = list(zip(*(bands(value) for value in fingerprints), strict=True))
    wanted = Q()
    for number in range(_BANDS):
        wanted |= Q(**{f"band{number}__in": sorted(set(columns[number]))})
    return CaseFingerprint.objects.filter(wanted).select_related("case").order_by("pk")
