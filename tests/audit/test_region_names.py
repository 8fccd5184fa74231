"""Names of regions, beside their codes."""

from pathlib import Path

import pytest

from audit.errors import ConfigError
from audit.region_names import read_names, region_zh


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("150105", "赛罕区"),
        ("150172", "呼和浩特经济技术开发区"),
        ("150177", "150177"),
        ("", "未定"),
    ],
)
def test_region_has_its_name_or_its_code(code: str, name: str) -> None:
    assert region_zh(code) == name


@pytest.mark.parametrize("rows", ["1501,市", "150100,", "150100,市\n150100,城"])
def test_wrong_row_is_refused_with_file_and_code(tmp_path: Path, rows: str) -> None:
    file = tmp_path / "names.csv"
    file.write_text(f"code,name\n{rows}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"names\.csv, region 1501"):
        read_names(file)
