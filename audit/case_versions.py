"""How an earlier or later wording of an ad differs from the one that is shown."""

from dataclasses import dataclass
from datetime import datetime

from audit.ad_view import ShownAd
from audit.displayable import displayable
from audit.errors import NoSuchObjectError
from audit.masking import Mask
from audit.models import AdVersion
from audit.word_diff import Diff, diff


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """The words of both, personal data hidden; `is_later` when the other one came afterwards."""

    captured_at: datetime
    is_later: bool
    title: Diff
    text: Diff

    @property
    def is_same(self) -> bool:
        return not any(part.new_chars or part.gone_chars for part in (self.title, self.text))


def version_diff(shown: ShownAd, version_id: int) -> VersionDiff:
    """Compare a version of the ad with the one that is shown, the earlier one first.

    Raises:
        NoSuchObjectError: the ad has no such version.
    """
    version = (
        AdVersion.objects.filter(ad=shown.ad, pk=version_id).first()
        if 0 < version_id < 2**63
        else None
    )
    if version is None:
        raise NoSuchObjectError(
            f"Ad {shown.ad.ad_id}: it has no version {version_id}. Look at its versions.",
            zh="这条广告没有这个版本。",
        )
    other, current = _mask(version), _mask(shown.version)
    is_later = (version.fetched_at, version.pk) > (shown.version.fetched_at, shown.version.pk)
    before, after = (current, other) if is_later else (other, current)
    return VersionDiff(
        captured_at=version.fetched_at,
        is_later=is_later,
        title=diff(displayable(before.title), displayable(after.title)),
        text=diff(displayable(before.text), displayable(after.text)),
    )


def _mask(version: AdVersion) -> Mask:
    opinion = version.assessments.order_by("-pk").first()
    return Mask(version if opinion is None else opinion)
