"""The whole chain on the sample town: crawl, ingest, index, and the judgement against the truth.

The crawl is a process of its own (a crawl needs a fresh event loop); the rest is `jianwei`.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.canonical import canonical_url
from crawler.identity import ad_id, card_identity, page_ad_id
from crawler.ledger import Ledger, read_ledger
from crawler.town.moving import load_cards
from crawler.town.server import FOLDER, TRUTH_FILE, Town, site_ids
from tests.crawler.test_town import free_ports
from tests.e2e.conftest import Jianwei
from tests.e2e.town_pins import (
    LABEL_FLOORS,
    OPEN_FLAGS,
    OPEN_MISSES,
    OPEN_OFFERINGS,
    PRECISION_FLOOR,
    RECALL_FLOOR,
)

Line = dict[str, Any]
TRUTH: list[Line] = [
    json.loads(line) for line in TRUTH_FILE.read_text(encoding="utf-8").splitlines()
]
CARDS = load_cards(FOLDER / "pages" / "classifieds" / "cards.yml")

_CRAWL = """
import sys
from pathlib import Path
from crawler.process import crawl
from crawler.town.server import Town

town = Town(int(sys.argv[1]))
crawl(town.sites, data_folder=Path(sys.argv[2]), run_id=sys.argv[3], operator="e2e",
      contact="e2e@example.org", permitted=town.permitted)
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """The town after two crawls, the second with the cards moved on."""

    town: Town
    ledgers: tuple[Ledger, Ledger]
    ads: tuple[dict[str, Line], dict[str, Line]]
    hits: dict[str, Counter[str]]

    def ad(self, line: Line) -> Line | None:
        """Return what search says of a line of the truth, after the first crawl."""
        return self.ads[0].get(self.ad_id(line))

    def ad_id(self, line: Line) -> str:
        url = self.town.url(line["site"], line["path"])
        if "part" not in line:
            return page_ad_id(url)
        if line["part"] != "item":
            return ad_id(url, f"item:{canonical_url(url)}")
        (card,) = [card for card in CARDS if card.title == line["title"]]
        text = "".join((card.title, *card.lines))
        return card_identity(listing_url=url, detail_url=None, text=text).ad_id


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    jianwei = Jianwei(tmp_path_factory.mktemp("town") / "data")
    jianwei.run("migrate")
    ledgers, ads, hits = [], [], {}
    with Town.serve(free_ports(len(site_ids()))) as town:
        for number, shift in enumerate((0, 3)):
            town.shift = shift
            ledgers.append(_crawl(jianwei.data, town, run_id=f"01TOWN0000000000000000000{number}"))
            jianwei.run("ingest")
            ads.append(jianwei.ads())
            if number == 0:
                hits = {site_id: town.hits(site_id) for site_id in site_ids()}
        yield Chain(town, (ledgers[0], ledgers[1]), (ads[0], ads[1]), hits)


