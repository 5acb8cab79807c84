"""Whom a merge refuses, what it gives no right to, and what it warns of (DESIGN 2.6 and 4, CASES 18 and 23)."""

import pytest
from django.test import Client
from django.urls import reverse

from rollbook.ledger.errors import NotAllowed, OutOfScope
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.lms.models import DeclaredWrong, LMSAccount
from rollbook.operations.edit_user import EditUser
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.merge_users import MergeUsers
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.people.access import actor_for
from rollbook.people.models import (
    AccessLevel,
    AttributeValue,
    ManagedLocation,
    User,
    UserAttribute,
)
from rollbook.people.profile import Profile
from rollbook.people.selection import UserSelection
from rollbook.training.records import Certificate, Enrolment, UserCompetency
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals
from tests.operations.merge_cases import launch, merge, merge_of, planned, two_accounts
from tests.training.stage import Stage, earned

LEFT_BEHIND = "Training would stay with a user who is merged into another. Merge the accounts again instead."
TO_NOBODY = "Training would come to a user who is merged into another. Undo that merge first."


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return two_accounts(cast)


# Rights never travel.


def test_case_23_an_administrators_duplicate_is_merged_by_a_super_user_only_and_leaves_no_right(
    cast: Cast,
) -> None:
    assert "Only a super user" in refusals(cast.carla, merge_of(cast.ben, cast.lou))
    merge(cast.alice, cast.ben, cast.lou)
    assert (cast.ben.access_level, cast.lou.access_level) == (AccessLevel.LEARNER, AccessLevel.LEARNER)
    assert not ManagedLocation.objects.filter(user__in=[cast.ben, cast.lou]).exists()


def test_rights_that_ended_come_back_by_the_undo_of_a_super_user_alone(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.lou.pk).update(access_level=AccessLevel.ADMINISTRATOR)
    record = merge(cast.alice, cast.ben, cast.lou)
    with pytest.raises(OutOfScope):
        do(cast.carla, Undo(operation_id=record.pk))
    do(cast.alice, Undo(operation_id=record.pk))
    cast.lou.refresh_from_db()
    assert cast.lou.access_level == AccessLevel.ADMINISTRATOR
    assert cast.lou.managed_locations.get().location == cast.oak


@pytest.mark.parametrize("sides", [("ben", "mallory"), ("mallory", "ben")])
def test_case_23_who_manages_one_side_only_merges_nobody(cast: Cast, sides: tuple[str, str]) -> None:
    primary, duplicate = (getattr(cast, side) for side in sides)
    with pytest.raises(OutOfScope):
        planned(cast, primary, duplicate)


def test_a_location_manager_may_not_merge(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        planned(cast, cast.ben, cast.bea, by=cast.lou)


def test_case_23_nobody_merges_their_own_account_away(cast: Cast) -> None:
    assert "your own account" in refusals(cast.alice, merge_of(cast.ben, cast.alice))
    with pytest.raises(OutOfScope):
        planned(cast, cast.ben, cast.carla)


def test_the_last_super_user_stays(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.SUPER_USER)
        User.objects.filter(pk=cast.alice.pk).update(status=User.Status.INACTIVE)
    cast.carla.refresh_from_db()
    assert refusals(cast.carla, merge_of(cast.ben, cast.carla))


def test_sessions_of_the_duplicate_end_and_stay_ended_whatever_is_undone(cast: Cast) -> None:
    sessions = Client(), Client(), Client()
    for session, user in zip(sessions, (cast.ben, cast.bea, cast.bea), strict=True):
        session.force_login(user)
    record = merge(cast.carla, cast.ben, cast.bea)
    home = reverse("learner:home")
    assert [session.get(home).status_code for session in sessions[:2]] == [200, 302]
    do(cast.carla, Undo(operation_id=record.pk))
    assert [session.get(home).status_code for session in sessions] == [200, 302, 302]


# What is refused, with the remedy.


def test_case_18_nobody_is_merged_with_oneself_by_any_route(cast: Cast) -> None:
    assert "the same account" in refusals(cast.carla, merge_of(cast.ben, cast.ben))
    assert "the same account" in refusals(cast.carla, merge_of(cast.ben, cast.bea, cast.ben))
    assert planned(cast, cast.ben, cast.bea, cast.bea).summary == "Merge Bea Brown into Ben Baker"


def test_case_18_merges_never_go_in_a_circle(cast: Cast) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    said = refusals(cast.carla, merge_of(cast.bea, cast.ben))
    assert said == (
        "Bea Brown was merged into Ben Baker already. Choose Ben Baker instead, or retrieve Bea Brown first."
    )


def test_an_undo_that_would_close_a_circle_is_refused(cast: Cast) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    retrieved = do(cast.carla, RetrieveUsers(user_ids=(cast.bea.pk,)))
    merge(cast.carla, cast.bea, cast.ben)
    assert "in a circle" in refusals(cast.carla, Undo(operation_id=retrieved.pk))


def test_an_inactive_user_is_neither_primary_nor_duplicate(cast: Cast) -> None:
    inactive = "Dora Dunn is inactive. Retrieve the user first."
    assert refusals(cast.carla, merge_of(cast.ben, cast.dora)) == inactive
    assert refusals(cast.carla, merge_of(cast.dora, cast.ben)) == inactive


def test_a_merge_without_a_duplicate_or_with_one_that_is_not_there_says_so(cast: Cast) -> None:
    assert "No duplicate was chosen" in refusals(cast.carla, merge_of(cast.ben))
    missing = MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(999_999_999,))
    assert refusals(cast.carla, missing) == "There is no user #999999999."


