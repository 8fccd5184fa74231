from pathlib import Path

import pytest

from audit.config import SETTINGS, read_settings
from audit.errors import ConfigError


def test_read_settings_defaults_name_their_source(tmp_path: Path) -> None:
    values = read_settings({}, tmp_path)

    assert {value.source for value in values.values()} == {"default"}
    assert values["data"].value == Path("var")


def test_read_settings_variable_wins_over_file(tmp_path: Path) -> None:
    (tmp_path / "jianwei.toml").write_text('claim_minutes = 5\ncontact = "a@example.org"\n')

    values = read_settings({"JIANWEI_CLAIM_MINUTES": "7"}, tmp_path)

    assert values["claim_minutes"].value == 7
    assert values["claim_minutes"].source == "JIANWEI_CLAIM_MINUTES"
    assert values["contact"].value == "a@example.org"
    assert values["contact"].source.endswith("jianwei.toml")


def test_read_settings_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "jianwei.toml").write_text("claim_minute = 5\n")

    with pytest.raises(
        ConfigError, match="unknown key 'claim_minute'. Did you mean 'claim_minutes'"
    ):
        read_settings({}, tmp_path)


def test_read_settings_wrong_kind_names_the_source(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="JIANWEI_CLAIM_MINUTES.*expected int, got 'soon'"):
        read_settings({"JIANWEI_CLAIM_MINUTES": "soon"}, tmp_path)


def test_read_settings_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "jianwei.toml").write_text("claim_minutes = \n")

    with pytest.raises(ConfigError, match=r"jianwei\.toml: not readable as TOML"):
        read_settings({}, tmp_path)


def test_read_settings_missing_named_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file at"):
        read_settings({"JIANWEI_CONFIG": str(tmp_path / "absent.toml")}, tmp_path)


def test_every_setting_is_documented(project_folder: Path) -> None:
    operations = (project_folder / "docs" / "operations.md").read_text(encoding="utf-8")

    missing = [s.name for s in SETTINGS if f"`JIANWEI_{s.name.upper()}`" not in operations]

    assert missing == []
