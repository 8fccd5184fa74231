"""The law as dated data: what is in force when, and nothing lost on the way from the source."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
import yaml

from classifier.build_law import build_law
from classifier.errors import DataError
from classifier.law import (
    LATEST,
    LAW_FOLDER,
    Provision,
    last_day,
    law_version,
    load_law,
    provisions,
    read_law,
)

# Digest of the ids, fields and their order as built from legal_basis.yaml (status 2026-11-23). A
# corrected entry changes it: build again, and pin the new digest.
FIELDS_SHA256 = "9d3fb28f547db7622b0de89ac994abfb34fe6946f6f9ea1570ed4cef74f8e9e1"
COUNT = 111


def provision(**changes: object) -> Provision:
    fields: dict[str, object] = {
        "id": "x", "instrument": "某办法", "document_number": None, "issuer": "某部", "level": "rule",
        "number": "第一条", "effective": "2021-11", "ended": None, "gist": "概括", "penalty": None,
        "confidence": "high", "labels": (), "source_urls": (),
    }  # fmt: skip
    return Provision(**{**fields, **changes})  # type: ignore[arg-type]


def fields_digest() -> str:
    digest = hashlib.sha256()
    for one in sorted(load_law().values(), key=lambda one: one.id):
        fields = [one.id, one.instrument, one.document_number, one.number, one.effective, one.gist,
                  one.penalty, one.confidence, one.labels, one.source_urls]  # fmt: skip
        digest.update(repr(fields).encode())
    return digest.hexdigest()


def test_all_entries_of_the_source_are_carried() -> None:
    assert len(load_law()) == COUNT
    assert fields_digest() == FIELDS_SHA256


@pytest.mark.parametrize(
    ("effective", "day", "is_in_force"),
    [
        ("2021-11", date(2021, 11, 29), False),
        ("2021-11", date(2021, 11, 30), True),
        ("2021", date(2021, 12, 30), False),
        ("2021", date(2021, 12, 31), True),
        ("2023-10-15", date(2023, 10, 14), False),
        ("2023-10-15", date(2023, 10, 15), True),
        ("2024-02", date(2024, 2, 28), False),
        ("2024-02", date(2024, 2, 29), True),
        (None, LATEST, False),
    ],
)
def test_partial_date_counts_from_the_end_of_its_period(
    effective: str | None, day: date, is_in_force: bool
) -> None:
    assert provision(effective=effective).in_force(day) is is_in_force


def test_ended_provision_is_out_of_force_from_that_day() -> None:
    old = provision(effective="2018-08", ended="2021-07-24")
    assert old.in_force(date(2021, 7, 23))
    assert not old.in_force(date(2021, 7, 24))


@pytest.mark.parametrize(
    ("changes", "note"),
    [({}, ""), ({"confidence": "medium"}, "待核实"), ({"effective": None}, "待核实")],
)
def test_unsure_provision_is_shown_as_unverified(changes: dict[str, object], note: str) -> None:
    assert provision(**changes).note == note


def test_provisions_keep_order_and_leave_out_what_is_not_in_force() -> None:
    ids = ["moe53-a18-3-disguise", "adlaw-a24-1-guarantee", "baotou-clue-scope"]
    assert [p.id for p in provisions(ids, on=date(2022, 1, 1))] == ["adlaw-a24-1-guarantee"]
    assert [p.id for p in provisions(ids, on=LATEST)] == ids[:2]


def test_unknown_id_raises_and_names_the_nearest() -> None:
    with pytest.raises(DataError, match="Did you mean 'dr-2021-ahead'"):
        provisions(["dr-2021-ahed"], on=LATEST)


def test_version_is_a_digest_of_the_files() -> None:
    assert law_version().startswith("law-")


@pytest.mark.parametrize("text", ["2021-13", "21-01-01", "2021-02-30", "tomorrow", ""])
def test_wrong_date_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="'date'"):
        last_day(text, where="'date'")


def source_entry(**changes: object) -> dict[str, object]:
    return {
        "id": "new-a1", "instrument": "中华人民共和国学前教育法", "document_number": None,
        "article": "第一条", "effective": "2025-06-01", "labels": ["preschool_academic"],
        "summary_zh": "概括", "penalty_zh": None, "confidence": "high", "source_urls": ["https://x"],
        **changes,
    }  # fmt: skip


def source(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "legal_basis.yaml"
    path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return path


def test_generator_writes_one_file_per_instrument_and_again_the_same(tmp_path: Path) -> None:
    path = source(tmp_path, source_entry(), source_entry(id="new-a2", effective=None))
    out = tmp_path / "law"
    assert build_law(path, out) == 2
    first = {file.name: file.read_bytes() for file in out.iterdir()}
    build_law(path, out)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == first
    assert list(first) == ["preschool_law.yml"]
    law = read_law(out)
    assert law["new-a1"].gist == "概括"
    assert law["new-a2"].effective is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instrument": "中华人民共和国学前教育"}, "Did you mean '中华人民共和国学前教育法'"),
        ({"sumary": "x"}, "unknown key 'sumary'. Did you mean 'summary_zh'"),
    ],
)
def test_generator_refuses_what_it_does_not_know(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        build_law(source(tmp_path, source_entry(**changes)), tmp_path / "law")


@pytest.mark.parametrize(
    ("line", "wrong", "message"),
    [
        ("level: law", "level: laws", "Did you mean 'law'"),
        ("confidence: high", "confidence: hihg", "Did you mean 'high'"),
        ("ended: null", "ended: 2025-06-99", "cannot be read"),
        ("gist: 概括", "gist: ''", "'gist' must be a non-empty string"),
    ],
)
def test_wrong_law_file_is_refused(tmp_path: Path, line: str, wrong: str, message: str) -> None:
    build_law(source(tmp_path, source_entry()), tmp_path / "law")
    path = tmp_path / "law" / "preschool_law.yml"
    text = path.read_text(encoding="utf-8")
    assert line in text
    path.write_text(text.replace(line, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_law(tmp_path / "law")


def test_each_file_holds_one_instrument() -> None:
    titles = [
        yaml.safe_load(path.read_text(encoding="utf-8"))["title"]
        for path in LAW_FOLDER.glob("*.yml")
    ]
    assert len(titles) == len(set(titles)) == 32