def test_a_merged_user_is_not_edited_and_given_nothing_and_says_whom_to_choose(
    cast: Cast, stage: Stage
) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    edit = EditUser(user_id=cast.bea.pk, profile=Profile(last_name="Back"))
    assert refusals(cast.carla, edit) == (
        "Bea Brown was merged into Ben Baker. Edit Ben Baker instead, or retrieve Bea Brown first."
    )
    give = GrantContentRoles(
        users=UserSelection(ids=(cast.bea.pk,)), content_role_ids=(stage.crew.pk,), take_away=True
    )
    (left_out,) = preview(give, acting=actor_for(cast.carla)).left_out
    assert (left_out.what, left_out.why) == ("Bea Brown", "merged into another account: choose that one")


def test_an_lms_account_never_leads_to_a_merged_user_also_by_an_undo(cast: Cast, stage: Stage) -> None:
    """The account was removed before the merge: putting it back would let the duplicate in again."""
    admitted = launch(cast.hillside, "h-bea", email="bea.brown@example.org").operation
    assert admitted is not None
    taken_back = do(cast.alice, Undo(operation_id=admitted.pk))
    merge(cast.alice, cast.ben, cast.bea)
    assert "merged into another" in refusals(cast.alice, Undo(operation_id=taken_back.pk))


def test_the_preview_says_that_a_reset_is_not_undone_once_the_user_was_merged(cast: Cast) -> None:
    reset = do(cast.alice, ResetLMSAccounts(user_id=cast.ben.pk))
    merged = merge(cast.alice, cast.bea, cast.ben)
    assert refusals(cast.alice, Undo(operation_id=reset.pk)) == (
        "An LMS account would lead to a user who is merged into another. Undo that merge first."
    )
    do(cast.alice, Undo(operation_id=merged.pk))
    do(cast.alice, Undo(operation_id=reset.pk))
    assert LMSAccount.objects.get(user=cast.ben).subject == "h-ben"


def test_a_retrieval_is_not_undone_while_an_lms_account_leads_to_the_duplicate(cast: Cast) -> None:
    merge(cast.alice, cast.ben, cast.bea)
    retrieved = do(cast.alice, RetrieveUsers(user_ids=(cast.bea.pk,)))
    launch(cast.hillside, "h-bea", email="bea.brown@example.org")
    said = refusals(cast.alice, Undo(operation_id=retrieved.pk))
    assert (
        "An LMS account would lead to a user who is merged into another. Link it to the Primary first."
        in said
    )


def test_an_undone_merge_does_not_come_back_without_what_the_duplicate_earned_since(
    cast: Cast, stage: Stage
) -> None:
    """Merge, undo it, merge a third account into the duplicate, undo the undo: that account's training would stay."""
    undone = do(cast.alice, Undo(operation_id=merge(cast.alice, cast.ben, cast.bea).pk))
    earned(Enrolment.objects.get(user=cast.mallory), stage, "CERT-M")
    merge(cast.alice, cast.bea, cast.mallory)
    assert LEFT_BEHIND in refusals(cast.alice, Undo(operation_id=undone.pk))
    assert LEFT_BEHIND in refusals(cast.alice, Undo(operation_id=undone.pk, include_conflicts=True))
    merge(cast.alice, cast.ben, cast.bea)
    assert Certificate.objects.get(code="CERT-M").user == cast.ben


