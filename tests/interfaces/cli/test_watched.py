"""`rollbook import-users --watch`: the nightly export of another system."""

import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

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


def test_a_link_is_not_followed_so_that_nobody_gets_rows_back_that_only_this_account_may_read(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    secret = put(tmp_path, "secret.csv", "Student ID,Last name\n00999999,Secret\n")
    (folder / "users.csv").symlink_to(secret)

    assert rollbook("import-users", "--watch", folder, "--once").code == 1
    assert names(folder / "failed") == ["users.csv", "users.csv.txt"]
    (report,) = (folder / "failed").glob("*.txt")
    assert report.read_text() == "users.csv is a link. Put the file itself into the folder.\n"
    assert secret.exists()


def test_what_is_written_follows_no_link_that_somebody_put_there(
    cast: Cast, rollbook: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.localtime()
    monkeypatch.setattr(timezone, "localtime", lambda: moment)
    folder = tmp_path / "incoming"
    folder.mkdir()
    put(folder, "users.csv", "Student ID,Last name\n00123,Bäcker\n00999999,X\n")
    ours = put(tmp_path, "ours.txt", "ours")
    for kind in ("txt", "refused.csv"):
        (folder / f".{moment:%Y-%m-%d-%H%M%S}-users.csv.{kind}").symlink_to(ours)

    assert rollbook("import-users", "--watch", folder, "--once").code == 3
    assert names(folder / "done") == ["users.csv", "users.csv.refused.csv", "users.csv.txt"]
    assert ours.read_text() == "ours"


def test_no_name_of_a_file_stops_the_watch_or_writes_lines_of_its_own(
    cast: Cast, rollbook: Command, tmp_path: Path
) -> None:
    content = "Student ID,Last name\n00123,Bäcker\n"
    odd = os.fsdecode(b"b\xe4cker.csv"), "users\nall.csv: done", "x" * 250 + ".csv"
    for name in odd:
        put(tmp_path, name, content)
    put(tmp_path, "users.csv", content, age=60)

    answer = rollbook("import-users", "--watch", tmp_path, "--once")

    assert (answer.code, answer.err) == (0, "")
    assert len(answer.out.splitlines()) == 4
    assert len(list((tmp_path / "done").iterdir())) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["done"]
    (record,) = OperationRecord.objects.all()
    assert "\n" not in record.summary


def test_a_file_that_cannot_be_taken_stays_and_keeps_no_other_waiting(
    cast: Cast, rollbook: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put(tmp_path, "first.csv", "Student ID,Last name\n00123,Boulanger\n", 200)
    put(tmp_path, "second.csv", "Student ID,Last name\n00123,Bäcker\n", 100)
    open_as_before = Path.open

    def locked(path: Path, *args: Any, **more: Any) -> Any:
        # What the file system says to an account that may not read it; root, as which tests may run, reads all.
        if path == first:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_as_before(path, *args, **more)

    monkeypatch.setattr(Path, "open", locked)
    answer = rollbook("import-users", "--watch", tmp_path, "--once")

    assert answer.code == 1
    assert answer.err == "first.csv stays where it is: Permission denied. Put that right, or take it away.\n"
    assert names(tmp_path / "done") == ["second.csv", "second.csv.txt"]
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Bäcker"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done", "first.csv"]
