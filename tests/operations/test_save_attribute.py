"""Creating and editing user attributes, and what the key does."""

import pytest

from rollbook.ledger.errors import NotAllowed, NothingToDo
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.people.access import actor_for
from rollbook.people.attribute_checks import AttributeDraft
from rollbook.people.models import AttributeValue, Identifier, User, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def save(attribute: UserAttribute | None = None, **given: object) -> SaveAttribute:
    as_it_is: dict[str, object] = {}
    if attribute:
        names = ("label", "kind", "key", "required", "position")
        as_it_is = {name: getattr(attribute, name) for name in names} | {"choices": tuple(attribute.choices)}
    return SaveAttribute(
        attribute_id=attribute.pk if attribute else None, draft=AttributeDraft(**(as_it_is | given))
    )


def give(attribute: UserAttribute, user: User, value: str) -> None:
    with outside_the_ledger():
        (Identifier if attribute.key else AttributeValue).objects.create(
            attribute=attribute, user=user, value=value
        )


def test_an_attribute_is_created(cast: Cast) -> None:
    do(cast.alice, save(code="shift", label="Shift", kind="choice", choices=("Day", " Night ", "", "Day")))
    shift = UserAttribute.objects.get(code="shift")
    assert (shift.label, shift.kind, shift.choices, shift.key) == ("Shift", "choice", ["Day", "Night"], False)
    with pytest.raises(NothingToDo):
        do(cast.alice, save(shift))


def test_only_super_users_change_attributes(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        preview(save(code="shift", label="Shift"), acting=actor_for(cast.carla))


def test_the_key_makes_the_values_identifiers_and_its_undo_makes_them_values_again(cast: Cast) -> None:
    give(cast.employee_id, cast.bea, "E-9")
    record = do(cast.alice, save(cast.employee_id, key=True))
    values = Identifier.objects.filter(attribute=cast.employee_id).values_list("value", "user__first_name")
    assert sorted(values) == [("E-7", "Ben"), ("E-9", "Bea")]
    assert not AttributeValue.objects.filter(attribute=cast.employee_id).exists()
    do(cast.alice, Undo(operation_id=record.pk))
    assert AttributeValue.objects.filter(attribute=cast.employee_id).count() == 2
    assert not Identifier.objects.filter(attribute=cast.employee_id).exists()


def test_the_key_is_refused_naming_the_users_whose_values_clash(cast: Cast) -> None:
    give(cast.employee_id, cast.bea, "E-7")
    give(cast.employee_id, cast.dora, "E-7")
    assert refusals(cast.alice, save(cast.employee_id, key=True)) == (
        f"Ben Baker (#{cast.ben.pk}), Bea Brown (#{cast.bea.pk}) and 1 more have the employee ID E-7. "
        "A Username attribute's values are unique: correct them first."
    )


def test_the_key_is_refused_where_a_value_is_somebody_elses_email_address(cast: Cast) -> None:
    give(cast.employee_id, cast.bea, cast.ben.email.upper())
    assert "another user's e-mail address" in refusals(cast.alice, save(cast.employee_id, key=True))


def test_the_key_is_refused_where_it_would_let_somebody_of_staff_sign_in_no_more(cast: Cast) -> None:
    give(cast.employee_id, cast.bea, "carla")
    give(cast.username, cast.carla, "carla")
    assert refusals(cast.alice, save(cast.employee_id, key=True)) == (
        f"Bea Brown (#{cast.bea.pk}) has the employee ID carla, with which Carla Clark (#{cast.carla.pk}), "
        "administrator, signs in: "
        "neither of the two could any more. Correct it first."
    )


def test_two_learners_may_share_a_value_across_attributes_and_it_is_said(cast: Cast) -> None:
    give(cast.employee_id, cast.bea, "ben")
    plan = preview(save(cast.employee_id, key=True), acting=actor_for(cast.alice))
    assert plan.can_apply
    assert plan.warnings == ["1 value is also an identifier of another user: nobody can sign in with it."]


def test_without_the_key_a_user_has_one_value(cast: Cast) -> None:
    give(cast.username, cast.ben, "benjamin")
    assert refusals(cast.alice, save(cast.username, key=False)) == (
        f"Ben Baker (#{cast.ben.pk}) has several values of Username; without the key there is one. Leave each of them one."
    )


def test_the_key_stays_while_an_lms_matches_on_it(cast: Cast) -> None:
    assert refusals(cast.alice, save(cast.student_id, key=False)) == (
        "Launches from Valley are matched on it: change the matchers first."
    )


def test_a_code_never_changes_and_is_used_once(cast: Cast) -> None:
    assert "stays student_id" in refusals(cast.alice, save(cast.student_id, code="matric"))
    for code in ("student_id", "email"):
        assert "is in use" in refusals(cast.alice, save(code=code, label="Another"))
    assert "letters without accents" in refusals(cast.alice, save(code="naïve code", label="Another"))


def test_a_label_is_used_once_ignoring_case(cast: Cast) -> None:
    assert "another user attribute" in refusals(cast.alice, save(code="matric", label="student id"))


def test_values_that_would_not_fit_any_more_are_named(cast: Cast) -> None:
    said = refusals(cast.alice, save(cast.employee_id, kind="number"))
    assert said == "Users have values that would not fit any more: “E-7”. Correct them first."
    assert "“E-7”" in refusals(cast.alice, save(cast.employee_id, kind="choice", choices=("E-8", "E-9")))


def test_a_choice_has_something_to_choose_from(cast: Cast) -> None:
    said = refusals(cast.alice, save(code="shift", label="Shift", kind="choice", choices=("Day", " ")))
    assert said == "Give at least two texts to choose from."


def test_a_required_attribute_says_how_many_users_lack_it(cast: Cast) -> None:
    plan = preview(save(cast.student_id, required=True), acting=actor_for(cast.alice))
    assert plan.can_apply
    assert plan.warnings == [
        "4 active users have no value yet. They stay as they are; it is asked for when somebody edits them."
    ]
