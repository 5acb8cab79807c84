"""CSV as people send it, and as it should not be sent (CASES 38, 42)."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rollbook.common.sheets import csv_table
from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.table import opened
from tests.common.sheets.reading import measured

MB = 1 << 20
HEADER = b"Student ID,First name\n"
ROWS = [("Jörg", "00123"), ("Zoë", "00124")]


def read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, list[str]]], str]:
    with opened(path) as table:
        return table.columns, list(table.rows), table.how


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "users.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(tmp_path: Path, content: bytes | str) -> str:
    with pytest.raises(BadFile) as refused:
        read(written(tmp_path, content))
    return str(refused.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_ends_of_lines_are_found_out(
    tmp_path: Path, delimiter: str, codec: str, end: str
) -> None:
    lines = [("Vorname", "Student ID"), *ROWS]
    text = end.join(delimiter.join(line) for line in lines) + end
    columns, rows, _ = read(written(tmp_path, text.encode(codec)))
    assert columns == ("Vorname", "Student ID")
    assert rows == [(2, ["Jörg", "00123"]), (3, ["Zoë", "00124"])]


def test_what_was_found_out_is_said(tmp_path: Path) -> None:
    assert (
        read(written(tmp_path, "Größe;b\n1;2\n".encode("cp1252")))[2] == "CSV with semicolons, Windows-1252"
    )
    assert read(written(tmp_path, b"a\x81;b\n1;2\n"))[2] == "CSV with semicolons, Latin-1"


def test_leading_zeros_commas_and_line_ends_within_quotes_stay(tmp_path: Path) -> None:
    _, rows, _ = read(written(tmp_path, 'a,b\n"Lane, Lou","one\ntwo"\n00123, x \n'))
    assert rows == [(2, ["Lane, Lou", "one\ntwo"]), (3, ["00123", " x "])]


def test_empty_lines_are_left_out_and_rows_keep_the_numbers_a_spreadsheet_program_shows(
    tmp_path: Path,
) -> None:
    assert read(written(tmp_path, "a,b\n1,2\n\n3,4\n,\n\n"))[1] == [(2, ["1", "2"]), (4, ["3", "4"])]


def test_the_line_that_tells_excel_the_delimiter_is_no_header(tmp_path: Path) -> None:
    columns, rows, _ = read(written(tmp_path, "sep=;\na;b,c\n1;2\n"))
    assert (columns, rows) == (("a", "b,c"), [(3, ["1", "2"])])


@pytest.mark.parametrize(
    "line",
    ["sep=\t\r\n", '"sep=\t"\n', "sep=\t\t\t\n", "SEP=\t"],
    ids=["as it is", "quoted", "filled up", "capitals"],
)
def test_that_line_may_name_the_tab_and_be_quoted_or_filled_up(tmp_path: Path, line: str) -> None:
    columns, rows, how = read(written(tmp_path, line.rstrip("\n") + "\na,b\tc\n1\t2\n"))
    assert (columns, rows, how) == (("a,b", "c"), [(3, ["1", "2"])], "CSV with tabs, UTF-8")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("\nStudent ID;First name", ("Student ID", "First name")),
        (";;\n;;\nStudent ID;First name", ("Student ID", "First name")),
        ('"Student\nID";"First name"', ("Student\nID", "First name")),
        ('"Student, \nID, or so";Name', ("Student, \nID, or so", "Name")),
        ("ID;Name, Vorname", ("ID", "Name, Vorname")),
        ("Name, Vorname\tID", ("Name, Vorname", "ID")),
    ],
)
def test_the_delimiter_is_read_off_the_whole_row_with_the_names(
    tmp_path: Path, header: str, columns: tuple[str, ...]
) -> None:
    mark = "\t" if "\t" in header else ";"
    found, rows, _ = read(written(tmp_path, f"{header}\n1{mark}2\n"))
    assert (found, [cells for _, cells in rows]) == (columns, [["1", "2"]])


def test_a_single_column_takes_no_commas(tmp_path: Path) -> None:
    assert read(written(tmp_path, "Student ID\n00123\n"))[2] == "CSV with commas, UTF-8"
    assert "more cells than there are columns (1)" in refusal(tmp_path, "Student ID\n00123,x\n")


def test_a_last_line_without_an_end_is_whole_if_it_has_every_cell(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a,b\n1,2\n3,4"))[1][-1] == (3, ["3", "4"])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (b"\n\n ,\n", "This file is empty"),
        (b"\xef\xbb\xbf", "This file is empty"),
        (b"%PDF-1.7 x", "neither a CSV file nor"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
        (b"a,A\n1,2\n", "Two columns are called “a”"),
        (b"a,b\n1,2,3\n", "Row 2 has more cells than there are columns (2)"),
        (b"a,b\n1,\x002\n", "(NUL)"),
        ("a,b\n1,2\n".encode("utf-16-le"), "(NUL)"),
        (b"a,b\n1,2\n3", "middle of row 3"),
        (b'a,b\n1,"2\n3,4\n', "a cell that begins with a quotation mark"),
        ("a,b\nx,ü".encode()[:-1], "middle of a character"),
        ("a,b\nx,y".encode("utf-16")[:-1], "middle of a character"),
        (b"\xef\xbb\xbfa,b\nJ\xf6rg,1\n", "begins as UTF-8, but has characters that are none in it"),
        (b"\xff\xfea\0,\0b\0\n\0\x00\xd8a\0\n\0", "begins as UTF-16, but has characters"),
        (b'a,b\n1,"2" x\n', "Row 2 cannot be read"),
        (b'a,b\n1,"2' + b"x" * 200_000 + b"\n", "longer than any cell"),
        (b"x" * 5_000_000, "neither a CSV file nor"),
    ],
)
def test_a_bad_file_gets_a_sentence_with_the_remedy(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert sentence in refusal(tmp_path, content)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_line_without_an_end_is_not_read_on_in_any_encoding(
    tmp_path: Path, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_table, "LONGEST_LINE", 1000)
    assert "neither a CSV file nor" in refusal(tmp_path, ("A,B\n" + "x," * 2000).encode(codec))


def test_a_row_that_no_user_has_is_refused_before_many_of_them_are_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    cell = "x" * 10_000
    path.write_text("ID,a,b,c,d,e,f\n" + f"1{',' + cell} ,,,,\n" + f"2{(',' + cell) * 6}\n")
    with pytest.raises(BadFile, match=r"Row 3 has 60,001 characters"), opened(path) as table:
        list(table.rows)


def test_a_row_of_ever_so_many_lines_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("ID,Name\n1," + '"a\n",' * 500_000)
    with pytest.raises(BadFile, match="neither a CSV file nor"), opened(path) as table:
        list(table.rows)


LINE = b"Ann Archer, who lives in Oak in the North\n"
NO_TEXT = bytes(byte for byte in range(1, 256) if byte not in b"\r\n") * 4_000


@pytest.mark.parametrize(
    ("content", "times", "sentence"),
    [
        ([HEADER, b"1,Ann," * (MB // 6)], 100, "neither a CSV file nor"),
        ([b"\xff\xfe", "🎓,".encode("utf-16-le") * (MB // 6)], 100, "neither a CSV file nor"),
        ([HEADER + b'1,"', LINE * 25_000], 100, "a quotation mark there has probably no end"),
        ([HEADER + b'1,"', (LINE + b'","') * 25_000], 100, "neither a CSV file nor"),
        ([HEADER, b"\r\n" * (MB // 2)], 100, "more than 5,000,000 lines"),
        ([b"", b";\n" * (MB // 2)], 100, "more than 5,000,000 lines"),
        ([HEADER, (b"," * 16_384 + b"\n") * 60, b"1,Ann,x\n"], 50, "Row 3002 has more cells than"),
        (
            [HEADER, b"," * (2 * MB - 10) + b"\n", b"1,Ann" + b"," * MB + b"x\n"],
            10,
            "Row 12 has more cells than",
        ),
        (
            [b",".join(b"%d" % number for number in range(250_000)) + b"\n", b"1\n" * 100],
            100,
            "names 250,000 columns",
        ),
        ([b"a," * (MB - 10) + b"\n", b"1\n"], 10, "columns; 500 is the most"),
        ([b"a" * 120_000 + b"," + b"a" * 120_000 + b"\n", b"1\n"], 10, "name has 120,000 characters"),
        ([HEADER, b"1,Ann Archer of Oak\n" * (MB // 20), b"2,B\0en\n"], 90, "(NUL)"),
        ([NO_TEXT, NO_TEXT], 100, "neither a CSV file nor"),
    ],
    ids=[
        "a line without end",
        "a line without end in UTF-16",
        "a quotation mark without end",
        "a row of cells without end",
        "empty rows without end",
        "rows of empty cells without a header",
        "rows as wide as a sheet",
        "rows of two million empty cells",
        "a header of a quarter of a million names",
        "a header of one name a million times",
        "a header of long names",
        "NUL at the end",
        "no text",
    ],
)
def test_a_bad_file_of_any_size_is_answered_within_seconds_in_200_megabytes(
    tmp_path: Path, content: Sequence[bytes], times: int, sentence: str
) -> None:
    """What was asked for in an issue of all bad files, whatever is bad about them.

    `content` is how the file begins, what then comes `times` times, and how it ends.
    """
    begin, again, *end = content
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(times):
            file.write(again)
        file.writelines(end)
    reading = measured(path)
    path.unlink()
    assert sentence in reading.refused
    assert len(reading.refused) < 300
    assert reading.megabytes < 200
    assert reading.seconds < 10
