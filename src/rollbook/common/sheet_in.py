"""Tables that people send: CSV as their spreadsheet programs happen to save it, and XLSX."""

import csv
import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator

from rollbook.common.sheets import xlsx_table
from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.csv_table import DECLARED
from rollbook.common.spreadsheet import unsafe
from rollbook.common.text import tidy

DELIMITERS = ",;\t"
ZIP = b"PK\x03\x04"
LONGEST_CELL = 1_000

Row = tuple[int, tuple[str, ...]]


class UnreadableSheet(ValueError):
    """Why a file cannot be read as a table, and what to do, in one sentence for people."""


def text_of(content: bytes, *, most_bytes: int) -> str:
    """Return the text of a CSV file, or the first sheet of an XLSX file as such a text.

    Knows UTF-8 and UTF-16 with their marks, UTF-8 without, and else takes Windows-1252, which holds Latin-1. Raises
    UnreadableSheet.
    """
    _check_size(content, most_bytes)
    if content.startswith(ZIP):
        text = _text_of_xlsx(content)
        _check_size(text.encode(), most_bytes)
        return text
    return _decoded(content).replace("\x00", "")


def _check_size(content: bytes, most_bytes: int) -> None:
    if len(content) > most_bytes:
        raise UnreadableSheet(
            f"The file is larger than {most_bytes // 1_000_000} MB, which is the most. Divide it into several."
        )


def _text_of_xlsx(content: bytes) -> str:
    text = io.StringIO()
    try:
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(xlsx_table.records(io.BytesIO(content)))
    except BadFile as error:
        raise UnreadableSheet(str(error)) from error
    return text.getvalue().replace("\x00", "")


def rows_of(text: str, *, most_rows: int) -> list[Row]:
    """Return (row number as spreadsheet programs count, cells) of every row of a CSV text with anything in it.

    Cells are text, so leading zeros stay, without surrounding blanks. Raises UnreadableSheet.
    """
    rows = []
    try:
        for number, cells in enumerate(_cells(text), 1):
            tidied = tuple(map(_tidied, cells))
            if any(tidied):
                rows.append((number, tidied))
            if len(rows) > most_rows:
                raise UnreadableSheet(
                    f"The file has more than {most_rows:,} rows, which is the most at one time. Divide it into several."
                )
    except csv.Error as error:
        raise UnreadableSheet(
            f"The file cannot be read as CSV ({error}). Save it as CSV once more."
        ) from error
    return rows


def _decoded(content: bytes) -> str:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        # A few bytes stand for nothing in it.
        return content.decode("cp1252", errors="replace")


def _cells(text: str) -> Iterator[list[str]]:
    lines = list(io.StringIO(text, newline=""))
    first = next((line for line in lines if line.strip()), "")
    # One that says it, as Excel understands it too.
    if declared := DECLARED.fullmatch(first):
        delimiter = declared[1]
        lines[lines.index(first)] = "\n"
    else:
        delimiter = max(DELIMITERS, key=_outside_quotes(first).count)
    return csv.reader(lines, delimiter=delimiter)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _tidied(cell: str) -> str:
    if len(cell) > LONGEST_CELL:
        raise UnreadableSheet(
            f"The file has a cell of {len(cell):,} characters, so it is not a table of names. Look at its quotation marks."
        )
    return unsafe(tidy(cell))
