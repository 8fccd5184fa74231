"""The clauses behind a case's findings, with what held on the day that counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from audit.models import Ad, AdVersion
from classifier.labels import load_labels
from classifier.law import Provision, load_law

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedClause:
    """A provision and its standing for one ad: in force when last seen, or only when published."""

    provision: Provision
    in_force: bool
    in_force_when_published: bool

    @property
    def standing(self) -> str:
        if self.in_force:
            return "有效"
        if self.in_force_when_published:
            return "发布时有效，末次出现时已失效"
        return "生效日期不明" if self.provision.effective is None else "当日不在有效期"

    def to_dict(self) -> dict[str, Any]:
        provision = self.provision
        return {
            "id": provision.id,
            "instrument": provision.instrument,
            "document_number": provision.document_number or "",
            "number": provision.number,
            "gist": provision.gist,
            "penalty": provision.penalty or "",
            "standing": self.standing,
            "in_force": self.in_force,
            "note": provision.note,
        }


def last_day(ad: Ad) -> date:
    """Return the day that counts: when the ad was last seen, in Beijing."""
    return ad.last_seen.astimezone(BEIJING).date()


def _published(version: AdVersion) -> date | None:
    try:
        return date.fromisoformat(version.published_on)
    except ValueError:
        return None


def cited_clauses(clause_ids: Iterable[str], ad: Ad, version: AdVersion) -> list[CitedClause]:
    """Return the clauses once each, those in force on the ad's last day first.

    An id that the law files no longer have is left out; they are data and may be renamed.
    """
    law = load_law()
    published = _published(version)
    found = [
        CitedClause(
            provision=law[clause],
            in_force=law[clause].in_force(last_day(ad)),
            in_force_when_published=published is not None and law[clause].in_force(published),
        )
        for clause in dict.fromkeys(clause_ids)
        if clause in law
    ]
    return sorted(found, key=lambda cited: not cited.in_force)


def clause_values(cited: CitedClause, labels: Iterable[str]) -> dict[str, Any]:
    """Return a clause with the labels for which it is cited, each once."""
    names = list(dict.fromkeys(labels))
    return {**cited.to_dict(), "labels": names, "labels_zh": [zh_of(label) for label in names]}


def zh_of(label: str) -> str:
    """Return the label's Chinese name, or its id when the labels no longer have it."""
    labels = load_labels()
    return labels.zh(label) if label in labels else label
