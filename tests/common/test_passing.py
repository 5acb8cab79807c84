"""Temporary files: gone when closed, and also after a process was killed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from rollbook.common.passing import PREFIX, SECONDS, passing_file, remove_left_over

KILLED = """
import os
from rollbook.common.passing import passing_file
file = passing_file(".upload")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def aged(path: Path) -> None:
    then = time.time() - SECONDS - 60
    os.utime(path, (then, then))


def test_a_file_goes_when_it_is_closed(folder: Path) -> None:
    with passing_file(".upload") as file:
        assert [path.name for path in folder.iterdir()] == [Path(file.name).name]
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_goes_a_day_later_and_nothing_else(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "TMPDIR": str(folder)}, check=False)
    (left,) = folder.iterdir()
    assert remove_left_over() == 0
    other = folder / "somebody.upload"
    other.touch()
    tree = folder / f"{PREFIX}tree"
    tree.mkdir()
    (tree / "sent").write_text("x")
    for path in (left, tree, other):
        aged(path)
    with passing_file(".upload") as young:
        assert remove_left_over() == 2
        assert sorted(folder.iterdir()) == sorted([other, Path(young.name)])
