"""Reading whatever is sent, as a table or a bad file and nothing else: for examples that are found and for fuzzing."""

import tempfile
from pathlib import Path

from rollbook.common.sheet_in import UnreadableSheet, rows_of, text_of
from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.sheets.table import opened


def read(content: bytes) -> None:
    """Read a file of users; raises AssertionError where it is neither a table nor refused with a sentence."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        refused, before = ".", 0
        try:
            with opened(Path(file.name)) as table:
                for row, cells in table.rows:
                    assert row > max(1, before)
                    assert len(cells) <= len(table.columns)
                    assert not any("\0" in cell for cell in cells)
                    before = row
        except BadFile as error:
            refused = str(error)
        assert refused.endswith(".")


def read_pasted(content: bytes) -> None:
    """Read a file, or a text that is pasted, of pairs to merge."""
    refused = "."
    try:
        for row, cells in rows_of(text_of(content, most_bytes=100_000), most_rows=1_000):
            assert row > 0
            assert any(cells)
            assert not any("\0" in cell for cell in cells)
    except UnreadableSheet as error:
        refused = str(error)
    assert refused.endswith(".")
