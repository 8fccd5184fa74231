"""Lists of the desk as CSV: sent row by row, and harmless in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

# What a spreadsheet takes for a formula when a cell begins with it (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Spreadsheets read UTF-8 only behind this mark.
_BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """A file that hands back what is written."""

    def write(self, line: str) -> str:
        return line


def cell(value: object) -> str:
    """Write a value so that no spreadsheet computes it: crawled words may be formulas."""
    text = "" if value is None else str(value)
    text = text.replace("\0", "\ufffd")
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not is_number else text


def csv_answer(
    file_name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Send rows as a CSV file to be saved; `rows` may be endless work, it is read as it is sent."""
    answer = StreamingHttpResponse(_lines(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


def _lines(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _BYTE_ORDER_MARK + writer.writerow(heads)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
