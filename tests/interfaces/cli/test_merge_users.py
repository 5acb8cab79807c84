"""`rollbook merge-users`: a line for each row, and an exit code for scripts."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.people.models import User
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command

Sheet = Callable[[str], Path]


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """Return what writes a file and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "pairs.csv"
        path.write_text(text)
        return path

    return write


def merged(cast: Cast) -> User | None:
    return User.objects.get(pk=cast.bea.pk).merged_into


def test_the_preview_says_a_line_for_each_row_and_the_totals_and_writes_nothing(
    cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    answer = rollbook("merge-users", sheet("Primary;Duplicate\n00123;00124\n00123;nobody\n"), "--preview")
    assert answer.out.splitlines() == [
        "Row 2: Bea Brown (00124) → Ben Baker (00123): will be merged",
        "  Warning: The names differ widely: Ben Baker and Bea Brown. Are they the same person?",
        "Row 3: nobody → 00123: refused: “nobody” is not there, or beyond your locations or access level",
        "Preview, nothing was changed: Merge 1 duplicate into 1 Primary",
        "2 rows: 1 merge, 1 refused",
    ]
    assert answer.code == 1
    assert not OperationRecord.objects.exists()


def test_the_rows_against_which_nothing_stands_are_merged_and_undone_together(
    cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    answer = rollbook("merge-users", sheet("00123,00124\n"), "--apply", "--reason", "one person")
    record = OperationRecord.objects.get(part_of=None)
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "Row 1: Bea Brown (00124) → Ben Baker (00123): merged"
    assert f"To take it back: rollbook operations undo {record.pk}" in answer.out
    assert (record.reason, record.actor, merged(cast)) == ("one person", "cli:olive", cast.ben)

    assert rollbook("operations", "undo", record.pk).code == 0
    assert merged(cast) is None


def test_a_refused_row_gives_the_exit_code_1_and_the_others_are_merged(
    cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    answer = rollbook(
        "merge-users", sheet("00123,00124\n00123,nobody\n"), "--apply", "--reason", "one person"
    )
    assert (answer.code, merged(cast)) == (1, cast.ben)


def test_the_same_file_again_changes_nothing_says_so_and_is_no_failure(
    cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    file = sheet("00123,00124\n")
    rollbook("merge-users", file, "--apply", "--reason", "one person")
    answer = rollbook("merge-users", file, "--apply", "--reason", "one person")
    assert answer.out.splitlines() == [
        "Row 1: Ben Baker (00124) → Ben Baker (00123): nothing to do: both lead to Ben Baker already",
        "Nothing was changed.",
        "1 row: 1 nothing to do",
    ]
    assert answer.code == 0


def test_without_a_reason_nothing_is_merged(cast: Cast, rollbook: Command, sheet: Sheet) -> None:
    answer = rollbook("merge-users", sheet("00123,00124\n"), "--apply")
    assert (answer.code, merged(cast)) == (1, None)
    assert answer.err.startswith("Give a reason")


def test_a_script_gets_json(cast: Cast, rollbook: Command, sheet: Sheet) -> None:
    answer = rollbook("merge-users", sheet("00123,00124\n"), "--apply", "--reason", "x", "--json")
    told = json.loads(answer.out)
    assert told["rows"] == [
        {
            "row": 1,
            "primary": "00123",
            "duplicate": "00124",
            "primary_id": cast.ben.pk,
            "duplicate_id": cast.bea.pk,
            "outcome": "merged",
            "why": "",
        }
    ]
    assert told["operation"] == OperationRecord.objects.get(part_of=None).pk


@pytest.mark.parametrize(
    ("text", "why"), [("Primary,Second\n1,2\n", "no column is called “Duplicate”"), ("", "names nobody")]
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    text: str, why: str, cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    answer = rollbook("merge-users", sheet(text), "--preview")
    assert answer.code == 1
    assert why in answer.err


def test_a_file_that_is_not_there_is_said(cast: Cast, rollbook: Command, tmp_path: Path) -> None:
    answer = rollbook("merge-users", tmp_path / "missing.csv", "--preview")
    assert answer.code == 1
    assert "No such file" in answer.err


def test_the_list_shows_the_batch_without_its_parts_and_a_users_list_the_merge_itself(
    cast: Cast, rollbook: Command, sheet: Sheet
) -> None:
    rollbook("merge-users", sheet("00123,00124\n"), "--apply", "--reason", "one person")
    batch = OperationRecord.objects.get(part_of=None)
    part = batch.parts.get()

    def listed(*arguments: str) -> list[int]:
        return [row["id"] for row in json.loads(rollbook("operations", "list", "--json", *arguments).out)]

    assert listed() == [batch.pk]
    assert listed("--user", "ben") == [part.pk]
    shown = rollbook("operations", "show", batch.pk).out
    assert f"{part.pk}" in shown
    assert "Merge Bea Brown into Ben Baker" in shown
    assert f"Part of: {batch.pk}" in rollbook("operations", "show", part.pk).out
