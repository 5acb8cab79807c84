"""Looks at an XLSX file before it is opened: a small file can unpack to gigabytes (CASES 44)."""

import re
import zipfile
import zlib
from functools import lru_cache
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

from rollbook.common.sheets.bad_file import BROKEN_WORKBOOK, NOT_A_TABLE, BadFile

MB = 1 << 20
MEMBERS = 2_000
UNPACKED = 100 * MB
# Below this size no ratio is suspicious: a table of equal rows packs well.
SMALL = 20 * MB
RATIO = 200
CELLS = 1_500_000
CHUNK = MB
# Whatever it is called there, the reader takes it for a sheet.
SHEET = re.compile(r"[^/\\]*[/\\]worksheets[/\\].+", re.IGNORECASE | re.DOTALL)
TEXTS = "xl/sharedstrings.xml"
# Parts that the reader holds as up to twelve times their size; those of real workbooks have some hundred kilobytes.
MOST = {"xl/workbook.xml": MB, "xl/_rels/workbook.xml.rels": MB, "xl/styles.xml": 4 * MB}
TEXT = re.compile(rb"<(?:\w+:)?si[\s/>]")
# As the reader takes it, which knows of no last column or row: letters of either case, as many as there are.
PLACE = re.compile(r"([A-Za-z]{0,8})[A-Za-z]*(\d{0,12})\d*")
# What is raised for archives, and for XML in them, that are not as they should be.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    ExpatError,
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
    sheet, texts, size = _Extent(), 0, 0
    # As the reader finds it.
    name = member.filename.lower().replace("\\", "/")
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            allowed, size = allowed - len(chunk), size + len(chunk)
            if allowed < 0:
                raise BadFile(f"This workbook unpacks to more than a table of users can have. {REMEDY}")
            if size > MOST.get(name, UNPACKED):
                raise BadFile(
                    f"This workbook has more styles, names or sheets than a table of users can have. {REMEDY}"
                )
            if SHEET.fullmatch(member.filename):
                sheet.read(chunk)
            elif name == TEXTS:
                texts += len(TEXT.findall(chunk))
            _check_cells(max(sheet.cells, texts))
    sheet.end()
    return allowed


def _check_cells(cells: int) -> None:
    # A single cell far off makes a reader hold all that lie between.
    if cells > CELLS:
        raise BadFile(
            f"A sheet of this workbook reaches over more than {CELLS:,} cells. Delete the empty rows and columns at "
            f"its end, or: {REMEDY}"
        )


class _Extent:
    """How far a sheet reaches, whether its cells name their places or only follow each other.

    Read by a strict parser: what is well-formed, the reader of the sheet reads alike.
    """

    def __init__(self) -> None:
        self.rows = self.columns = self.seen = self.in_row = 0
        # The reader of the sheet heeds no declaration of another encoding: nor may this one.
        self.parser = ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self.began = False

    @property
    def cells(self) -> int:
        return max(self.rows * self.columns, self.seen)

    def read(self, chunk: bytes) -> None:
        """Raise ExpatError for what is no well-formed XML, or BadFile."""
        if b"\0" in chunk:
            # UTF-16, which the parser would go by where the file begins with its mark.
            raise BadFile(BROKEN_WORKBOOK)
        self.began = True
        self.parser.Parse(chunk, False)  # noqa: FBT003  # takes no keyword

    def end(self) -> None:
        """Raise ExpatError where a sheet that was begun is not whole."""
        if self.began:
            self.parser.Parse(b"", True)  # noqa: FBT003

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if tag == "row":
            self.rows += 1
            self.in_row = 0
        elif tag == "c":
            self.seen += 1
            self.in_row += 1
        else:
            return
        letters, row = self._place(attributes.get("r", ""))
        self.columns = max(self.columns, self.in_row, letters)
        self.rows = max(self.rows, row)

    @staticmethod
    def _place(written: str) -> tuple[int, int]:
        """Return the numbers of the column and the row of "B2"; 0 for what is not said."""
        place = PLACE.fullmatch(written)
        if place is None:
            return 0, 0
        letters, row = place.groups()
        return _column(letters), int(row or 0)


def _no_doctype(*_of: object) -> None:
    """No workbook has one; what it declares could be anything."""
    raise BadFile(BROKEN_WORKBOOK)


@lru_cache(maxsize=1000)
def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
