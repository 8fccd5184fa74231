"""Fill a data folder with a city's worth of ads, cases, sites and runs, in about a minute.

The texts are our training texts, each judged once by the real classifier and then carried by many
ads that differ in title, address and last line, so that spans, findings and labels are true.
Usage: python benchmarks/desk_rows.py FOLDER [ADS] [CASES]
"""

import hashlib
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

TRAIN = Path(__file__).resolve().parent.parent / "classifier" / "data" / "train"
PASSWORD = "only-for-benchmarks"
REGION = "150100"
# By site number; one site in ten is another city's.
REGIONS = (*("150102", "150103", "150104") * 3, "110108")
TEXTS = 300
SITES = 200
_BATCH = 500
_STREETS = ("新华", "中山", "兴安", "呼伦", "锡林", "大学", "通道", "昭乌达", "光明", "海拉尔")
_NAMES = ("启明", "博学", "新知", "求实", "远航", "文澜", "晨光", "育英", "思源", "致远")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One text with the machine's opinion of it."""

    title: str
    text: str
    payload: dict[str, Any]

    @property
    def needs_review(self) -> bool:
        return bool(self.payload["needs_review"])


def wordings(limit: int = TEXTS) -> list[Wording]:
    """Return training texts with their opinions, in file order."""
    from classifier.assess import Classifier
    from classifier.records import Document

    classifier = Classifier.load()
    rows = [
        json.loads(line)
        for file in sorted(TRAIN.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    chosen = random.Random(1).sample(rows, min(limit, len(rows)))
    found = []
    for row in chosen:
        title, text = row["title"] or row["text"][:18].split("\n")[0], row["text"]
        opinion = classifier.assess(Document(title=title, text=text, as_of=date(2026, 11, 25)))
        found.append(Wording(title=title, text=text, payload=opinion.to_dict()))
    return found


def blocks_of(text: str) -> list[dict[str, Any]]:
    """Return one block a line, as extraction does; empty lines have none."""
    blocks, start = [], 0
    for line in text.split("\n"):
        if line:
            blocks.append({"start": start, "end": start + len(line), "kind": "para", "main": True})
        start += len(line) + 1
    return blocks


@dataclass(slots=True)
class Maker:
    """Makes rows from wordings; the same seed gives the same rows."""

    rng: random.Random
    now: datetime

    def fill(self, pool: Sequence[Wording], *, ads: int, cases: int) -> None:
        """Write `ads` ads; their flagged ones make about `cases` cases."""
        flagged = [wording for wording in pool if wording.needs_review]
        clear = [wording for wording in pool if not wording.needs_review]
        done = offer = 0
        while done < ads:
            is_flagged = offer < cases
            copies = min(self.rng.choice((1, 1, 1, 1, 2, 3)) if is_flagged else 10, ads - done)
            wording = self.rng.choice(flagged if is_flagged else clear)
            self._write(wording, range(done, done + copies), offer=offer)
            done, offer = done + copies, offer + 1

    def _write(self, wording: Wording, numbers: range, *, offer: int) -> None:
        from audit.models import Ad, AdVersion, AssessmentRow, CaptureRow, Sighting

        ads = [self._ad(number, offer=offer) for number in numbers]
        captures = [_capture(ad) for ad in ads]
        Ad.objects.bulk_create(ads)
        CaptureRow.objects.bulk_create(captures)
        before = f"{self.rng.choice(_NAMES)}{offer % 997}："
        found = list(zip(ads, captures, strict=True))
        versions = [self._version(ad, capture, wording, before) for ad, capture in found]
        AdVersion.objects.bulk_create(versions)
        payload = {
            **_with_title_moved(wording.payload, len(before)),
            "fingerprint": hashlib.sha256(f"{offer}".encode()).hexdigest()[:16],
        }
        opinions = [_opinion(version, payload, self.now) for version in versions]
        AssessmentRow.objects.bulk_create(opinions)
        for ad, version, opinion in zip(ads, versions, opinions, strict=True):
            ad.version, ad.assessment = version, opinion
        Ad.objects.bulk_update(ads, ["version", "assessment"])
        Sighting.objects.bulk_create(
            [Sighting(ad=ad, capture=capture, site_id=ad.site_id) for ad, capture in found]
        )

    def _version(self, ad: Any, capture: Any, wording: Wording, before: str) -> Any:
        from audit.models import AdVersion

        title = before + wording.title
        text = f"{wording.text}\n校区：{self.rng.choice(_STREETS)}路{ad.pk}号"
        return AdVersion(
            ad=ad,
            capture=capture,
            text_digest=hashlib.sha256(f"{title}\n{text}".encode()).hexdigest(),
            title=title,
            text=text,
            blocks=blocks_of(text),
            publisher=f"{self.rng.choice(_NAMES)}教育",
            fetched_at=capture.fetched_at,
        )

    def _ad(self, number: int, *, offer: int) -> Any:
        from audit.models import Ad

        step = len(REGIONS)
        site = offer % step + step * self.rng.randrange(SITES // step)
        url = f"https://site-{site}.example/ad/{number}.html"
        seen = self.now - timedelta(hours=self.rng.randrange(24 * 90))
        return Ad(
            ad_id=hashlib.sha256(f"{url}\npage".encode()).hexdigest(),
            url=url,
            host=f"site-{site}.example",
            part="page",
            site_id=f"site-{site}",
            region=REGIONS[site % step],
            first_seen=seen - timedelta(days=self.rng.randrange(60)),
            last_seen=seen,
            live=self.rng.random() < 0.9,
            needs_assessment=False,
        )


def _capture(ad: Any) -> Any:
    from audit.models import CaptureRow

    return CaptureRow(
        capture_id=f"urn:uuid:{ad.ad_id[:32]}",
        url=ad.url,
        final_url=ad.url,
        fetched_at=ad.last_seen,
        http_status=200,
        content_type="text/html",
        payload_digest=f"sha256:{ad.ad_id}",
        warc_offset=512,
        purpose="crawl",
        site_id=ad.site_id,
        robots_allowed=True,
        robots_rule="allow: /",
    )


def _with_title_moved(value: Any, chars: int) -> Any:
    """Return the opinion with the title's spans moved behind the words put before it."""
    if isinstance(value, list | tuple):
        return [_with_title_moved(item, chars) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _with_title_moved(item, chars) for key, item in value.items()}
    if moved.get("field") == "title":
        moved |= {"start": moved["start"] + chars, "end": moved["end"] + chars}
    return moved


def _opinion(version: Any, payload: dict[str, Any], now: datetime) -> Any:
    from audit.models import AssessmentRow

    return AssessmentRow(
        version=version,
        as_of=now.date(),
        needs_review=payload["needs_review"],
        risk=payload["risk"],
        fingerprint=payload["fingerprint"],
        rules_version=payload["rules_version"],
        law_version=payload["law_version"],
        model_version=payload["model_version"] or "",
        payload=payload,
        assessed_at=now,
    )


def open_cases(*, now: datetime) -> None:
    """Open the cases of all flagged ads, as ingest does."""
    from audit.casework import open_or_update_cases
    from audit.models import Ad

    keys = list(
        Ad.objects.filter(assessment__needs_review=True).order_by("pk").values_list("pk", flat=True)
    )
    for start in range(0, len(keys), _BATCH):
        open_or_update_cases(list(Ad.objects.filter(pk__in=keys[start : start + _BATCH])), now=now)


def make_users() -> dict[str, str]:
    """Make one user per role, all with `PASSWORD`; return role to name."""
    from audit.accounts import create_user
    from audit.models import Role

    names = {str(role): f"bench-{role}" for role in Role.values}
    for role, name in names.items():
        region = "" if role == Role.ADMINISTRATOR else REGION
        create_user(name, role=role, region=region, password=PASSWORD, must_change=False)
    return names


def fill(*, ads: int = 20_000, cases: int = 2_000, seed: int = 1) -> dict[str, str]:
    """Fill an empty, migrated database; return role to user name. Django must be set up."""
    from desk_work import decide_some, write_sites

    from audit.database import writing

    rng, now = random.Random(seed), datetime.now(UTC)
    with writing():
        Maker(rng=rng, now=now).fill(wordings(), ads=ads, cases=cases)
        write_sites(rng, sites=SITES, regions=REGIONS, now=now)
    open_cases(now=now)
    users = make_users()
    decide_some(users, now=now)
    return users


def main() -> None:
    folder = Path(sys.argv[1])
    ads = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    cases = int(sys.argv[3]) if len(sys.argv) > 3 else ads // 10
    os.environ["JIANWEI_DATA"] = str(folder)
    from audit.cli.setup import open_database

    start = time.perf_counter()
    open_database(create=True)
    users = fill(ads=ads, cases=cases)
    print(f"{ads} ads, {cases} cases in {folder}: {time.perf_counter() - start:.0f} s")
    print(f"password {PASSWORD!r} of " + ", ".join(users.values()))
    print("then: jianwei index rebuild; jianwei serve")


if __name__ == "__main__":
    main()
