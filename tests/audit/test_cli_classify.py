"""`jianwei classify`: the contract of the JSON Lines, line by line, good and bad."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

JIANWEI = [sys.executable, "-m", "audit.cli.main"]
AD = "初一数学同步培优班，周六上午开课，一学期6800元，签约保提分。"
KEYS = {
    "id", "needs_review", "risk", "offerings", "subjects", "disguises", "violations", "dimensions",
    "against", "missing", "findings", "rules_version", "model_version",
}  # fmt: skip
FINDING_KEYS = {"label", "axis", "origin", "score", "spans", "decoded", "reason", "basis"}


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*JIANWEI, "classify", *arguments],
        input=given,
        capture_output=True,
        timeout=120,
        check=False,
    )


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


def jsonl(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in documents)


def test_text_is_judged_with_the_whole_contract() -> None:
    done = run("--text", AD)
    assert (done.returncode, done.stderr) == (0, b"")
    (answer,) = lines(done.stdout)
    assert answer.keys() == KEYS
    assert answer["needs_review"] is True
    assert answer["offerings"] == ["subject_tutoring"]
    assert set(answer["dimensions"]) == {"purpose", "content", "method", "evaluation"}
    for finding in answer["findings"]:
        assert finding.keys() == FINDING_KEYS
        assert finding["spans"]
        for span in finding["spans"]:
            assert AD[span["start"] : span["end"]] == span["text"]
            assert "field" not in span


@pytest.mark.parametrize("how", ["file", "dash", "nothing"])
def test_lines_come_from_a_file_or_standard_input(tmp_path: Path, how: str) -> None:
    given = jsonl({"id": "a", "text": AD}, {"id": 7, "text": "今天天气好", "extra": [1]})
    path = tmp_path / "texts.jsonl"
    path.write_bytes(given)
    done = {
        "file": lambda: run(str(path)),
        "dash": lambda: run("-", given=given),
        "nothing": lambda: run(given=given),
    }[how]()
    assert done.returncode == 0
    assert [(one["id"], one["needs_review"]) for one in lines(done.stdout)] == [
        ("a", True),
        (7, False),
    ]


def test_missing_id_is_the_line_number_and_blank_lines_count() -> None:
    done = run(given=b"\n" + jsonl({"text": AD}) + b"   \n" + jsonl({"text": AD, "id": None}))
    assert [one["id"] for one in lines(done.stdout)] == [2, 4]


def test_spans_of_the_title_say_so() -> None:
    done = run(given=jsonl({"title": "初一数学培优班招生", "text": "欢迎来电咨询，名额有限。"}))
    (answer,) = lines(done.stdout)
    spans = [span for finding in answer["findings"] for span in finding["spans"]]
    assert any(span.get("field") == "title" for span in spans)


BAD = {
    "no json": b"{no json}\n",
    "cut json": b'{"text": "a\n',
    "a list": b"[1]\n",
    "a number": b"12\n",
    "no text": b'{"id": 1}\n',
    "text is a number": b'{"text": 5}\n',
    "title is a list": b'{"text": "a", "title": []}\n',
    "not utf-8": b'{"text": "\xff\xfe"}\n',
    "gbk": '{"text": "数学"}\n'.encode("gbk"),
    "date": b'{"text": "a", "date": "tomorrow"}\n',
    "date is a number": b'{"text": "a", "date": 2024}\n',
    "context": b'{"text": "a", "context": 3}\n',
    "counts": b'{"text": "a", "context": {"audience": {"adult": -1}}}\n',
    "nested": b"[" * 100_000 + b"\n",
    "nul": b"\0\0\0\n",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_line_gives_an_error_with_its_number_and_the_run_goes_on(bad: bytes) -> None:
    done = run(given=jsonl({"text": AD}) + bad + jsonl({"text": AD}))
    assert done.returncode == 1
    first, error, last = lines(done.stdout)
    assert (first["id"], last["id"]) == (1, 3)
    assert error["line"] == 2
    assert error["error"].startswith("line 2: ")
    assert b"Traceback" not in done.stderr


def test_byte_order_mark_and_crlf_are_taken() -> None:
    done = run(given=b"\xef\xbb\xbf" + jsonl({"text": AD}).replace(b"\n", b"\r\n"))
    assert done.returncode == 0
    assert lines(done.stdout)[0]["needs_review"] is True


def test_last_line_needs_no_line_break() -> None:
    assert len(lines(run(given=jsonl({"text": AD}).rstrip()).stdout)) == 1


def test_lone_surrogate_and_nul_are_written_back_as_text() -> None:
    done = run(given=b'{"text": "\\ud800\\u0000\\u6570\\u5b66\\u8f85\\u5bfc\\u73ed"}\n')
    assert done.returncode == 0
    (answer,) = lines(done.stdout)
    assert answer["findings"]


def test_empty_input_gives_nothing() -> None:
    done = run(given=b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_unreadable_file_is_one_clear_line(tmp_path: Path, name: str) -> None:
    done = run(str(tmp_path / name))
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert "cannot be read" in done.stderr.decode()


def test_file_and_text_together_are_wrong_usage() -> None:
    assert run("x.jsonl", "--text", AD).returncode == 2


@pytest.mark.parametrize(
    ("day", "is_cited"), [("2023-10-14", False), ("2023-10", True), ("2023", True), ("2022", False)]
)
def test_date_decides_the_law(day: str, is_cited: bool) -> None:
    (answer,) = lines(run(given=jsonl({"text": AD, "date": day})).stdout)
    cited = {basis for finding in answer["findings"] for basis in finding["basis"]}
    assert ("moe53-a17-unlicensed" in cited) is is_cited


def test_context_moves_the_risk() -> None:
    text = "老师耐心负责，课后答疑，欢迎到店了解，名额不多。"
    pupils = {"publisher": "某校区", "audience": {"pupil": 9}, "subjects": {"math": 9}}
    adults = {"publisher": "某校区", "audience": {"adult": 9}, "context_digest": "ignored"}
    done = run(given=jsonl(*({"text": text, "context": one} for one in (pupils, None, adults))))
    high, middle, low = (one["risk"] for one in lines(done.stdout))
    assert high > middle > low


def test_answers_come_while_input_is_still_open() -> None:
    with subprocess.Popen(
        [*JIANWEI, "classify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(jsonl({"text": AD}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_one_text_and_many_texts_agree() -> None:
    (alone,) = lines(run("--text", AD).stdout)
    (among,) = lines(run(given=jsonl({"id": "1", "text": AD})).stdout)
    assert alone["risk"] == pytest.approx(among["risk"], abs=1e-3)
    assert {**alone, "risk": 0} == {**among, "risk": 0}


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    with subprocess.Popen(
        [*JIANWEI, "classify"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(jsonl({"text": AD}))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(jsonl(*({"text": AD} for _ in range(20))))
        process.stdin.close()
        assert b"Traceback" not in process.stderr.read()


def test_nothing_heavy_is_imported_for_one_text() -> None:
    """numpy, cattrs, YAML, Django and scikit-learn would each cost a fifth of the start or more."""
    code = (
        "import sys; from audit.cli.main import main\n"
        f"try: main(['classify', '--text', {AD!r}])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cattrs', 'yaml', 'django', 'sklearn', 'jieba', 'opencc', 'scrapy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr.decode().strip() == "[]"
