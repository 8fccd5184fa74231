"""What ingest makes of evidence that changes, arrives late, twice, or cut."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.conftest import Jianwei, ServedFolder
from tests.e2e.sites import write_site

PAGES = 6


def states(jianwei: Jianwei) -> dict[str, tuple[int, int, int]]:
    """Return path → (live, wordings, sightings)."""
    query = """SELECT url, live,
        (SELECT count(*) FROM audit_adversion v WHERE v.ad_id = a.id),
        (SELECT count(*) FROM audit_sighting s WHERE s.ad_id = a.id) FROM audit_ad a"""
    with sqlite3.connect(jianwei.data / "jianwei.sqlite3") as database:
        return {urlsplit(row[0]).path: tuple(row[1:]) for row in database.execute(query)}


def test_changed_and_removed_pages_are_told_apart(
    jianwei: Jianwei, tmp_path: Path, serve_folder: Callable[[Path], ServedFolder]
) -> None:
    folder = write_site(tmp_path / "site", pages=PAGES)
    served = serve_folder(folder)
    jianwei.json("crawl", "--url", served.url)
    (folder / "3.html").unlink()
    changed = (folder / "4.html").read_text(encoding="utf-8").replace("编号4", "编号四，改过")
    (folder / "4.html").write_text(changed, encoding="utf-8")

    run = jianwei.json("crawl", "--url", served.url)

    assert run["ingest"]["ads_gone"] == 1
    assert run["ingest"]["ads_changed"] == 1
    found = states(jianwei)
    assert found["/3.html"] == (0, 1, 1)
    assert found["/4.html"] == (1, 2, 2)
    assert found["/5.html"] == (1, 1, 2)


def test_older_evidence_that_arrives_later_does_not_become_current(
    make_jianwei: Callable[[str], Jianwei],
    tmp_path: Path,
    serve_folder: Callable[[Path], ServedFolder],
) -> None:
    folder = write_site(tmp_path / "site", pages=PAGES)
    served = serve_folder(folder)
    early, late = make_jianwei("early"), make_jianwei("late")
    early.json("crawl", "--url", served.url, "--no-ingest")
    changed = (folder / "4.html").read_text(encoding="utf-8").replace("第4页", "新的第4页")
    (folder / "4.html").write_text(changed, encoding="utf-8")
    late.json("crawl", "--url", served.url)

    (old,) = early.data.glob("evidence/crawl/*.warc.gz")
    report = late.json("ingest", str(old))

    assert report["ads_new"] == 0
    assert states(late)["/4.html"] == (1, 2, 2)
    titles = {urlsplit(ad["url"]).path: ad["title"] for ad in late.ads().values()}
    assert titles["/4.html"] == "新的第4页"


def test_ingest_twice_and_again_changes_nothing(
    jianwei: Jianwei, tmp_path: Path, serve_folder: Callable[[Path], ServedFolder]
) -> None:
    served = serve_folder(write_site(tmp_path / "site", pages=PAGES))
    jianwei.json("crawl", "--url", served.url)
    before, ads = states(jianwei), jianwei.ads()

    second = jianwei.json("ingest")
    again = jianwei.json("ingest", "--again")

    assert (second["files"], second["captures"]) == (0, 0)
    assert again["files"] == 1
    assert (again["captures"], again["ads_new"], again["ads_changed"]) == (0, 0, 0)
    assert states(jianwei) == before
    assert jianwei.ads() == ads


def test_cut_file_gives_what_stands_before_the_cut(
    make_jianwei: Callable[[str], Jianwei],
    tmp_path: Path,
    serve_folder: Callable[[Path], ServedFolder],
) -> None:
    served = serve_folder(write_site(tmp_path / "site", pages=PAGES))
    whole, cut = make_jianwei("whole"), make_jianwei("cut")
    whole.json("crawl", "--url", served.url)
    (file,) = whole.data.glob("evidence/crawl/*.warc.gz")
    shorter = tmp_path / "cut.warc.gz"
    shorter.write_bytes(file.read_bytes()[:-1500])

    report = cut.json("ingest", str(shorter), code=1)

    assert len(report["damaged"]) == 1
    assert "imported/" in report["damaged"][0]
    assert 0 < report["ads_new"] < PAGES + 1
    assert cut.ads().keys() < whole.ads().keys()


def test_missing_file_is_one_clear_line(jianwei: Jianwei, tmp_path: Path) -> None:
    assert jianwei.run("ingest", str(tmp_path / "absent.warc.gz"), code=1) == ""


def test_file_of_another_kind_is_refused(jianwei: Jianwei, tmp_path: Path) -> None:
    (tmp_path / "notes.warc.gz").write_text("this is no archive")

    assert jianwei.run("ingest", str(tmp_path / "notes.warc.gz"), code=1) == ""

    assert list(jianwei.data.glob("evidence/imported/*")) == []
