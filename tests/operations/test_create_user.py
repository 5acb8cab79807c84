"""Creating a user."""

import pytest

from rollbook.ledger.errors import OutOfScope
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.operations.create_user import CreateUser
from rollbook.people.access import actor_for, lms_actor
from rollbook.people.models import User
from rollbook.people.profile import Profile
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def create(cast: Cast, **given: object) -> CreateUser:
    return CreateUser(profile=Profile(**{"first_name": "Nele", "location_id": cast.oak.pk, **given}))


def test_a_user_is_created_with_everything_that_was_given(cast: Cast) -> None:
    do(
        cast.carla,
        create(
            cast,
            last_name="Néel ",
            email="nele@example.org",
            access_level="location_manager",
            managed_location_ids=(cast.oak.pk,),
            attributes={"student_id": (" 00777", "00778"), "employee_id": ("E-8",)},
            send_notifications=False,
        ),
    )
    nele = User.objects.get(email="nele@example.org")
    assert (nele.full_name, nele.access_level, nele.location) == ("Nele Néel", "location_manager", cast.oak)
    assert nele.is_active
    assert not nele.send_notifications
    assert not nele.check_password("")
    assert [managed.location for managed in nele.managed_locations.all()] == [cast.oak]
    assert sorted(nele.identifiers.values_list("value", flat=True)) == ["00777", "00778"]
    assert nele.attribute_values.get().value == "E-8"


@pytest.mark.parametrize("name", ["桜", "Ægir", "นก", "Jean-Luc O’Neill", "李 4"])
def test_a_name_in_any_script_will_do_and_one_name_is_enough(cast: Cast, name: str) -> None:
    record = do(cast.lou, create(cast, first_name=name))
    assert User.objects.get(pk__in=record.created_ids("rollbook_user")).full_name == name


def test_a_location_manager_creates_learners_only(cast: Cast) -> None:
    said = refusals(cast.lou, create(cast, access_level="location_manager"))
    assert said == "You may not give or take the access level Location manager. Ask a super user."


def test_an_administrator_creates_no_administrator(cast: Cast) -> None:
    assert "access level Administrator" in refusals(cast.carla, create(cast, access_level="administrator"))


def test_nobody_gives_a_managed_location_beyond_his_own(cast: Cast) -> None:
    said = refusals(
        cast.carla, create(cast, access_level="location_manager", managed_location_ids=(cast.south.pk,))
    )
    assert said == "You may only give locations that you manage yourself. Choose other ones."


def test_a_learner_manages_nothing(cast: Cast) -> None:
    assert "Only location managers" in refusals(cast.carla, create(cast, managed_location_ids=(cast.oak.pk,)))


def test_nobody_creates_a_user_in_a_place_beyond_his_scope(cast: Cast) -> None:
    operation = create(cast, location_id=cast.south.pk)
    assert "location_id" in operation.problems(actor_for(cast.carla))
    with pytest.raises(OutOfScope):
        preview(operation, acting=actor_for(cast.carla))


def test_an_email_address_that_is_taken_is_refused_ignoring_case_and_names_its_owner(cast: Cast) -> None:
    assert refusals(cast.carla, create(cast, email="BEN.Baker@example.org")) == (
        "The e-mail address BEN.Baker@example.org belongs to Ben Baker. Give another one."
    )


def test_an_owner_whom_the_actor_may_not_see_is_not_named(cast: Cast) -> None:
    operation = create(cast, email=cast.mallory.email, attributes={"student_id": ("00999",)})
    problems = operation.problems(actor_for(cast.lou))
    ask = "Give another one, or ask somebody who sees both whether they are one person."
    assert problems == {
        "email": f"The e-mail address {cast.mallory.email} belongs to another user. {ask}",
        "attributes.student_id": f"The student ID 00999 belongs to another user. {ask}",
    }
    assert "another user" in operation.problems(lms_actor("Hillside"))["email"]
    assert "Mallory Malik" in operation.problems(actor_for(cast.alice))["email"]


def test_an_owner_who_is_inactive_is_said_to_be(cast: Cast) -> None:
    assert "Dora Dunn, who is inactive." in refusals(cast.carla, create(cast, email=cast.dora.email))