def _crawl(data: Path, town: Town, *, run_id: str) -> Ledger:
    command = [sys.executable, "-c", _CRAWL, str(town.first_port), str(data), run_id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return read_ledger(data / "runs" / run_id)


def reason_of(chain: Chain, site_id: str, target: str) -> tuple[str, str]:
    entry = chain.ledgers[0].get(site_id, canonical_url(chain.town.url(site_id, target)))
    assert entry is not None, f"{site_id}{target} is not in the ledger"
    return entry.outcome, entry.reason


def test_ledger_adds_up(chain: Chain) -> None:
    for ledger in chain.ledgers:
        totals = ledger.totals()
        assert totals["found"] == sum(count for key, count in totals.items() if key != "found")
        assert totals["fetched"] + totals["unchanged"] > 150
        assert ledger.outcome == "done"


def test_every_line_of_the_truth_became_an_ad(chain: Chain) -> None:
    absent = [f"{line['site']}{line['path']}" for line in TRUTH if chain.ad(line) is None]
    assert absent == []


def test_no_page_is_fetched_twice(chain: Chain) -> None:
    twice = {
        f"{site_id}{target}": count
        for site_id, hits in chain.hits.items()
        for target, count in hits.items()
        if count > 1 and reason_of(chain, site_id, target)[0] != "failed"
    }
    assert twice == {}


def test_forbidden_part_is_never_fetched(chain: Chain) -> None:
    for site_id, target in (("baishun", "/member/jianli.html"), ("bureau", "/oa/login.html")):
        assert chain.hits[site_id][target] == 0
        assert chain.hits[site_id]["/robots.txt"] == 1
        assert reason_of(chain, site_id, target)[0] == "skipped"
        assert "robots" in reason_of(chain, site_id, target)[1]


def test_endless_calendar_is_cut(chain: Chain) -> None:
    (daily,) = [site for site in chain.town.sites if site.site_id == "daily"]
    assert sum(chain.hits["daily"].values()) <= daily.pace.max_pages + 1
    assert any(entry.outcome == "skipped" for entry in chain.ledgers[0].entries("daily"))
    for line in TRUTH:
        if line["site"] == "daily":
            assert chain.ad(line) is not None, line["path"]


@pytest.mark.parametrize(
    ("site_id", "target", "status"),
    [
        ("middle", "/info/0998.html", 404),
        ("daily", "/2019/0612/A03-1.html", 410),
        ("jobs", "/zhiwei/10077.html", 410),
        ("bureau", "/ztzl/sjtj.html", 500),
    ],
)
def test_dead_link_is_in_the_ledger_with_its_reason(
    chain: Chain, site_id: str, target: str, status: int
) -> None:
    outcome, reason = reason_of(chain, site_id, target)
    assert outcome == "failed"
    assert str(status) in reason


def test_page_without_text_and_redirects_make_no_offer(chain: Chain) -> None:
    for site_id, target in (
        ("driving", "/kong.html"),
        ("library", "/index.html"),
        ("bureau", "/xxgk/old/1183.html"),
    ):
        ad = chain.ads[0].get(page_ad_id(chain.town.url(site_id, target)))
        assert ad is None or not ad["needs_review"]


def test_moved_cards_keep_their_ads(chain: Chain) -> None:
    before, after = chain.ads
    assert set(before) == set(after)
    unchanged = chain.ledgers[1].totals()["unchanged"]
    moved = sum(1 for line in TRUTH if line["path"].startswith("/jiaoyu/?"))
    assert unchanged >= chain.ledgers[0].totals()["fetched"] - moved


def judged(chain: Chain) -> list[tuple[Line, Line]]:
    """Return the lines on which careful regulators agree, each with what search says of its ad."""
    return [(line, ad) for line in TRUTH if (ad := chain.ad(line)) and not line.get("hard")]


def name_of(line: Line) -> str:
    if line.get("part") == "item":
        return f"{line['site']} «{line['title']}»"
    return f"{line['site']}{line['path']}"


def told(line: Line, ad: Line) -> str:
    return f"{name_of(line)} «{line['title']}»: {ad['labels']}, risk {ad['risk']:.2f}"


def test_no_honest_page_is_flagged(chain: Chain) -> None:
    wrong = [
        told(line, ad)
        for line, ad in judged(chain)
        if ad["needs_review"] and not line["needs_review"] and name_of(line) not in OPEN_FLAGS
    ]
    assert wrong == []


def test_every_offending_page_is_flagged(chain: Chain) -> None:
    missed = [
        told(line, ad)
        for line, ad in judged(chain)
        if line["needs_review"] and not ad["needs_review"] and name_of(line) not in OPEN_MISSES
    ]
    assert missed == []


def test_review_recall_and_precision_hold(
    chain: Chain, record_property: Callable[[str, object], None]
) -> None:
    counts = Counter((line["needs_review"], ad["needs_review"]) for line, ad in judged(chain))
    right = counts[True, True]
    recall = right / (right + counts[True, False])
    precision = right / (right + counts[False, True])
    record_property("recall", round(recall, 3))
    record_property("precision", round(precision, 3))
    told_counts = f"recall {recall:.3f}, precision {precision:.3f}"
    assert recall >= RECALL_FLOOR, told_counts
    assert precision >= PRECISION_FLOOR, told_counts


def test_open_questions_are_lines_of_the_truth() -> None:
    honest = {name_of(line) for line in TRUTH if not line["needs_review"]}
    offending = {name_of(line) for line in TRUTH if line["needs_review"]}
    assert honest >= OPEN_FLAGS
    assert offending >= OPEN_MISSES | OPEN_OFFERINGS


def test_nothing_outside_the_truth_is_flagged(chain: Chain) -> None:
    """A page under a second address, or a card that stands for a page, is as that page is."""
    offending = {
        canonical_url(chain.town.url(line["site"], line["path"]))
        for line in TRUTH
        if line["needs_review"] or line.get("hard")
    }
    offending |= {url.removesuffix("index.htm") for url in offending}
    known = {chain.ad_id(line) for line in TRUTH}
    wrong = [
        f"{ad['url']} «{ad['title']}»: {ad['labels']}"
        for key, ad in chain.ads[0].items()
        if key not in known and ad["needs_review"] and ad["url"] not in offending
    ]
    assert wrong == []


def test_flagged_pages_show_the_right_offering(chain: Chain) -> None:
    wrong = [
        told(line, ad)
        for line, ad in judged(chain)
        if line["needs_review"]
        and ad["needs_review"]
        and not set(line["offerings"]) & set(ad["labels"])
        and name_of(line) not in OPEN_OFFERINGS
    ]
    assert wrong == []


def test_disguises_and_violations_are_found(chain: Chain) -> None:
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for line, ad in judged(chain):
        labels = {*line["disguises"], *line["violations"]}
        wanted.update(labels)
        found.update(labels & set(ad["labels"]))
    assert set(LABEL_FLOORS) == set(wanted)
    below = {
        label: f"{found[label]} of {wanted[label]} found, floor {floor}"
        for label, floor in LABEL_FLOORS.items()
        if found[label] < floor
    }
    assert below == {}
