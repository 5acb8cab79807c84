"""Reading whatever is sent, as a table or a bad file and nothing else: for examples that are found and for fuzzing.

`python -m tests.common.sheets.reading FILE` says what reading took, in a process of its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class Reading:
    """What came of reading a file: the number of its rows or why it is refused, and what that took at most."""

    rows: int
    refused: str
    megabytes: int
    seconds: float  # of CPU: however much else the machine does


def measured(path: Path) -> Reading:
    """Read a file in a process of its own, which holds nothing else."""
    command = [sys.executable, "-m", Reading.__module__, str(path)]
    root = Path(__file__).parents[3]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return Reading(**json.loads(told))


def _read_here(path: Path) -> Reading:
    rows, refused, started = 0, "", time.process_time()
    try:
        with opened(path) as table:
            rows = sum(1 for _ in table.rows)
    except BadFile as error:
        refused = str(error)
    held = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    return Reading(rows, refused, int(held) >> 10, time.process_time() - started)


if __name__ == "__main__":
    print(json.dumps(asdict(_read_here(Path(sys.argv[1])))))  # noqa: T201
