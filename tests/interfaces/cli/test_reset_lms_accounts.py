"""`rollbook reset-lms-accounts`."""

import json

from rollbook.ledger.models import OperationRecord
from rollbook.lms.models import DeclaredWrong, LMSAccount
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.cli.conftest import Command


def test_it_removes_the_accounts_in_the_name_of_the_account_of_this_machine(
    cast: Cast, rollbook: Command
) -> None:
    answer = rollbook("reset-lms-accounts", "BEN.baker@example.org", "--reason", "cross-linked")
    assert answer.code == 0
    assert answer.err.startswith("Warning: Hillside would link h-ben to Ben Baker again.")
    assert "1 LMS account removed" in answer.out
    assert not LMSAccount.objects.filter(user=cast.ben).exists()
    record = OperationRecord.objects.get()
    assert (record.actor, record.reason) == ("cli:olive", "cross-linked")
    assert f"rollbook operations undo {record.pk}" in answer.out


def test_the_preview_changes_nothing(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("reset-lms-accounts", "00123", "--preview", "--json")
    plan = json.loads(answer.out)
    assert (answer.code, plan["counts"]) == (0, {"rollbook_lms_account": {"remove": 1}})
    assert plan["can_apply"]
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_without_a_reason_it_is_refused(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("reset-lms-accounts", f"#{cast.ben.pk}")
    assert (answer.code, answer.out) == (1, "")
    assert "Give a reason" in answer.err
    assert LMSAccount.objects.filter(user=cast.ben).exists()


def test_all_pairs_or_the_named_ones_are_declared_wrong(cast: Cast, rollbook: Command) -> None:
    unknown = rollbook("reset-lms-accounts", "ben", "--reason", "x", "--declare-wrong", "NOSUCH")
    assert (unknown.code, unknown.err) == (1, "Ben Baker has no LMS account NOSUCH, but: LMSBEN000001.\n")
    assert rollbook("reset-lms-accounts", "ben", "--reason", "x", "--declare-wrong").code == 0
    assert DeclaredWrong.objects.get().user == cast.ben


def test_a_user_without_lms_accounts_is_refused_with_the_reason(cast: Cast, rollbook: Command) -> None:
    answer = rollbook("reset-lms-accounts", "bea", "--reason", "x")
    assert answer.code == 1
    assert "Bea Brown has never come through an LMS" in answer.err


def test_a_name_that_means_several_or_nobody_is_an_error_that_says_so(cast: Cast, rollbook: Command) -> None:
    with outside_the_ledger():
        cast.bea.identifiers.create(attribute=cast.username, value="00123")
    several = rollbook("reset-lms-accounts", "00123", "--reason", "x")
    assert several.code == 1
    assert f"#{cast.ben.pk} Ben Baker, #{cast.bea.pk} Bea Brown" in several.err
    assert "Nobody is named “nobody”" in rollbook("reset-lms-accounts", "nobody", "--reason", "x").err
    assert LMSAccount.objects.filter(user=cast.ben).exists()
