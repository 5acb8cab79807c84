"""`rollbook operations`."""

import json

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.operations.edit_user import EditUser
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.people.models import User
from rollbook.people.profile import Profile
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command
from tests.operations.doing import do


def rename(cast: Cast, user: User, last_name: str) -> OperationRecord:
    return do(cast.alice, EditUser(user_id=user.pk, profile=Profile(last_name=last_name)))


def test_list_shows_the_newest_first_and_only_those_about_a_user(cast: Cast, rollbook: Command) -> None:
    rename(cast, cast.ben, "Bäcker")
    rename(cast, cast.bea, "Braun")
    lines = rollbook("operations", "list").out.splitlines()
    assert [line.split("  ")[-1].strip() for line in lines] == ["What", "Edit Bea Brown", "Edit Ben Baker"]
    about_ben = json.loads(rollbook("operations", "list", "--user", "ben", "--json").out)
    assert [row["summary"] for row in about_ben] == ["Edit Ben Baker"]
    assert len(rollbook("operations", "list", "--limit", 1).out.splitlines()) == 2


def test_show_tells_who_when_why_and_each_change(cast: Cast, rollbook: Command) -> None:
    record = rename(cast, cast.ben, "Bäcker")
    out = rollbook("operations", "show", record.pk).out
    for part in ("Who: Alice Archer", "Why: a test", "1 user changed", "last_name=Baker", "last_name=Bäcker"):
        assert part in out
    shown = json.loads(rollbook("operations", "show", record.pk, "--json").out)
    assert shown["changes"] == [
        {
            "kind": "update",
            "table": "rollbook_user",
            "row": cast.ben.pk,
            "before": {"last_name": "Baker"},
            "after": {"last_name": "Bäcker"},
        }
    ]


def test_undo_takes_it_back_and_show_says_so(cast: Cast, rollbook: Command) -> None:
    record = rename(cast, cast.ben, "Bäcker")
    assert "nothing was changed" in rollbook("operations", "undo", record.pk, "--preview").out
    assert OperationRecord.objects.count() == 1
    assert rollbook("operations", "undo", record.pk, "--reason", "a slip").code == 0
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Baker"
    undo = OperationRecord.objects.get(undoes=record)
    assert (undo.actor, undo.reason) == ("cli:olive", "a slip")
    assert f"Undone by: {undo.pk}" in rollbook("operations", "show", record.pk).out


def test_a_removed_row_is_put_back_and_not_created(cast: Cast, rollbook: Command) -> None:
    record = do(cast.alice, ResetLMSAccounts(user_id=cast.ben.pk))
    assert "1 LMS account put back" in rollbook("operations", "undo", record.pk, "--preview").out
    assert "1 LMS account put back" in rollbook("operations", "undo", record.pk, "--reason", "a slip").out


def test_what_changed_since_is_a_conflict_that_is_left_alone_unless_asked_for(
    cast: Cast, rollbook: Command
) -> None:
    first, second = rename(cast, cast.ben, "Bäcker"), rename(cast, cast.ben, "Boulanger")
    preview = rollbook("operations", "undo", first.pk, "--preview")
    assert f"user #{cast.ben.pk}: changed since by operation {second.pk}" in preview.out
    left = rollbook("operations", "undo", first.pk)
    assert left.code == 1
    assert "Nothing was changed" in left.err
    assert rollbook("operations", "undo", first.pk, "--include-conflicts").code == 0
    cast.ben.refresh_from_db()
    assert cast.ben.last_name == "Baker"


def test_an_operation_that_is_not_there_is_refused(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("operations", "undo", 4711)
    assert (answer.code, answer.out) == (1, "")
    assert "There is no operation 4711" in answer.err


def test_a_wrong_use_exits_with_2(rollbook: Command) -> None:
    for arguments in ([], ["undo"], ["show", "twelve"]):
        with pytest.raises(SystemExit) as stopped:
            rollbook("operations", *arguments)
        assert stopped.value.code == 2
