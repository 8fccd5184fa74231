"""`jianwei index` as an operator meets it."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit import config
from audit.cli.main import main
from audit.drain import drain
from audit.index.mapping import load_mapping
from audit.models import DeadLetter, Outbox
from audit.outbox import enqueue_ads
from tests.audit.builders import NOW, make_ad

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JIANWEI_DATA", str(tmp_path))
    config.forget()
    yield tmp_path
    config.forget()


@pytest.fixture
def jianwei(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["index", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def state(jianwei: Run) -> dict[str, object]:
    told: dict[str, object] = json.loads(jianwei("status", "--json")[1])
    return told


def test_create_and_status_before_and_after(jianwei: Run) -> None:
    before = jianwei("status")
    assert before[0] == 0
    assert "尚未建立" in before[1]
    code, out, _ = jianwei("create")
    assert code == 0
    assert f"索引已就绪：jianwei-ads-v{load_mapping('ads').version}-" in out
    current = state(jianwei)["current"]
    assert jianwei("create")[0] == 0
    assert state(jianwei)["current"] == current


def test_status_counts_what_is_behind_and_what_was_refused(jianwei: Run) -> None:
    ads = [make_ad(f"数学{number}") for number in range(3)]
    enqueue_ads(ads)
    drain(limit=2)
    DeadLetter.objects.create(
        target_index="ads", doc_type="ad", doc_id="f" * 64, revision=1, error="坏", refused_at=NOW
    )
    told = state(jianwei)
    assert (told["docs"], told["ads"], told["waiting"], told["dead_letters"]) == (2, 3, 1, 1)
    assert told["waiting_since"] == Outbox.objects.get().next_try.isoformat()
    code, out, _ = jianwei("status")
    assert code == 0
    assert "文档      2 条，数据库应有 3 条" in out
    assert "等待写入  1 条（最早" in out
    assert "ffffffffffff…：坏" in out


def test_rebuild_keeps_the_previous_until_told(jianwei: Run) -> None:
    enqueue_ads([make_ad("数学")])
    drain()
    first = state(jianwei)["current"]
    code, out, err = jianwei("rebuild")
    assert code == 0
    assert "1 条，用时" in out
    assert "旧索引保留" in out
    assert "重建索引" in err
    assert state(jianwei)["previous"] == [first]
    code, out, err = jianwei("rebuild", "--drop-previous", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["rebuilt"] is True
    assert len(told["dropped"]) == 2
    assert state(jianwei)["previous"] == []


def test_migrate_rebuilds_only_another_version(
    jianwei: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue_ads([make_ad("数学")])
    drain()
    assert "无需迁移" in jianwei("migrate")[1]
    current = str(state(jianwei)["current"])
    mapping = data / "index" / current / "mapping.json"
    mapping.write_text(
        re.sub(r'"version": \d+', '"version": 0', mapping.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    code, out, _ = jianwei("status")
    assert code == 1
    assert "jianwei index migrate" in out
    assert jianwei("migrate")[0] == 0
    assert state(jianwei)["current"] != current
    assert jianwei("status")[0] == 0


def test_lost_index_folder_is_told_and_rebuilt(jianwei: Run, data: Path) -> None:
    enqueue_ads([make_ad("数学")])
    drain()
    shutil.rmtree(data / "index" / str(state(jianwei)["current"]))
    code, out, _ = jianwei("status")
    assert code == 1
    assert "jianwei index rebuild" in out
    assert jianwei("rebuild")[0] == 0
    assert state(jianwei)["docs"] == 1


def test_rebuild_while_another_writes_is_refused(jianwei: Run) -> None:
    from audit import leases

    leases.take("drain", "somebody else", 60)
    code, out, err = jianwei("rebuild")
    assert (code, out) == (1, "")
    assert "somebody else is writing it just now" in err
