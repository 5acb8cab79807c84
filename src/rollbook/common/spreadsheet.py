"""Tables for spreadsheet programs: CSV and XLSX, written row by row so that memory stays flat."""

import csv
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from rustpy_xlsxwriter import write_worksheet

from rollbook.common.passing import PREFIX

# What makes a spreadsheet program take a cell for a formula (OWASP, "CSV injection"; CASES 43).
# The last four are the full-width forms of the first four, for which programs in East Asian languages take them.
FORMULA = r"=+\-@\uff1d\uff0b\uff0d\uff20"
# Where one could begin: at the start, and where a program that divides by semicolons, tabs or bars sees a new cell. It
# takes no notice of quotation marks in what it holds for the middle of a cell, so that a line may end there too.
STARTS, DIVIDED = rf"(?='*[{FORMULA}\t\r\n])", rf"(?=['\"]*[{FORMULA}])"
UNSAFE = re.compile(rf"^{STARTS}|(?<=[;|\t\r\n]){DIVIDED}")
SAFE = re.compile(rf"^'{STARTS}|(?<=[;|\t\r\n])'{DIVIDED}")
# A sheet could hold 1,048,575. But unlike CSV the file can be sent only when it is written whole, which keeps a
# thread of the web server busy: some 6 seconds of CPU for these, two minutes for a million.
XLSX_ROWS = 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What XML cannot hold.
UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
CHUNK = 500

Cell = str | int | float | bool | datetime | None


class TooManyRows(ValueError):
    """More rows than an Excel file is written for."""

    def __init__(self) -> None:
        super().__init__(
            f"An Excel file is made of {XLSX_ROWS:,} rows at most, and these are more. Take CSV, which holds all of "
            "them and which Excel opens too, or narrow the report."
        )


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def safe(cell: Cell) -> Cell:
    """Return a cell in which no spreadsheet program sees a formula: what it could take for one gets a ' in front."""
    return UNSAFE.sub("'", cell) if isinstance(cell, str) else cell


def unsafe(cell: str) -> str:
    """Return the text that `safe` was given."""
    return SAFE.sub("", cell) if "'" in cell else cell


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Return the parts of a CSV file in UTF-8, with the mark by which Excel knows it, some rows at a time."""
    writer = csv.writer(_Echo())
    # Names of columns of a file that somebody sent are among them.
    lines = ["\ufeff", writer.writerow([safe(heading) for heading in headings])]
    for row in rows:
        lines.append(writer.writerow([safe(cell) for cell in row]))
        if len(lines) >= CHUNK:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def xlsx_file(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> BinaryIO:
    """Write an XLSX file that goes when it is closed, and return it open at its start.

    Text stays text and is never a formula. Raises TooManyRows above XLSX_ROWS.
    """
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=".xlsx")
    os.close(handle)
    path = Path(name)
    try:
        write_worksheet(_records(headings, rows), name, bold_headers=True, freeze_row=1, column_width=18.0)
        return path.open("rb")
    finally:
        # The open file stays readable.
        path.unlink()


def _records(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[dict[str, Any]]:
    number = 0
    for number, row in enumerate(rows, 1):
        if number > XLSX_ROWS:
            raise TooManyRows
        yield dict(zip(headings, map(_xlsx_cell, row), strict=True))
    if not number:
        # The headings are taken from the first record.
        yield dict.fromkeys(headings, "")


def _xlsx_cell(cell: Cell) -> Cell:
    cell = safe(cell)
    return cell.translate(UNPRINTABLE) if isinstance(cell, str) else cell
