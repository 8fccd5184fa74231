import re
from pathlib import Path

import pytest

from crawler.site import MIN_PUBLIC_DELAY_SECONDS, Pace, Site, load_site

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "add-a-site.md").read_text("utf-8")


@pytest.mark.parametrize("number", range(len(re.findall(r"```yaml\n", TEXT))))
def test_docs_site_file_loads(tmp_path: Path, number: int) -> None:
    file = tmp_path / "bj_tzgg.yml"
    file.write_text(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[number], encoding="utf-8")
    site = load_site(file)
    assert site.schedule is not None


def test_docs_name_every_key_of_a_site() -> None:
    unnamed = [key for key in Site.__slots__ if key != "site_id" and f"{key}:" not in TEXT]
    assert unnamed == ["render"]  # nothing but `never` runs yet


def test_docs_numbers_are_those_of_the_code() -> None:
    pace = Pace()
    assert f"at least {MIN_PUBLIC_DELAY_SECONDS}" in TEXT
    assert f"`max_pages` ({pace.max_pages:,})" in TEXT
    assert f"`max_depth` ({pace.max_depth} links)" in TEXT
    assert pace.max_seconds == 4 * 3600


def test_docs_page_is_one_page() -> None:
    assert len(TEXT.splitlines()) < 60
