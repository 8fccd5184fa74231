"""Region codes and local zones."""

from pathlib import Path

import pytest

from audit import regions
from audit.errors import ConfigError


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("150000", "15"),
        ("150100", "1501"),
        ("150105", "150105"),
        ("150105001000", "1501050010"),
        ("150105000000", "150105"),
        ("110000", "11"),
        ("100000", "10"),
        ("", ""),
    ],
)
def test_prefix_drops_trailing_zero_pairs(code: str, prefix: str) -> None:
    assert regions.prefix(code) == prefix


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("150100", True),
        ("150105001", True),
        ("1501", False),
        ("15010a", False),
        ("１５０１００", False),
    ],
)
def test_code_is_six_digits_or_longer(code: str, is_one: bool) -> None:
    assert regions.is_code(code) is is_one


@pytest.mark.parametrize(
    ("scope", "region", "covered"),
    [
        (["150000"], "150105", True),
        (["150105"], "150000", False),
        (["150200", "150105"], "150105", True),
        ([""], "990000", True),
        ([""], "", False),
        ([], "150100", False),
    ],
)
def test_covers(scope: list[str], region: str, covered: bool) -> None:
    assert regions.covers(scope, region) is covered


def test_zone_is_covered_by_what_it_lies_within(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = {"990101": "150105", "990102": "990101", "990201": "990202", "990202": "990201"}
    monkeypatch.setattr(regions, "load_zones", lambda: zones)

    assert regions.covers(["150100"], "990102")
    assert not regions.covers(["150104"], "990102")
    assert not regions.covers(["150100"], "990201")
    assert regions.zones_covered(["150100"]) == ["990101", "990102"]


def test_bundled_zones_load() -> None:
    assert all(regions.is_code(code) for pair in regions.load_zones().items() for code in pair)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("15017,区,150100", "zone 15017: expected 6-digit"),
        ("150171,区,1501", "zone 150171: expected 6-digit"),
        ("150171,区,150100\n150171,区,150100", "zone 150171: stands twice"),
    ],
)
def test_bad_zone_is_named(tmp_path: Path, rows: str, says: str) -> None:
    file = tmp_path / "regions.csv"
    file.write_text(f"code,name,within\n{rows}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=says):
        regions.read_zones(file)