def test_an_identifier_that_is_taken_is_refused_and_leading_zeros_count(cast: Cast) -> None:
    taken = create(cast, attributes={"student_id": ("00124",)})
    assert refusals(cast.lou, taken) == "The student ID 00124 belongs to Bea Brown. Give another one."
    assert refusals(cast.lou, create(cast, attributes={"student_id": ("124",)})) == ""


def test_an_email_address_and_an_identifier_may_not_cross(cast: Cast) -> None:
    as_username = create(cast, attributes={"username": ("Ben.Baker@example.org",)})
    assert "is the e-mail address of Ben Baker" in refusals(cast.lou, as_username)
    with outside_the_ledger():
        cast.bea.identifiers.create(attribute=cast.username, value="bea@example.net")
    assert "already identifies Bea Brown" in refusals(cast.lou, create(cast, email="bea@example.net"))


def test_a_value_that_is_somebodys_under_another_attribute_gets_a_warning(cast: Cast) -> None:
    plan = preview(create(cast, attributes={"username": ("00123",)}), acting=actor_for(cast.lou))
    assert plan.can_apply
    assert plan.warnings == [
        "00123 is also the student ID of Ben Baker: neither of the two can sign in with it."
    ]


@pytest.mark.parametrize(
    ("holder", "refused", "allowed"),
    [
        ("alice", ("lou", "carla"), ("alice",)),
        ("carla", ("lou", "carla"), ("alice",)),
        ("sam", ("lou",), ("carla",)),
    ],
)
def test_nobody_locks_a_user_out_whom_he_may_not_change(
    cast: Cast, holder: str, refused: tuple[str, ...], allowed: tuple[str, ...]
) -> None:
    with outside_the_ledger():
        getattr(cast, holder).identifiers.get_or_create(attribute=cast.username, value=holder)
    shadow = create(cast, attributes={"student_id": (holder,)})
    for who in refused:
        assert f"signs in with {holder}. Give another student ID" in refusals(getattr(cast, who), shadow)
    for who in allowed:
        plan = preview(shadow, acting=actor_for(getattr(cast, who)))
        assert plan.can_apply
        assert "neither of the two can sign in with it" in plan.warnings[0]


def test_a_required_attribute_must_be_given(cast: Cast) -> None:
    with outside_the_ledger():
        type(cast.employee_id).objects.filter(pk=cast.employee_id.pk).update(required=True)
    assert refusals(cast.lou, create(cast)) == "Employee ID is required. Enter it."


def test_an_attribute_without_the_key_has_one_value(cast: Cast) -> None:
    said = refusals(cast.lou, create(cast, attributes={"employee_id": ("E-1", "E-2")}))
    assert said == "Employee ID can have one value only; 2 were given."


def test_an_attribute_that_does_not_exist_is_named(cast: Cast) -> None:
    said = refusals(cast.lou, create(cast, attributes={"shoe_size": ("43",)}))
    assert said == "There is no user attribute “shoe_size”. Create it first."


def test_everything_that_is_missing_is_said_at_once(cast: Cast) -> None:
    problems = CreateUser(profile=Profile(email="no address")).problems(actor_for(cast.carla))
    assert problems.keys() == {"first_name", "email", "location_id"}


def test_a_manager_cannot_undo_the_creation_of_somebody_above(cast: Cast) -> None:
    record = do(cast.alice, create(cast, email="nele@example.org", access_level="super_user"))
    with pytest.raises(OutOfScope):
        preview(Undo(operation_id=record.pk), acting=actor_for(cast.lou))


def test_a_manager_cannot_bring_back_somebody_above_whose_creation_was_undone(cast: Cast) -> None:
    record = do(cast.alice, create(cast, email="nele@example.org", access_level="super_user"))
    undone = do(cast.alice, Undo(operation_id=record.pk))
    with pytest.raises(OutOfScope):
        do(cast.lou, Undo(operation_id=undone.pk))


def test_a_manager_undoes_the_creation_of_a_learner(cast: Cast) -> None:
    record = do(cast.lou, create(cast, email="nele@example.org"))
    do(cast.lou, Undo(operation_id=record.pk))
    assert not User.objects.filter(email="nele@example.org").exists()