@pytest.mark.parametrize("what", ["enrolment", "certificate", "competency"])
def test_a_retrieval_is_not_undone_once_the_retrieved_user_learnt_something(
    cast: Cast, stage: Stage, what: str
) -> None:
    merge(cast.alice, cast.bea, cast.ben)
    retrieved = do(cast.alice, RetrieveUsers(user_ids=(cast.ben.pk,)))
    with outside_the_ledger():
        if what == "enrolment":
            Enrolment.objects.create(user=cast.ben, course=stage.fire)
        elif what == "certificate":
            Certificate.objects.filter(user=cast.bea).update(user=cast.ben)
        else:
            UserCompetency.objects.filter(user=cast.bea).update(user=cast.ben)
    assert refusals(cast.alice, Undo(operation_id=retrieved.pk)) == LEFT_BEHIND


def test_training_never_comes_to_a_merged_user_also_by_an_undo(cast: Cast, stage: Stage) -> None:
    """A merge into the duplicate was undone before the duplicate was merged itself."""
    earned(Enrolment.objects.get(user=cast.mallory), stage, "CERT-M")
    undone = do(cast.alice, Undo(operation_id=merge(cast.alice, cast.bea, cast.mallory).pk))
    later = merge(cast.alice, cast.ben, cast.bea)
    assert refusals(cast.alice, Undo(operation_id=undone.pk)) == TO_NOBODY
    do(cast.alice, Undo(operation_id=later.pk))
    do(cast.alice, Undo(operation_id=undone.pk))
    assert Certificate.objects.get(code="CERT-M").user == cast.bea


def test_a_withdrawal_is_not_undone_while_the_user_is_merged(cast: Cast, stage: Stage) -> None:
    Enrolment.objects.create(user=cast.mallory, course=stage.first_aid)
    withdrawn = do(
        cast.alice,
        WithdrawEnrolments(users=UserSelection(ids=(cast.mallory.pk,)), course_ids=(stage.first_aid.pk,)),
    )
    later = merge(cast.alice, cast.ben, cast.mallory)
    assert refusals(cast.alice, Undo(operation_id=withdrawn.pk)) == TO_NOBODY
    do(cast.alice, Undo(operation_id=later.pk))
    do(cast.alice, Undo(operation_id=withdrawn.pk))
    assert Enrolment.objects.filter(user=cast.mallory, course=stage.first_aid).exists()


# What makes an administrator think twice.


def test_widely_different_names_and_dates_of_birth_are_warned_of(cast: Cast) -> None:
    with outside_the_ledger():
        born = UserAttribute.objects.create(code="born", label="Date of birth", kind="date")
        for user, day in ((cast.ben, "2001-01-01"), (cast.bea, "1999-12-31")):
            AttributeValue.objects.create(attribute=born, user=user, value=day)
    warnings = planned(cast, cast.ben, cast.bea).warnings
    assert "The names differ widely: Ben Baker and Bea Brown. Are they the same person?" in warnings
    assert (
        "Date of birth: Ben Baker has 2001-01-01, Bea Brown 1999-12-31. Are they the same person?" in warnings
    )


@pytest.mark.parametrize(("first", "last"), [("Ben", "Backer"), ("Baker", "Ben"), ("Benjamin", "Baker")])
def test_another_spelling_of_the_name_is_not_warned_of(cast: Cast, first: str, last: str) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(first_name=first, last_name=last)
    assert not planned(cast, cast.ben, cast.bea).warnings


def test_a_duplicate_who_was_just_there_and_one_with_more_rights_are_warned_of(cast: Cast) -> None:
    launch(cast.hillside, "h-bea", email="bea.brown@example.org")
    assert any("may be at work" in warning for warning in planned(cast, cast.ben, cast.bea).warnings)
    said = planned(cast, cast.ben, cast.lou, by=cast.alice).warnings
    assert (
        "Lou Lane is location manager and Ben Baker is learner. Nothing of those rights goes to Ben Baker."
        in said
    )


def test_a_merge_that_contradicts_a_declaration_is_warned_of(cast: Cast) -> None:
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-ben", user=cast.bea)
    assert any(
        warning.startswith("An administrator declared that h-ben of Hillside is not Bea Brown")
        for warning in planned(cast, cast.ben, cast.bea).warnings
    )
