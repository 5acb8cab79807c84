"""XLSX as people send it, and as an attacker would (CASES 38, 42, 44)."""

import os
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.table import opened
from rollbook.common.sheets.xlsx_table import Value, as_text
from tests.common.sheets.reading import measured
from tests.common.sheets.workbook import MAIN, PARTS, STYLES, day, number, text, workbook


def read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    with opened(path) as table:
        return table.columns, list(table.rows)


def refusal(path: Path) -> str:
    with pytest.raises(BadFile) as refused:
        read(path)
    return str(refused.value)


def test_text_stays_text_and_numbers_have_no_tail(tmp_path: Path) -> None:
    header = f'<row r="1">{text("A1", "Name")}{text("B1", "ID")}</row>'
    rows = [("Ann", text("B2", "00123")), ("Ben", number("B3", "25499339")), ("Bea", number("B4", "2.5"))]
    body = "".join(
        f'<row r="{i}">{text(f"A{i}", name)}{cell}</row>' for i, (name, cell) in enumerate(rows, 2)
    )
    assert read(workbook(tmp_path / "x.xlsx", header + body)) == (
        ("Name", "ID"),
        [(2, ["Ann", "00123"]), (3, ["Ben", "25499339"]), (4, ["Bea", "2.5"])],
    )


def test_a_number_that_lost_digits_looks_like_one(tmp_path: Path) -> None:
    row = f'<row r="1">{text("A1", "ID")}</row><row r="2">{number("A2", "12345678901234567890")}</row>'
    assert "E+19" in read(workbook(tmp_path / "x.xlsx", row))[1][0][1][0]


def test_a_cell_that_is_a_date_is_told_from_the_number_that_it_is_kept_as(tmp_path: Path) -> None:
    rows = (
        f'<row r="1">{text("A1", "ID")}{text("B1", "Born")}</row>'
        f'<row r="2">{number("A2", "46093")}{day("B2", date(2026, 3, 12))}</row>'
    )
    path = workbook(tmp_path / "x.xlsx", rows, **{"xl/styles.xml": STYLES})
    assert "<v>46093</v>" in day("B2", date(2026, 3, 12))
    assert read(path)[1] == [(2, ["46093", "2026-03-12"])]


def test_rows_above_the_names_count(tmp_path: Path) -> None:
    rows = f'<row r="3">{text("A3", "ID")}</row><row r="4">{text("A4", "7")}</row>'
    assert read(workbook(tmp_path / "x.xlsx", rows)) == (("ID",), [(4, ["7"])])


def test_a_workbook_is_known_whatever_it_is_called(tmp_path: Path) -> None:
    row = f'<row r="1">{text("A1", "ID")}</row><row r="2">{text("A2", "7")}</row>'
    assert read(workbook(tmp_path / "users.csv", row)) == (("ID",), [(2, ["7"])])


def test_a_workbook_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", f'<row r="1">{text("A1", "ID")}</row>')
    whole = path.read_bytes()
    for length in (9, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        assert "not transferred whole" in refusal(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("users.csv", "a,b")
    assert "neither a CSV file nor" in refusal(tmp_path / "x.xlsx")


@pytest.mark.parametrize(
    "rows",
    [
        f'<row r="1">{text("A1", "ID")}</row><row r="1048576">{text("XFD1048576", "x")}</row>',
        "<row>" + "<c/>" * 1_500_100 + "</row>",
        "<row>" + "<c/>" * 3_000 + "</row>" + "<row><c/></row>" * 3_000,
        "<row><c/></row>" * 3_000 + "<row>" + "<c/>" * 3_000 + "</row>",
    ],
)
def test_a_sheet_that_reaches_far_is_refused_before_it_is_read(tmp_path: Path, rows: str) -> None:
    assert "1,500,000 cells" in refusal(workbook(tmp_path / "x.xlsx", rows))


def test_texts_without_number_are_refused(tmp_path: Path) -> None:
    parts = {"xl/sharedStrings.xml": "<sst>" + "<si/>" * 1_500_100 + "</sst>"}
    assert "1,500,000 cells" in refusal(workbook(tmp_path / "x.xlsx", "", **parts))


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("sheet1.xml", '<c r="AAAAAAAAA2"/>'),
        ("sheet1.xml", '<c r="A99999999"/>'),
        ("sheet1.xml", "<c r='AAAAAAAAA2'/>"),
        ("sheet1.xml", '<c s="1" r = "aaaaaaaaa2"/>'),
        ("sheet1.xml", '<c x=">" r="AAAAAAAAA2"/>'),
        ("sheet1.xml", "<x>" + " " * (3 << 20) + '</x><c r="AAAAAAAAA2"/>'),
        ("sheet1.bin", '<c r="AAAAAAAAA2"/>'),
        ("more/sheet1.xml", '<c r="AAAAAAAAA2"/>'),
    ],
)
def test_a_cell_far_off_is_noticed_however_it_is_written(tmp_path: Path, name: str, cell: str) -> None:
    """Reading it would take 200 GB, which ends the process; found by fuzzing."""
    relation = PARTS["xl/_rels/workbook.xml.rels"].replace("sheet1.xml", name)
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row>{cell}</row>'
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {"xl/_rels/workbook.xml.rels": relation, f"xl/worksheets/{name}": xml}
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, part in {**PARTS, **parts}.items():
            archive.writestr(each, part)
    assert "reaches over more than 1,500,000 cells" in refusal(path)


