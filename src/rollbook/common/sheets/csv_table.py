"""CSV as spreadsheet programs and other systems write it: its encoding and its delimiter are found out."""

import codecs
import csv
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from rollbook.common.sheets.bad_file import CUT_OFF, EMPTY, NOT_A_TABLE, BadFile

# The first of those that make the most columns is meant: people write commas within names, such as “Name, Vorname”.
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "vertical bars"}
# What Excel writes above the names so that it finds the delimiter again, and what others make of it.
DECLARED = re.compile(r'"?sep=([\t;,|])"?\1*\s*', re.IGNORECASE)
FIRST_ROWS = 100
# A mark at the start of the file, the codec that it stands for, and how people call it.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# What a file without a mark is written in: the first of these in which all of it can be read.
WITHOUT_MARK = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
CHUNK = 1 << 20
# Without an end of line for so long it is not a table, and reading on would take ever more memory.
LONGEST_LINE = 2 * CHUNK
LARGEST = 500 * CHUNK
# Empty ones take no room, and minutes.
MOST_LINES = 5_000_000
NUL = "This file has characters that no table has (NUL). Save it as “CSV UTF-8” or as XLSX, and send that."
TOO_MANY_LINES = f"This file has more than {MOST_LINES:,} lines. Delete the empty rows at its end, or split it, and send that."
NOT_AS_MARKED = (
    "This file begins as {encoding}, but has characters that are none in it: it was probably put together from several. "
    "Save it as “CSV UTF-8”, and send that."
)


@dataclass(frozen=True)
class Format:
    """How a CSV file is written. `first` is the number of lines before the one with the names of the columns."""

    codec: str
    encoding: str
    delimiter: str
    first: int
    ends_with_line: bool

    def __str__(self) -> str:
        return f"CSV with {DELIMITERS[self.delimiter]}, {self.encoding}"


def detect(path: Path) -> Format:
    """Find out how a file is written, by reading it once. Raises BadFile."""
    if path.stat().st_size > LARGEST:
        raise BadFile(
            f"This file has more than {LARGEST // CHUNK} MB. Leave columns out that are not needed, or split it."
        )
    with path.open("rb") as file:
        codec, encoding = _encoding(file)
        file.seek(max(0, path.stat().st_size - 4))
        ends_with_line = file.read().rstrip(b"\0")[-1:] in {b"\n", b"\r"}
    with path.open(encoding=codec, newline="") as lines:
        declared = DECLARED.fullmatch(lines.readline(LONGEST_LINE))
    if declared:
        return Format(codec, encoding, declared[1], 1, ends_with_line)
    names = {mark: _names(path, Format(codec, encoding, mark, 0, ends_with_line)) for mark in DELIMITERS}
    most = max(names, key=lambda mark: names[mark])
    return Format(codec, encoding, most if names[most] > 1 else ",", 0, ends_with_line)


def records(path: Path, how: Format) -> Generator[list[str], None, None]:
    """Return the cells of each record, empty lines too, of a file that `detect` took. Raises BadFile on the way."""
    number = 0
    with path.open(encoding=how.codec, newline="") as lines:
        since = [0]
        reader = csv.reader(_lines(lines, since), delimiter=how.delimiter, strict=True)
        try:
            for number, cells in enumerate(reader, 1):
                since[0] = 0
                if number > how.first:
                    yield cells
        except csv.Error as error:
            raise BadFile(_story(str(error), number + 1)) from error


def _lines(file: TextIO, since: list[int]) -> Iterator[str]:
    """Return the lines. `since` holds the number of characters since the last record: one may go over many lines."""
    while line := file.readline(LONGEST_LINE):
        since[0] += len(line)
        if since[0] >= LONGEST_LINE:
            raise BadFile(NOT_A_TABLE)
        yield line


def _story(error: str, row: int) -> str:
    if "unexpected end" in error:
        return CUT_OFF.format(where="a cell that begins with a quotation mark")
    if "field larger" in error:
        return (
            f"A cell in row {row} is longer than any cell is: a quotation mark there has probably no end. "
            "Correct that row, and send the file again."
        )
    return (
        f"Row {row} cannot be read: after a closing quotation mark there is more text. "
        'Write a quotation mark within a cell twice (""), and send the file again.'
    )


def _encoding(file: BinaryIO) -> tuple[str, str]:
    start = file.read(4)
    if not start:
        raise BadFile(EMPTY)
    file.seek(0)
    possible = {codec: name for mark, codec, name in MARKS if start.startswith(mark)} or WITHOUT_MARK
    codec = _decodable(file, possible)
    return codec, possible[codec]


def _decodable(file: BinaryIO, possible: dict[str, str]) -> str:
    """Return the first of these encodings in which all of a file can be read, and refuse what is no table."""
    decoders = {codec: codecs.getincrementaldecoder(codec)() for codec in possible}
    lines = without_end = 0
    while chunk := file.read(CHUNK):
        text = ""
        for codec, decoder in list(decoders.items()):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                del decoders[codec]
                if not decoders:
                    raise BadFile(NOT_AS_MARKED.format(encoding=possible[codec])) from error
        if "\0" in text:
            raise BadFile(NUL)
        ends = max(text.count("\n"), text.count("\r"))
        lines, without_end = lines + ends, 0 if ends else without_end + len(text)
        if lines > MOST_LINES:
            raise BadFile(TOO_MANY_LINES)
        if without_end >= LONGEST_LINE:
            raise BadFile(NOT_A_TABLE)
    codec, decoder = next(iter(decoders.items()))
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise BadFile(CUT_OFF.format(where="a character")) from error
    return codec


def _names(path: Path, how: Format) -> int:
    """Return the number of cells in the first row that is not empty; it may go over several lines."""
    with closing(records(path, how)) as rows:
        try:
            return len(next((cells for cells in islice(rows, FIRST_ROWS) if "".join(cells).strip()), ()))
        except BadFile:
            # A quotation mark ends where no cell of this format does.
            return 0
