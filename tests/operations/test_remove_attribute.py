"""Removing a user attribute."""

from rollbook.operations.remove_attribute import RemoveAttribute
from rollbook.people.models import AttributeValue, UserAttribute
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def test_an_attribute_goes_with_its_values(cast: Cast) -> None:
    with outside_the_ledger():
        shift = UserAttribute.objects.create(code="shift", label="Shift")
        AttributeValue.objects.create(attribute=shift, user=cast.ben, value="Night")
    record = do(cast.alice, RemoveAttribute(attribute_id=shift.pk))
    assert record.counts == {
        "rollbook_attribute_value": {"remove": 1},
        "rollbook_user_attribute": {"remove": 1},
    }


def test_what_comes_with_rollbook_stays(cast: Cast) -> None:
    said = refusals(cast.alice, RemoveAttribute(attribute_id=cast.employee_id.pk))
    assert said == "Employee ID comes with Rollbook and stays. It can be renamed."


def test_what_an_lms_matches_on_stays(cast: Cast) -> None:
    said = refusals(cast.alice, RemoveAttribute(attribute_id=cast.student_id.pk))
    assert said == "Launches from Valley are matched on Student ID: change the matchers first."
