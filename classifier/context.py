"""What the other pages of a site say about whom a vague page addresses."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from classifier.examine import Examined
from classifier.records import SiteContext
from classifier.rules import Rules

# A page is evidence when its rules reach this score; the site speaks once enough pages do.
_CLEAR_SCORE = 0.55
_ENOUGH_PAGES = 3
_AUDIENCES = {
    "subject_tutoring": "pupil",
    "foreign_curriculum": "pupil",
    "non_subject": "pupil",
    "preschool_academic": "preschool",
    "other_training": "adult",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvidence:
    """What one page shows by itself: whom it addresses, and which subjects it teaches."""

    audience: tuple[str, ...]
    subjects: tuple[str, ...]


def page_evidence(examined: Examined, rules: Rules) -> PageEvidence:
    """Return what a page shows, by the rules alone and without any context."""
    offers = [finding for finding in examined.offers if finding.score >= _CLEAR_SCORE]
    if any(finding.label == "not_training" for finding in offers):
        return PageEvidence(audience=(), subjects=())
    audience = {_AUDIENCES[finding.label] for finding in offers}
    subjects = set()
    if audience & {"pupil", "preschool"}:
        labels = {finding.label for finding in offers}
        found = rules.match(examined.main, "subject", labels=labels)
        subjects = {finding.label for finding in found}
    return PageEvidence(audience=tuple(sorted(audience)), subjects=tuple(sorted(subjects)))


def site_context(publishers: Iterable[str], pages: Iterable[PageEvidence]) -> SiteContext:
    """Sum the evidence of a site's pages; the publisher is the name most pages give."""
    audience: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    for page in pages:
        audience.update(page.audience)
        subjects.update(page.subjects)
    names = Counter(name for name in publishers if name)
    publisher = min(names, key=lambda name: (-names[name], name), default="")
    return make_context(publisher=publisher, audience=dict(audience), subjects=dict(subjects))


def make_context(
    *, publisher: str, audience: dict[str, int], subjects: dict[str, int]
) -> SiteContext:
    """Build a context with its digest."""
    plain = {"publisher": publisher, "audience": audience, "subjects": subjects}
    canonical = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return SiteContext(
        publisher=publisher,
        audience=dict(sorted(audience.items())),
        subjects=dict(sorted(subjects.items())),
        context_digest=digest,
    )


def leaning(context: SiteContext | None) -> float:
    """Return what the site's pages teach, from -1 (nothing regulated) to 1 (subjects); 0: unsaid.

    A page for pupils speaks for regulated teaching only where the site names school subjects: the
    pages of an art or sport school speak against it, as those of a school for adults do.
    """
    if context is None:
        return 0.0
    minors = context.audience.get("pupil", 0) + context.audience.get("preschool", 0)
    adults = context.audience.get("adult", 0)
    pages = minors + adults
    if pages < _ENOUGH_PAGES:
        return 0.0
    subject_pages = min(minors, max(context.subjects.values(), default=0))
    return (2 * subject_pages - pages) / pages
