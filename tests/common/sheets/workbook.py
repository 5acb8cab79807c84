"""Workbooks for tests, made of the XML of one sheet."""

import zipfile
from datetime import date
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
    "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Users" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
    f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(path: Path, rows: str, **parts: bytes | str) -> Path:
    """Write a workbook whose sheet holds `rows` (XML), with further parts by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in {**PARTS, **parts}.items():
            archive.writestr(name, xml)
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return path


def text(place: str, value: str) -> str:
    """Return the XML of a cell with text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(place: str, value: str) -> str:
    """Return the XML of a cell with a number."""
    return f'<c r="{place}"><v>{value}</v></c>'


# Cells of the second style are dates.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)


def day(place: str, value: date) -> str:
    """Return the XML of a cell that is a date, in a workbook whose `xl/styles.xml` is STYLES."""
    return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
