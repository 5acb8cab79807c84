"""A table from a file: the names of its columns, and its rows one by one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rollbook.common.sheets import csv_table, xlsx_table
from rollbook.common.sheets.bad_file import CUT_OFF, EMPTY, NO_HEADER, NOT_A_TABLE, BadFile
from rollbook.common.spreadsheet import unsafe
from rollbook.common.text import control_characters, tidy

ZIP = b"PK\x03\x04"
# The older workbooks of Excel, and those with a password.
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"<!DOCTYPE",
    b"<html",
)
LONGEST_NAME = 200
MOST_COLUMNS = 500
# Rows are held in memory some at a time, and shown.
LONGEST_ROW = 50_000

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """`rows` are (number as a spreadsheet program shows it, cells); a row may have fewer cells than there are columns.

    What our exports put before a formula is taken off.

    Reading on may raise BadFile at any row.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    how: str


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """Open a CSV or XLSX file, whatever it is called. Raises BadFile."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(OLD_WORKBOOK):
        raise BadFile("This is an old workbook (.xls) or one with a password. Save it as XLSX without one.")
    if start.startswith(OTHERS):
        raise BadFile(NOT_A_TABLE)
    if start.startswith(ZIP):
        records, how, whole, before = xlsx_table.records(path), "XLSX", True, 0
    else:
        written = csv_table.detect(path)
        records, how = csv_table.records(path, written), str(written)
        whole, before = written.ends_with_line, written.first
    with closing(records):
        numbered = enumerate(records, before + 1)
        number, first = next(((n, cells) for n, cells in numbered if "".join(cells).strip()), (0, []))
        if not number:
            raise BadFile(EMPTY)
        columns = _columns(first)
        second = next(numbered, None)
        rows = chain([second] if second else [], numbered)
        yield Table(columns, _rows(rows, len(columns), whole=whole), how)


def _columns(cells: list[str]) -> tuple[str, ...]:
    names = [tidy(unsafe(cell)) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if sum(1 for name in names if name and not control_characters(name)) == 0:
        raise BadFile(NO_HEADER)
    if len(names) > MOST_COLUMNS:
        raise BadFile(
            f"The first row names {len(names):,} columns; {MOST_COLUMNS} is the most. {NOT_A_TABLE}"
        )
    folded = [name.casefold() for name in names]
    for name in names:
        if len(name) > LONGEST_NAME:
            raise BadFile(f"A column’s name has {len(name):,} characters. {NO_HEADER}")
        if name and folded.count(name.casefold()) > 1:
            raise BadFile(f"Two columns are called “{name}”. Rename or delete one of them.")
    return tuple(name or f"(column {position})" for position, name in enumerate(names, 1))


def _rows(rows: Iterator[Row], width: int, *, whole: bool) -> Iterator[Row]:
    """Leave out empty rows. Of the last row it is known only afterwards that it is the last."""
    last: Row | None = None
    for number, cells in rows:
        whole_row = "".join(cells)
        if not whole_row.strip():
            continue
        if last:
            yield last
        if len(cells) > width and "".join(cells[width:]).strip():
            raise BadFile(
                f"Row {number} has more cells than there are columns ({width}). Put a cell that holds the delimiter "
                "in quotation marks, or name the column, and send the file again."
            )
        if len(whole_row) > LONGEST_ROW:
            raise BadFile(
                f"Row {number} has {len(whole_row):,} characters; {LONGEST_ROW:,} is the most. Leave out columns that are not "
                "needed, look whether a quotation mark has no end, and send the file again."
            )
        # Few rows have anything to take off.
        last = (number, [unsafe(cell) for cell in cells[:width]] if "'" in whole_row else cells[:width])
    if last is None:
        return
    if not whole and len(last[1]) < width:
        raise BadFile(CUT_OFF.format(where=f"row {last[0]}"))
    yield last
