"""Evidence of other tools: copied, chained, and never taken for our own."""

from pathlib import Path

import pytest

from crawler.errors import EvidenceError
from crawler.evidence.reader import closed_files, import_file, read_captures
from crawler.evidence.verify import verify
from tests.crawler.evidence_samples import make_writer, write_page


def test_import_is_named_by_digest_chained_once_and_not_believed(
    tmp_path: Path, evidence_folder: Path
) -> None:
    with make_writer(evidence_folder) as writer:
        ours = write_page(writer, purpose="proof")
    source = tmp_path / "given.warc.gz"
    source.write_bytes(closed_files(evidence_folder)[0].read_bytes())
    copies = {import_file(source, evidence_folder) for _ in range(2)}
    (copy,) = copies
    assert closed_files(evidence_folder)[-1] == copy
    (record,) = read_captures(copy, evidence_folder=evidence_folder)
    capture = record.capture
    assert capture.capture_id == ours.capture_id
    assert (capture.purpose, capture.site_id, capture.run_id, capture.robots) == (
        "import",
        None,
        None,
        None,
    )
    assert capture.warc_file == copy.relative_to(evidence_folder).as_posix()
    report = verify(evidence_folder)
    assert (report.entries, report.damages) == (2, [])


def test_import_of_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        import_file(tmp_path / "none.warc", tmp_path / "evidence")
