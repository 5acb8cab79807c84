"""Deactivating users."""

import pytest

from rollbook.ledger.errors import NotAllowed, OutOfScope
from rollbook.ledger.writer import apply, preview
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.people.access import actor_for, operator
from rollbook.people.models import AccessLevel, User
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def deactivate(*users: User) -> DeactivateUsers:
    return DeactivateUsers(user_ids=tuple(user.pk for user in users))


def test_those_who_are_inactive_already_are_noted_and_left_as_they_are(cast: Cast) -> None:
    plan = preview(deactivate(cast.ben, cast.dora), acting=actor_for(cast.lou))
    assert plan.summary == "Deactivate Ben Baker"
    assert plan.rows == 1
    assert [note.what for note in plan.notes] == ["Dora Dunn is already inactive"]


def test_nobody_deactivates_himself(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.SUPER_USER)
    said = refusals(cast.alice, deactivate(cast.alice))
    assert said == "You cannot deactivate yourself; ask another administrator."


def test_the_last_super_user_is_not_deactivated_even_from_the_command_line(cast: Cast) -> None:
    plan = preview(deactivate(cast.alice, cast.ben), acting=operator("root"))
    assert plan.refusals == [
        "This would leave nobody who may do everything. Make another user super user first."
    ]


def test_an_inactive_super_user_does_not_count_as_one_who_stays(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.dora.pk).update(access_level=AccessLevel.SUPER_USER)
    assert (
        "nobody who may do everything" in preview(deactivate(cast.alice), acting=operator("root")).refusals[0]
    )


def test_one_user_out_of_reach_stops_all(cast: Cast) -> None:
    with pytest.raises(OutOfScope):
        do(cast.lou, deactivate(cast.ben, cast.mallory))
    cast.ben.refresh_from_db()
    assert cast.ben.is_active


def test_users_who_are_not_there_and_no_users_at_all_are_refused(cast: Cast) -> None:
    assert refusals(cast.lou, DeactivateUsers(user_ids=(999_999,))) == "There is no user #999999."
    assert "Nobody was chosen" in refusals(cast.lou, DeactivateUsers(user_ids=()))


def test_whoever_was_deactivated_since_the_preview_does_nothing_any_more(cast: Cast) -> None:
    acting = actor_for(cast.lou)
    plan = preview(deactivate(cast.ben), acting=acting)
    do(cast.alice, deactivate(cast.lou))
    with pytest.raises(NotAllowed):
        apply(plan, acting=acting, reason="left")


def test_whoever_lost_the_access_level_since_the_preview_does_nothing_any_more(cast: Cast) -> None:
    acting = actor_for(cast.alice)
    plan = preview(deactivate(cast.carla), acting=acting)
    with outside_the_ledger():
        User.objects.filter(pk=cast.alice.pk).update(access_level=AccessLevel.LEARNER)
    with pytest.raises(NotAllowed):
        apply(plan, acting=acting, reason="left")
