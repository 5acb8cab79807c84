"""Looks at an XLSX file before it is opened: a small file can unpack to gigabytes (CASES 44)."""

import re
import zipfile
import zlib
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

from rollbook.common.sheets.bad_file import BROKEN_WORKBOOK, NOT_A_TABLE, BadFile

MB = 1 << 20
MEMBERS = 2_000
UNPACKED = 100 * MB
# Below this size no ratio is suspicious: a table of equal rows packs well.
SMALL = 20 * MB
RATIO = 200
CELLS = 1_500_000
CHUNK = MB
LONGEST_TAG = 10
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
TEXTS = "xl/sharedStrings.xml"
ROW = re.compile(rb"<(?:\w+:)?row\b")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
PLACE = re.compile(rb'<(?:\w+:)?(?:c|row)\s[^>]*?\br="([A-Z]{0,3})(\d{1,7})"')
# What `zipfile` raises for archives that are not as they should be.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
REMEDY = "Save the sheet as CSV, which may have any number of rows, and send that."


def check(file: Path | BinaryIO) -> None:
    """Raise BadFile for a file that is no XLSX, is cut off, or is larger unpacked than a table of users may be."""
    try:
        _look_into(file)
    except BadFile:
        raise
    except BROKEN as error:
        raise BadFile(BROKEN_WORKBOOK) from error


def _look_into(file: Path | BinaryIO) -> None:
    packed = file.stat().st_size if isinstance(file, Path) else file.seek(0, SEEK_END)
    allowed = min(UNPACKED, max(SMALL, packed * RATIO))
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            raise BadFile(NOT_A_TABLE)
        if len(members) > MEMBERS:
            raise BadFile(f"This workbook is made of more than {MEMBERS:,} parts. {REMEDY}")
        for member in members:
            allowed = _check_member(archive, member, allowed)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, allowed: int) -> int:
    """Unpack one member, and return how many bytes are left: the sizes that the file declares may be wrong."""
    sheet, texts = _Extent(), 0
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            allowed -= len(chunk)
            if allowed < 0:
                raise BadFile(f"This workbook unpacks to more than a table of users can have. {REMEDY}")
            if SHEET.fullmatch(member.filename):
                sheet.read(chunk)
            elif member.filename == TEXTS:
                texts += len(TEXT.findall(chunk))
            _check_cells(max(sheet.cells, texts))
    # The last row has no other after it that would end it.
    sheet.read(b"<row>")
    _check_cells(sheet.cells)
    return allowed


def _check_cells(cells: int) -> None:
    # A single cell far off makes a reader hold all that lie between.
    if cells > CELLS:
        raise BadFile(
            f"A sheet of this workbook reaches over more than {CELLS:,} cells. Delete the empty rows and columns at "
            f"its end, or: {REMEDY}"
        )


class _Extent:
    """How far a sheet reaches, whether its cells name their places or only follow each other."""

    def __init__(self) -> None:
        self.rows = self.columns = self.seen = 0
        self.tail = b""

    @property
    def cells(self) -> int:
        return max(self.rows * self.columns, self.seen)

    def read(self, chunk: bytes) -> None:
        text = self.tail + chunk
        parts = ROW.split(text)
        # The last row goes on in the next chunk; one that fills a chunk is counted as it is.
        goes_on = len(parts[-1]) < CHUNK
        self.tail = text[-len(parts[-1]) - LONGEST_TAG :] if goes_on else b""
        whole = parts[:-1] if goes_on else parts
        found = [len(CELL.findall(part)) for part in whole]
        self.seen += sum(found)
        places = PLACE.findall(text)
        letters = {column for column, _ in places}
        self.columns = max([self.columns, *found, *map(_column, letters)])
        self.rows = max([self.rows + len(whole), *(int(row) for _, row in places)])


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
