"""Fuzzing of the XLSX reader: bytes of a workbook, and workbooks whose parts are whatever they are."""

import io
import tempfile
import zipfile
from pathlib import Path

import atheris

from tests.fuzz.fuzzing import fuzz

with atheris.instrument_imports(include=["rollbook.common"]):
    from tests.common.sheets.reading import read, read_pasted
    from tests.common.sheets.workbook import MAIN, PARTS, number, text, workbook

SHEET = "xl/worksheets/sheet1.xml"
# Between the parts in what is fuzzed: within a workbook a part has a checksum, so that a changed byte only breaks it.
BETWEEN = b"\xff\xff"
NAMES = (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels")
ROWS = f'<row r="1">{text("A1", "ID")}{text("B1", "Name")}</row><row r="2">{number("A2", "7")}<c r="B2" t="s"><v>0</v></c></row>'
TEXTS = f'<sst xmlns="{MAIN}" count="1"><si><t>Ben</t></si></sst>'
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
DATES = f'<row r="1">{text("A1", "Day")}</row><row r="2"><c r="A2" s="1"><v>45000.5</v></c><c t="d"><v>2026-01-01</v></c></row>'
WORDS = (
    "<row", "<c ", ' r="', ' t="s"', ' t="str"', ' t="b"', ' t="e"', ' t="d"', ' s="1"', "<v>", "</v>", "<f>", "<is><t>",
    "<si>", "XFD1048576", "ZZZ9999999", "1e308", "-1", "NaN", "<dimension ref=", "<mergeCell ref=", 'state="hidden"',
    "<!DOCTYPE x [", "<![CDATA[", "&#0;", "&amp;", "\ufffe",
)  # fmt: skip


def made(data: bytes) -> bytes:
    """Return a workbook whose parts are those between the marks, in the order of `NAMES`; what is missing is usual."""
    usual = {**PARTS, SHEET: sheet(ROWS), "xl/sharedStrings.xml": TEXTS, "xl/styles.xml": STYLES}
    given = dict(zip(NAMES, filter(None, data.split(BETWEEN)), strict=False))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in {**usual, **given}.items():
            archive.writestr(name, part)
    return out.getvalue()


def sheet(rows: str) -> str:
    """Return the XML of a sheet."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def target(data: bytes) -> None:
    """Read the workbook that is sent, or the one that is made of what is sent."""
    content = data if data.startswith(b"PK") else made(data)
    read(content)
    read_pasted(content)


def whole() -> bytes:
    """Return the bytes of a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        return workbook(Path(folder) / "x.xlsx", ROWS, **{"xl/sharedStrings.xml": TEXTS}).read_bytes()


if __name__ == "__main__":
    parts = [sheet(ROWS), TEXTS, PARTS["xl/workbook.xml"], STYLES, PARTS["xl/_rels/workbook.xml.rels"]]
    examples = [
        whole(),
        *(sheet(rows).encode() for rows in (ROWS, DATES)),
        BETWEEN.join(map(str.encode, parts)),
    ]
    fuzz(target, examples, WORDS)
