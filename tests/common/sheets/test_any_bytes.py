"""Whatever is sent is a table or a bad file, and nothing else happens."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.table import opened
from tests.common.sheets.workbook import number, text, workbook

PIECES = [
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b'"',
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"a",
    b"0",
    "ü".encode(),
    b"\xfc",
    b"PK\x03\x04",
]


def read(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        refused = "."
        try:
            with opened(Path(file.name)) as table:
                for row, cells in table.rows:
                    assert row > 1
                    assert len(cells) <= len(table.columns)
                    assert not any("\0" in cell for cell in cells)
        except BadFile as error:
            refused = str(error)
        assert refused.endswith(".")


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=60).map(b"".join))
@example(b"\xff\xfea\0")
@example(b"sep=;")
@settings(max_examples=300)
def test_csv(content: bytes) -> None:
    read(content)


def whole() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        rows = f'<row r="1">{text("A1", "ID")}</row><row r="2">{number("A2", "7")}</row>'
        return workbook(Path(folder) / "x.xlsx", rows).read_bytes()


WHOLE = whole()


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4), st.integers(0, 20)
)
@settings(max_examples=200)
def test_a_workbook_with_wrong_bytes(changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(WHOLE)
    for position, value in changes:
        content[position] = value
    read(bytes(content[: len(content) - cut]))


@given(st.text(alphabet='<>/ rcvtis="A1Z9&;x', max_size=80))
@settings(max_examples=200)
def test_a_sheet_of_wrong_xml(rows: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read(workbook(Path(folder) / "x.xlsx", rows).read_bytes())
