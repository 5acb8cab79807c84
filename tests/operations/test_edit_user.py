"""Editing a user."""

import pytest

from rollbook.ledger.errors import NothingToDo, OutOfScope
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.edit_user import EditUser
from rollbook.people.access import actor_for, operator
from rollbook.people.models import AccessLevel, ManagedLocation, User
from rollbook.people.profile import Profile
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def edit(user: User, **given: object) -> EditUser:
    return EditUser(user_id=user.pk, profile=Profile(**given))


def test_only_what_differs_is_changed(cast: Cast) -> None:
    record = do(cast.lou, edit(cast.ben, first_name="Ben", last_name="Bäcker"))
    change = record.changes.get()
    assert (change.before, change.after) == ({"last_name": "Baker"}, {"last_name": "Bäcker"})


def test_an_edit_without_a_difference_is_nothing_to_do(cast: Cast) -> None:
    operation = edit(
        cast.ben,
        first_name=" Ben ",
        email=cast.ben.email,
        location_id=cast.oak.pk,
        access_level="learner",
        managed_location_ids=(),
        attributes={"student_id": ("00123",), "employee_id": ("E-7",)},
        send_notifications=True,
    )
    with pytest.raises(NothingToDo):
        do(cast.lou, operation)


def test_an_attribute_that_is_not_named_stays_and_an_empty_one_goes(cast: Cast) -> None:
    do(cast.lou, edit(cast.ben, attributes={"employee_id": ()}))
    assert not cast.ben.attribute_values.exists()
    assert cast.ben.identifiers.count() == 2


def test_an_identifier_that_is_replaced_keeps_its_row(cast: Cast) -> None:
    before = cast.ben.identifiers.get(attribute=cast.student_id)
    do(cast.lou, edit(cast.ben, attributes={"student_id": ("00125", "00126")}))
    rows = cast.ben.identifiers.filter(attribute=cast.student_id).order_by("pk")
    assert [row.value for row in rows] == ["00125", "00126"]
    assert rows[0].pk == before.pk


def test_the_same_address_in_other_letters_is_no_clash_with_oneself(cast: Cast) -> None:
    do(cast.lou, edit(cast.ben, email="Ben.Baker@Example.org"))
    cast.ben.refresh_from_db()
    assert cast.ben.email == "Ben.Baker@Example.org"


def test_an_identifier_of_somebody_else_is_refused_by_name(cast: Cast) -> None:
    said = refusals(cast.lou, edit(cast.bea, attributes={"student_id": ("00123",)}))
    assert said == "The student ID 00123 belongs to Ben Baker. Give another one."


def test_an_identifier_shared_with_a_super_user_cannot_be_given_but_does_not_stop_other_edits(
    cast: Cast,
) -> None:
    assert "signs in with alice" in refusals(cast.lou, edit(cast.ben, attributes={"student_id": ("alice",)}))
    with outside_the_ledger():
        cast.ben.identifiers.create(attribute=cast.student_id, value="alice")
    kept = edit(cast.ben, last_name="Bäcker", attributes={"student_id": ("00123", "alice")})
    assert refusals(cast.lou, kept) == ""


def test_nobody_changes_his_own_access_level(cast: Cast) -> None:
    said = refusals(cast.alice, edit(cast.alice, access_level="administrator"))
    assert said == "Nobody changes his or her own access level. Ask another super user."


def test_nobody_but_a_super_user_edits_an_equal(cast: Cast) -> None:
    for who, whom in ((cast.carla, cast.carla), (cast.carla, cast.alice), (cast.lou, cast.carla)):
        with pytest.raises(OutOfScope):
            preview(edit(whom, last_name="Changed"), acting=actor_for(who))


def test_nobody_gives_a_level_of_his_own_height(cast: Cast) -> None:
    assert "access level Administrator" in refusals(cast.carla, edit(cast.ben, access_level="administrator"))


def test_the_last_super_user_is_not_demoted_even_from_the_command_line(cast: Cast) -> None:
    plan = preview(edit(cast.alice, access_level="learner"), acting=operator("root"))
    assert plan.refusals == [
        "This would leave nobody who may do everything. Make another user super user first."
    ]


def test_the_last_super_user_stays_one_also_by_an_undo(cast: Cast) -> None:
    raised = do(cast.alice, edit(cast.carla, access_level="super_user"))
    cast.carla.refresh_from_db()
    do(cast.carla, edit(cast.alice, access_level="learner"))
    said = refusals(cast.carla, Undo(operation_id=raised.pk))
    assert said == "This would leave nobody who may do everything. Make another user super user first."


def test_one_of_two_super_users_is_demoted(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.carla.pk).update(access_level=AccessLevel.SUPER_USER)
    do(cast.alice, edit(cast.carla, access_level="administrator"))
    cast.carla.refresh_from_db()
    assert cast.carla.level == AccessLevel.ADMINISTRATOR


def test_whoever_becomes_a_learner_manages_nothing_any_more(cast: Cast) -> None:
    plan = preview(edit(cast.lou, access_level="learner"), acting=actor_for(cast.carla))
    assert [note.what for note in plan.notes] == ["Lou Lane no longer manages Oak"]
    apply(plan, acting=actor_for(cast.carla))
    assert not ManagedLocation.objects.filter(user=cast.lou).exists()


def test_managed_locations_are_given_and_taken(cast: Cast) -> None:
    do(cast.carla, edit(cast.lou, managed_location_ids=(cast.north.pk,)))
    assert [managed.location for managed in cast.lou.managed_locations.all()] == [cast.north]


def test_nobody_moves_a_user_out_of_his_own_reach(cast: Cast) -> None:
    said = refusals(cast.lou, edit(cast.ben, location_id=cast.south.pk))
    assert said == "There is no such location among those that you manage. Choose another one."


def test_a_required_attribute_cannot_be_emptied_and_a_missing_one_does_not_stop_other_edits(
    cast: Cast,
) -> None:
    with outside_the_ledger():
        type(cast.employee_id).objects.filter(pk=cast.employee_id.pk).update(required=True)
    assert "Employee ID is required" in refusals(cast.lou, edit(cast.ben, attributes={"employee_id": ()}))
    assert refusals(cast.lou, edit(cast.bea, last_name="Braun")) == ""


def test_an_address_that_was_bad_before_does_not_stop_other_edits(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(email="kept as it was")
    assert refusals(cast.lou, edit(cast.ben, email="kept as it was", last_name="Bäcker")) == ""


def test_a_user_who_is_not_there_is_said_to_be_missing(cast: Cast) -> None:
    plan = preview(EditUser(user_id=987654, profile=Profile(first_name="X")), acting=actor_for(cast.alice))
    assert plan.refusals == ["There is no user 987654."]
