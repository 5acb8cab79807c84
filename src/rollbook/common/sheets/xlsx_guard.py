"""Looks at an XLSX file before it is opened: a small file can unpack to gigabytes (CASES 44)."""

import re
import zipfile
import zlib
from abc import ABC, abstractmethod
from array import array
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
# The reader writes a text out for each cell that names it.
WRITTEN_OUT = 24 * MB
# As the reader takes it, which knows of no last column or row: letters of either case, as many as there are.
PLACE = re.compile(r"([A-Za-z]{0,8})[A-Za-z]*(\d{0,12})\d*")
# What is raised for archives, and for XML in them, that are not as they should be.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,  # of zipfile: a way to pack, or to encrypt, that it does not know
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
        # As the reader finds them.
        members = {each.filename.lower().replace("\\", "/"): each for each in archive.infolist()}
        if "xl/workbook.xml" not in archive.namelist():
            raise BadFile(NOT_A_TABLE)
        if len(archive.infolist()) > MEMBERS:
            raise BadFile(f"This workbook is made of more than {MEMBERS:,} parts. {REMEDY}")
        if len(members) < len(archive.infolist()):
            raise BadFile(BROKEN_WORKBOOK)
        texts = _Texts()
        # First the texts: the sheets refer to them.
        for name in sorted(members, key=lambda name: name != TEXTS):
            allowed = _check_member(archive, name, members[name], allowed, texts)


def _check_member(
    archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo, allowed: int, texts: "_Texts"
) -> int:
    """Unpack one member, and return how many bytes are left: the sizes that the file declares may be wrong."""
    sheet, size = _Extent(texts.sizes), 0
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
                texts.read(chunk)
            _check_cells(max(sheet.cells, len(texts.sizes)))
            if sheet.written_out > WRITTEN_OUT:
                raise BadFile(f"This workbook has more text than a table of users can have. {REMEDY}")
    sheet.end()
    if name == TEXTS:
        texts.end()
    return allowed


def _check_cells(cells: int) -> None:
    # A single cell far off makes a reader hold all that lie between.
    if cells > CELLS:
        raise BadFile(
            f"A sheet of this workbook reaches over more than {CELLS:,} cells. Delete the empty rows and columns at "
            f"its end, or: {REMEDY}"
        )


class _Part(ABC):
    """A part of a workbook, read by a strict parser: what is well-formed, the reader of the workbook reads alike."""

    def __init__(self) -> None:
        # The reader heeds no declaration of another encoding: nor may this one.
        self.parser = ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self.parser.buffer_text = True
        self.began = False

    def read(self, chunk: bytes) -> None:
        """Raise ExpatError for what is no well-formed XML, or BadFile."""
        if b"\0" in chunk:
            # UTF-16, which the parser would go by where the file begins with its mark.
            raise BadFile(BROKEN_WORKBOOK)
        self.began = True
        self.parser.Parse(chunk, False)  # noqa: FBT003  # takes no keyword

    def end(self) -> None:
        """Raise ExpatError where a part that was begun is not whole."""
        if self.began:
            self.parser.Parse(b"", True)  # noqa: FBT003

    @abstractmethod
    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Take notice of an element."""


class _Texts(_Part):
    """How long each of the texts is to which cells refer by their number; in bytes, as the reader holds them."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes = array("I")
        self.parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            self.sizes.append(0)

    def _characters(self, data: str) -> None:
        if self.sizes:
            self.sizes[-1] += len(data.encode())


class _Extent(_Part):
    """How far a sheet reaches, whether its cells name their places or only follow each other.

    `written_out` is how long the texts are together to which its cells refer.
    """

    def __init__(self, sizes: "array[int]") -> None:
        super().__init__()
        self.rows = self.columns = self.seen = self.in_row = self.written_out = 0
        self.sizes = sizes
        self.refers = False
        self.number = ""

    @property
    def cells(self) -> int:
        return max(self.rows * self.columns, self.seen)

    def end(self) -> None:
        """Count what the last cell refers to as well."""
        super().end()
        self._refer()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if self.parser.CharacterDataHandler:
            self._refer()
        if tag == "v" and self.refers:
            self.parser.CharacterDataHandler = self._characters
            return
        if tag == "row":
            self.rows += 1
            self.in_row = 0
        elif tag == "c":
            self.seen += 1
            self.in_row += 1
            self.refers = attributes.get("t") == "s"
        else:
            return
        letters, row = self._place(attributes.get("r", ""))
        self.columns = max(self.columns, self.in_row, letters)
        self.rows = max(self.rows, row)

    def _characters(self, data: str) -> None:
        self.number += data

    def _refer(self) -> None:
        """Count the text to which the last cell refers. The reader refuses what is no number of a text."""
        number = self.number.strip().lstrip("+").lstrip("0") or "0"
        if len(number) < 10 and number.isdecimal() and int(number) < len(self.sizes):
            self.written_out += self.sizes[int(number)]
        self.number = ""
        self.parser.CharacterDataHandler = None

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
