"""Tables are read as spreadsheet programs happen to save them."""

import codecs

import pytest

from rollbook.common.sheet_in import UnreadableSheet, rows_of, text_of
from rollbook.common.sheets import xlsx_guard
from rollbook.common.spreadsheet import Cell, xlsx_file


def rows(content: bytes, most_rows: int = 10) -> list[tuple[int, tuple[str, ...]]]:
    return rows_of(text_of(content, most_bytes=1_000_000), most_rows=most_rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_divide_cells(delimiter: str) -> None:
    assert rows(f"00123{delimiter}00124\r\n".encode()) == [(1, ("00123", "00124"))]


def test_a_delimiter_within_quotation_marks_divides_nothing() -> None:
    assert rows(b'"a;b;c",d\n') == [(1, ("a;b;c", "d"))]


def test_a_first_line_that_names_the_delimiter_is_followed_and_no_row_of_the_table() -> None:
    assert rows(b"sep=;\na,1;b\n") == [(2, ("a,1", "b"))]
    assert rows(b"sep=\t\na,1\tb\n") == [(2, ("a,1", "b"))]


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_only_ends_of_lines_end_rows(mark: str) -> None:
    assert rows(f"a{mark}b,c\rd,e\r\nf,g\n".encode()) == [
        (1, (f"a{mark}b", "c")),
        (2, ("d", "e")),
        (3, ("f", "g")),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "Zoë,Jürgen".encode(),
        codecs.BOM_UTF8 + "Zoë,Jürgen".encode(),
        "Zoë,Jürgen".encode("latin-1"),
        "Zoë,Jürgen".encode("utf-16"),
    ],
    ids=["UTF-8", "UTF-8 with its mark", "Latin-1", "UTF-16"],
)
def test_names_are_read_whatever_the_encoding(content: bytes) -> None:
    assert rows(content) == [(1, ("Zoë", "Jürgen"))]


def test_blank_lines_are_no_rows_but_count_as_the_spreadsheet_program_counts() -> None:
    assert rows(b"a,b\n\n , \nc,d\n\n") == [(1, ("a", "b")), (4, ("c", "d"))]


def test_leading_zeros_stay_and_surrounding_blanks_do_not() -> None:
    assert rows(b" 007 , 08\n") == [(1, ("007", "08"))]


def test_what_our_own_exports_put_before_a_formula_is_taken_off() -> None:
    assert rows(b"'=1+1,'quoted,\"a;'=1\"\n") == [(1, ("=1+1", "'quoted", "a;=1"))]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"x" * 1_000_001, "larger than 1 MB"),
        (b"a,b\n" * 11, "more than 10 rows"),
        (b"PK\x03\x04rest", "The Excel file cannot be read"),
        (b'"never closed,' + b"x" * 2_000, "quotation marks"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(content: bytes, why: str) -> None:
    with pytest.raises(UnreadableSheet, match=why):
        rows(content)


def xlsx(*rows: tuple[Cell, ...]) -> bytes:
    with xlsx_file(("Primary", "Duplicate"), rows) as file:
        return file.read()


def test_the_first_sheet_of_an_excel_file_is_read_and_text_keeps_its_zeros() -> None:
    assert rows(xlsx(("00123", 25499339), ("a;b", "c,d"))) == [
        (1, ("Primary", "Duplicate")),
        (2, ("00123", "25499339")),
        (3, ("a;b", "c,d")),
    ]


def test_an_excel_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_guard, "UNPACKED", 1_000)
    with pytest.raises(UnreadableSheet, match="unpacks to more than"):
        rows(xlsx(("00123", "00124")))


def test_an_excel_file_that_states_a_false_size_is_refused() -> None:
    content = bytearray(xlsx(("00123", "00124")))
    # The sizes of a member stand 24 bytes behind the mark of its entry in the directory.
    size = content.rindex(b"PK\x01\x02") + 24
    content[size : size + 4] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableSheet, match="cannot be read"):
        rows(bytes(content))
