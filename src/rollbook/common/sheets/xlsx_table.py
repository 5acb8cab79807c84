"""XLSX as text: what stands in a cell, without what the spreadsheet program makes of it."""

from collections.abc import Generator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from rollbook.common.sheets import xlsx_guard
from rollbook.common.sheets.bad_file import BROKEN_WORKBOOK, EMPTY, BadFile

# Excel keeps 15 digits of a number.
EXACT = 10**15

Value = str | int | float | bool | date | time | timedelta


def records(file: Path | BinaryIO) -> Generator[list[str], None, None]:
    """Return the cells of each row of the first sheet that can be seen, empty rows too. Raises BadFile."""
    xlsx_guard.check(file)
    if not isinstance(file, Path):
        file.seek(0)
    try:
        with CalamineWorkbook.from_object(file) as book:
            names = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
            ]
            if not names:
                raise BadFile(EMPTY)
            sheet = book.get_sheet_by_name(names[0])
            for row in sheet.iter_rows():
                cells = [as_text(cell) for cell in row]
                # No XML has it, and no database takes it.
                if any("\0" in cell for cell in cells):
                    raise BadFile(BROKEN_WORKBOOK)
                yield cells
    except CalamineError as error:
        raise BadFile(BROKEN_WORKBOOK) from error


def as_text(cell: Value) -> str:
    """Return a cell as text. A number above 15 digits, of which some are lost, looks like 2.5E+20."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        # A date is a moment at midnight to a spreadsheet program.
        return (cell.date() if cell.time() == time() else cell).isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
