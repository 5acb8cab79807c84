"""`rollbook import-users --watch`: the nightly export of another system."""

import os
import time
from pathlib import Path

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command


def put(folder: Path, name: str, content: str, age: float = 120) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    os.utime(path, (time.time() - age,) * 2)
    return path


def names(folder: Path) -> list[str]:
    # Each name begins with the date and time.
    return sorted(path.name[18:] for path in folder.iterdir())


def test_files_are_taken_in_order_and_moved_aside_with_a_report(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    put(tmp_path, "second.csv", "Student ID,Last name\n00123,Bäcker\n00999999,X\n", 100)
    put(tmp_path, "first.csv", "Student ID,Last name\n00123,Boulanger\n", 200)
    put(tmp_path, "broken.csv", 'Student ID,Last name\n00123,"Bou', 300)
    answer = rollbook("import-users", "--watch", tmp_path, "--once", "--reason", "nightly")
    assert answer.code == 3
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Bäcker"
    assert names(tmp_path / "done") == [
        *("first.csv", "first.csv.txt"),
        *("second.csv", "second.csv.refused.csv", "second.csv.txt"),
    ]
    assert names(tmp_path / "failed") == ["broken.csv", "broken.csv.txt"]
    (report,) = (tmp_path / "failed").glob("*.txt")
    assert "seems to be cut off" in report.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done", "failed"]
    assert [line.split(":")[0] for line in answer.out.splitlines()] == [
        "broken.csv",
        "first.csv",
        "second.csv",
    ]
    assert list(OperationRecord.objects.values_list("reason", flat=True).distinct()) == ["nightly"]


def test_a_file_on_its_way_waits(cast: Cast, rollbook: Command, tmp_path: Path) -> None:
    content = "Student ID,Last name\n00123,Bäcker\n"
    put(tmp_path, "fresh.csv", content, age=1)
    put(tmp_path, "users.csv.part", content)
    put(tmp_path, ".hidden.csv", content)
    assert rollbook("import-users", "--watch", tmp_path, "--once").code == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_a_refused_location_fails_the_file_and_not_the_watch(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    put(tmp_path, "users.csv", "Student ID,First name\n00777,Nele\n")
    assert rollbook("import-users", "--watch", tmp_path, "--once", "--location", "Nowhere").code == 1
    assert names(tmp_path / "failed") == ["users.csv", "users.csv.txt"]


def test_a_file_that_was_taken_but_not_moved_changes_nothing_the_second_time(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    content = "Student ID,First name\n00777,Nele\n"
    for _ in range(2):
        put(tmp_path, "users.csv", content)
        assert rollbook("import-users", "--watch", tmp_path, "--once", "--location", "Oak").code == 0
    assert User.objects.filter(first_name="Nele").count() == 1
    assert OperationRecord.objects.count() == 1


def test_a_folder_that_is_not_there_and_options_that_do_not_go_together_are_refused(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    assert "There is no folder" in rollbook("import-users", "--watch", tmp_path / "x").err
    assert "--watch goes without" in rollbook("import-users", "--watch", tmp_path, "--preview").err
    with pytest.raises(SystemExit):
        rollbook("import-users")
