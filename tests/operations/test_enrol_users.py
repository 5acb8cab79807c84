"""Who is on which course: enrol, withdraw, content roles."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rollbook.ledger.writer import preview
from rollbook.operations.enrol_users import EnrolUsers
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Course, RoleGrant
from rollbook.training.records import Certificate, Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals
from tests.training.stage import Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def of(*users: User) -> UserSelection:
    return UserSelection(ids=tuple(user.pk for user in users))


def told(who: User, operation: EnrolUsers | WithdrawEnrolments | GrantContentRoles) -> list[str]:
    return [note.what for note in preview(operation, acting=actor_for(who)).notes]


def test_users_are_enrolled_and_due_at_the_end_of_the_day_that_the_course_says(
    cast: Cast, stage: Stage
) -> None:
    do(cast.lou, EnrolUsers(users=of(cast.bea), course_ids=(stage.first_aid.pk,)))
    do(cast.alice, EnrolUsers(users=of(cast.carla), course_ids=(stage.fire.pk,)))

    assert Enrolment.objects.get(user=cast.bea, course=stage.first_aid).due_at is None
    enrolment = Enrolment.objects.get(user=cast.carla)
    assert (enrolment.status, enrolment.current) == (Status.NOT_STARTED, True)
    assert enrolment.due_at is not None
    due = timezone.localtime(enrolment.due_at)
    assert (due.date(), due.hour, due.minute) == (timezone.localdate() + timedelta(days=30), 23, 59)


def test_whoever_is_on_the_course_is_left_as_they_are_and_that_is_said(cast: Cast, stage: Stage) -> None:
    operation = EnrolUsers(users=of(cast.ben, cast.bea), course_ids=(stage.first_aid.pk,))

    assert told(cast.carla, operation) == [
        "1 user enrolled on First aid",
        "1 user on First aid left as they are",
    ]
    do(cast.carla, operation)
    assert Enrolment.objects.filter(user=cast.ben, course=stage.first_aid).count() == 1


def test_enrolling_again_makes_the_completed_one_historical_and_keeps_what_it_earned(
    cast: Cast, stage: Stage
) -> None:
    again = EnrolUsers(users=of(cast.ben, cast.bea), course_ids=(stage.fire.pk,), again=True)
    do(cast.carla, again)

    old, new = Enrolment.objects.filter(user=cast.ben, course=stage.fire).order_by("pk")
    assert (old.current, old.status) == (False, Status.COMPLETED)
    assert (new.current, new.status) == (True, Status.NOT_STARTED)
    assert Certificate.objects.get(user=cast.ben).enrolment == old
    # Bea is in the middle of it: nothing is begun again.
    assert Enrolment.objects.get(user=cast.bea).status == Status.IN_PROGRESS


def test_whoever_had_single_chapters_by_a_content_role_gets_the_whole_course_with_its_due_date(
    cast: Cast, stage: Stage
) -> None:
    Enrolment.objects.filter(user=cast.bea).update(whole=False)
    operation = EnrolUsers(users=of(cast.ben, cast.bea), course_ids=(stage.fire.pk,))
    due = timezone.localdate() + timedelta(days=30)

    assert told(cast.carla, operation) == [
        f"1 user gets the whole of Fire safety, due by {due:%-d %B %Y}",
        "1 user on Fire safety left as they are",
    ]
    do(cast.carla, operation)
    enrolment = Enrolment.objects.get(user=cast.bea)
    assert (enrolment.whole, enrolment.status) == (True, Status.IN_PROGRESS)
    assert enrolment.due_at is not None
    assert timezone.localtime(enrolment.due_at).date() == due


def test_inactive_users_and_those_beyond_reach_are_left_out_with_the_reason(cast: Cast, stage: Stage) -> None:
    operation = EnrolUsers(users=of(cast.bea, cast.dora, cast.mallory), course_ids=(stage.first_aid.pk,))
    plan = preview(operation, acting=actor_for(cast.carla))

    assert [note.what for note in plan.left_out] == [f"User #{cast.mallory.pk}", "1 inactive user"]
    do(cast.carla, operation)
    assert set(Enrolment.objects.filter(course=stage.first_aid).values_list("user", flat=True)) == {
        cast.ben.pk,
        cast.bea.pk,
    }


def test_a_closed_or_unknown_course_is_refused_with_the_remedy(cast: Cast, stage: Stage) -> None:
    with outside_the_ledger():
        Course.objects.filter(pk=stage.first_aid.pk).update(open=False)

    closed = EnrolUsers(users=of(cast.bea), course_ids=(stage.first_aid.pk,))
    assert refusals(cast.carla, closed) == "First aid is closed: learners do not see it. Open it first."
    unknown = EnrolUsers(users=of(cast.bea), course_ids=(999_999,))
    assert "There is no course #999999." in refusals(cast.carla, unknown)


def test_withdrawing_removes_what_nobody_began_and_keeps_the_rest_as_history(
    cast: Cast, stage: Stage
) -> None:
    Enrolment.objects.create(user=cast.bea, course=stage.first_aid)
    operation = WithdrawEnrolments(users=of(cast.ben, cast.bea), course_ids=(stage.first_aid.pk,))
    plan = preview(operation, acting=actor_for(cast.lou))

    assert [note.what for note in plan.notes] == ["1 enrolment becomes historical", "1 enrolment is removed"]
    do(cast.lou, operation)
    (left,) = Enrolment.objects.filter(course=stage.first_aid)
    assert (left.user, left.current, left.status) == (cast.ben, False, Status.IN_PROGRESS)


def test_withdrawing_warns_where_a_content_role_still_gives_the_course(cast: Cast, stage: Stage) -> None:
    operation = WithdrawEnrolments(users=of(cast.ben), course_ids=(stage.fire.pk,))
    (warning,) = preview(operation, acting=actor_for(cast.lou)).warnings

    assert warning.startswith(
        "1 of them still has a course of these, or a chapter of one, by a content role."
    )


def test_nothing_to_withdraw_is_said(cast: Cast, stage: Stage) -> None:
    operation = WithdrawEnrolments(users=of(cast.bea), course_ids=(stage.first_aid.pk,))
    assert "there is nothing to withdraw" in refusals(cast.lou, operation)


def test_a_content_role_is_given_once_and_taken_away(cast: Cast, stage: Stage) -> None:
    both = of(cast.ben, cast.bea)
    give = GrantContentRoles(users=both, content_role_ids=(stage.crew.pk,))
    assert told(cast.lou, give) == ["1 user gets Crew", "1 user left as they are"]
    do(cast.lou, give)
    assert RoleGrant.objects.count() == 2
    assert "there is nothing to change" in refusals(cast.lou, give)

    do(cast.lou, GrantContentRoles(users=both, content_role_ids=(stage.crew.pk,), take_away=True))
    assert not RoleGrant.objects.exists()
