"""Files for spreadsheet programs."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.common.sheets.table import opened
from rollbook.common.spreadsheet import TooManyRows, csv_lines, safe, unsafe, xlsx_file

SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n=1", "'\n'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\t1", "'\t1"),
    ],
    ids=["=", "+", "-", "@", "tab", "CR", "LF", "full width", "tab alone"],
)
def test_a_cell_that_begins_like_a_formula_is_text(text: str, written: str) -> None:
    """CASES 43."""
    assert safe(text) == written
    with xlsx_file(["Name"], [(text,)]) as file:
        sheet = zipfile.ZipFile(file).read(SHEET).decode()
    assert "<f>" not in sheet
    assert 't="inlineStr"><is><t' in sheet
    assert ">'" in sheet


@pytest.mark.parametrize("divider", [";", "\t", "|"], ids=["semicolons", "tabs", "bars"])
@pytest.mark.parametrize(
    "text",
    ["x{}=1+1", "x{}@SUM(A1)", 'x{}"=1+1', "x{}'=1+1", "x\n=1+1", 'x\r\n"-1', "x{}\t+1", "x{}\uff1d1"],
)
def test_no_cell_becomes_a_formula_in_a_program_that_divides_by_something_else_than_commas(
    divider: str, text: str
) -> None:
    """CASES 43."""
    cell = text.format(divider)
    lines = b"".join(csv_lines(["a", "b", "c"], [("1", cell, "2"), (cell, "1", cell)])).decode("utf-8-sig")
    # As such a program reads it: a quotation mark in the middle of what it takes for a cell opens nothing.
    cells = [cell for row in csv.reader(io.StringIO(lines, newline=""), delimiter=divider) for cell in row]
    assert len(cells) > 3
    assert [cell for cell in cells if cell.lstrip('"').startswith(("=", "+", "-", "@", "\uff1d"))] == []


@given(st.text(alphabet="=+-@'\"\t\r\n;|,ax\uff1d"))
def test_what_was_made_safe_comes_back_as_it_was(text: str) -> None:
    assert unsafe(safe(text)) == text


def test_a_heading_that_begins_like_a_formula_is_text_and_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "refused.csv"
    path.write_bytes(b"".join(csv_lines(["=cmd|' /C calc'!A0", "Name"], [("x", "y")])))
    assert path.read_text("utf-8-sig").startswith("'=cmd")
    with opened(path) as table:
        assert table.columns == ("=cmd|' /C calc'!A0", "Name")


def test_numbers_stay_numbers() -> None:
    assert [safe(-5), safe(None), safe("a=b; -c"), safe("it's")] == [-5, None, "a=b; -c", "it's"]


def test_csv_holds_every_script_comma_quote_and_line_break() -> None:
    row = ("Bäcker, 李", 'said "no"', "two\nlines", 7)
    text = b"".join(csv_lines(["a", "b", "c", "d"], [row])).decode("utf-8-sig")

    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b", "c", "d"], [*row[:3], "7"]]


def test_csv_is_written_some_rows_at_a_time() -> None:
    taken = 0

    def rows() -> Iterator[tuple[int]]:
        nonlocal taken
        for taken in range(100_000):
            yield (taken,)

    parts = csv_lines(["n"], rows())
    next(parts)
    assert taken < 1_000


def test_a_sheet_has_its_headings_also_without_rows_and_no_character_that_breaks_it() -> None:
    with xlsx_file(["Name", "Score"], []) as file:
        assert b"Score" in zipfile.ZipFile(file).read(SHEET)
    with xlsx_file(["Name"], [("a\x00\x0bb",)]) as file:
        assert b">ab<" in zipfile.ZipFile(file).read(SHEET)


def test_more_rows_than_excel_is_written_for_are_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rollbook.common.spreadsheet.XLSX_ROWS", 2)
    with pytest.raises(TooManyRows, match="Take CSV"):
        xlsx_file(["n"], [(1,), (2,), (3,)])