def test_a_sheet_that_pretends_another_encoding_or_has_a_doctype_is_broken(tmp_path: Path) -> None:
    hidden = b'<row><c r="AAAAAAAAA2"/></row>'.decode("utf-16-le")
    for xml in (
        f'<?xml version="1.0" encoding="UTF-16"?><worksheet><x>{hidden}</x></worksheet>'.encode("utf-16"),
        b'<!DOCTYPE worksheet [<!ENTITY x "y">]><worksheet>&x;</worksheet>',
    ):
        path = tmp_path / "x.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for each, part in {**PARTS, "xl/worksheets/sheet1.xml": xml}.items():
                archive.writestr(each, part)
        assert "damaged" in refusal(path)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_within_seconds(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    workbook(path, "")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w", force_zip64=True) as sheet,
    ):
        sheet.write(b"<worksheet>")
        for _ in range(300):
            sheet.write(b" " * (1 << 20))
    assert path.stat().st_size < 500_000
    started = time.perf_counter()
    assert "unpacks to more" in refusal(path)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL\\Styles.xml", "xl/_rels/workbook.xml.rels"])
def test_a_part_that_makes_the_reader_hold_a_multiple_of_it_is_refused(name: str, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "x.xlsx", f'<row r="1">{text("A1", "ID")}</row>', **{"a/b.xml": " " * (5 << 20)}
    )
    assert read(path)[0] == ("ID",), "what the reader does not look at may be as large as it is"
    path = workbook(tmp_path / "x.xlsx", "", **{name: " " * (5 << 20)})
    assert "styles, names or sheets" in refusal(path)


@pytest.mark.parametrize("name", ["xl/sharedStrings.xml", "XL/sharedstrings.XML"])
@pytest.mark.parametrize("number", ["1", " 1 ", "+1", "0000000000000001", "<!-- -->1", "&#49;"])
def test_one_text_that_stands_in_ever_so_many_cells_is_refused(
    name: str, number: str, tmp_path: Path
) -> None:
    texts = f'<sst xmlns="{MAIN}"><si><t>ID</t></si><si><t>{"x" * 32_000}</t></si></sst>'
    cells = '<row><c t="s"><v>{}</v></c></row>'
    path = workbook(tmp_path / "x.xlsx", cells.format(0) + cells.format(number) * 2_000, **{name: texts})
    assert "more text than a table of users" in refusal(path)
    path = workbook(tmp_path / "x.xlsx", cells.format(0) * 2_000 + cells.format(1) * 5, **{name: texts})
    assert len(read(path)[1]) == 2_004


def test_texts_of_any_script_count_by_the_bytes_they_take(tmp_path: Path) -> None:
    texts = f'<sst xmlns="{MAIN}"><si><t>ID</t></si><si><t>{"я" * 30_000}</t></si></sst>'
    cells = '<row><c t="s"><v>{}</v></c></row>'
    path = workbook(
        tmp_path / "x.xlsx", cells.format(0) + cells.format(1) * 400, **{"xl/sharedStrings.xml": texts}
    )
    assert len(read(path)[1]) == 400
    path = workbook(
        tmp_path / "x.xlsx", cells.format(0) + cells.format(1) * 500, **{"xl/sharedStrings.xml": texts}
    )
    assert "more text than a table of users" in refusal(path)


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "x.xlsx", f'<row r="1">{text("A1", "ID")}</row>', **{"XL/Workbook.xml": ""})
    assert "it is damaged" in refusal(path)


def test_texts_are_counted_whatever_the_case_of_their_part(tmp_path: Path) -> None:
    texts = f'<sst xmlns="{MAIN}">' + "<si/>" * 1_510_000 + "</sst>"
    path = workbook(tmp_path / "x.xlsx", "", **{"xl/SharedStrings.XML": texts})
    assert "more than 1,500,000 cells" in refusal(path)


def test_no_workbook_takes_more_than_200_megabytes(tmp_path: Path) -> None:
    """What takes the most for its size: texts, and sheets by name as far as they may be."""
    sheets = '<sheet name="U" sheetId="1" r:id="r1"/>' * 20_000
    path = workbook(
        tmp_path / "x.xlsx",
        f'<row r="1">{text("A1", "ID")}</row><row r="2">{text("A2", "7")}</row>',
        **{
            "xl/workbook.xml": PARTS["xl/workbook.xml"].replace("</sheets>", f"{sheets}</sheets>"),
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">'
            + f"<si><t>{'x' * 46}</t></si>" * 1_480_000
            + "</sst>",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("unpacks-to-less-than-a-bomb", os.urandom(520_000))
    reading = measured(path)
    assert (reading.rows, reading.refused) == (1, "")
    assert reading.megabytes < 200


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (datetime.fromisoformat("2026-03-31"), "2026-03-31"),
        (date(2026, 3, 31), "2026-03-31"),
        (True, "TRUE"),
        (-7.0, "-7"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1.00000000000000E+15"),
    ],
)
def test_a_cell_is_the_text_that_a_person_would_type(cell: Value, shown: str) -> None:
    assert as_text(cell) == shown
