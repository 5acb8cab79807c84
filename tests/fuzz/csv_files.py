"""Fuzzing of the CSV readers: that of files of users, and that of pairs to merge."""

import atheris

from tests.fuzz.fuzzing import fuzz

with atheris.instrument_imports(include=["rollbook.common"]):
    from tests.common.sheets.reading import read, read_pasted

EXAMPLES = (
    "E-mail,Student ID\nben@example.org,00123\n".encode("utf-8-sig"),
    "Vorname;Straße\r\nZoë;Ähre\r\n".encode("latin-1"),
    "ID\tName\n1\tBen\n".encode("utf-16"),
    b"sep=;\nID;Name\n1;Ben",
    b'ID,Name\n1,"a ""quoted"" cell\nof two lines"\n\n,\n2,Bea',
    b"ID|Name|\n1|Ben|x\n",
)
WORDS = (
    "sep=",
    "sep=;\n",
    '""',
    ",",
    ";",
    "\t",
    "|",
    "\r\n",
    "\0",
    "'=",
    "\ufeff",
    "\x85",
    "\u2028",
    "PK\x03\x04",
)


def target(data: bytes) -> None:
    """Read what is sent by both readers."""
    read(data)
    read_pasted(data)


if __name__ == "__main__":
    fuzz(target, EXAMPLES, WORDS)
