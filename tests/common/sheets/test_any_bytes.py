"""Whatever is sent is a table or a bad file, and nothing else happens."""

import re
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollbook.common.sheet_in import UnreadableSheet, text_of
from tests.common.sheets.reading import read, read_pasted
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


# What fuzzing found (`python -m tests.fuzz`).


def test_a_workbook_with_a_nul_in_a_cell_is_broken(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "x.xlsx", f'<row r="1">{text("A1", "ID")}</row><row r="2">{text("A2", chr(0))}</row>'
    )
    read(path.read_bytes())
    with pytest.raises(UnreadableSheet, match="damaged"):
        text_of(path.read_bytes(), most_bytes=100_000)


def test_a_workbook_whose_parts_have_names_in_no_encoding_is_broken() -> None:
    name = b"xl/workbook.xml"
    content = WHOLE.replace(name, b"\xd5" + name[1:])
    # The mark that says that the names are UTF-8.
    for start in (m.start() for m in re.finditer(b"PK\x01\x02", content)):
        content = content[: start + 9] + b"\x08" + content[start + 10 :]
    read(content)
    read_pasted(content)


def test_a_workbook_whose_first_part_begins_before_the_file_is_broken() -> None:
    end = WHOLE.rfind(b"PK\x05\x06")
    size, where = struct.unpack("<II", WHOLE[end + 12 : end + 20])
    content = WHOLE[: end + 12] + struct.pack("<II", size, where + 198) + WHOLE[end + 20 :]
    read(content)
    read_pasted(content)
