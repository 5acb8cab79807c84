"""What two operations at the same moment could break together, each being right alone."""

from collections.abc import Callable

import pytest

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import apply, preview
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import actor_for, super_users
from rollbook.people.attribute_checks import AttributeDraft
from rollbook.people.invariants import broken_invariants
from rollbook.people.models import AccessLevel, Location, User
from rollbook.people.profile import Profile
from tests.cast import Cast, assemble, outside_the_ledger
from tests.ledger.test_together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    with outside_the_ledger():
        User.objects.filter(pk=made.carla.pk).update(access_level=AccessLevel.SUPER_USER)
    made.carla.refresh_from_db()
    return made


def job(who: User, operation: Operation) -> Callable[[], OperationRecord]:
    """Return a job that applies what was previewed now."""
    acting = actor_for(who)
    plan = preview(operation, acting=acting)
    return lambda: apply(plan, acting=acting, reason="at once")


def outcomes(*jobs: Callable[[], OperationRecord]) -> list[str]:
    return sorted(type(answer).__name__ for answer in at_once(*jobs))


def test_two_super_users_who_demote_each_other_leave_one(cast: Cast) -> None:
    demoted = Profile(access_level="learner")
    answers = outcomes(
        job(cast.alice, EditUser(user_id=cast.carla.pk, profile=demoted)),
        job(cast.carla, EditUser(user_id=cast.alice.pk, profile=demoted)),
    )
    assert answers == ["NotAllowed", "OperationRecord"]
    assert super_users().count() == 1


def test_two_super_users_who_deactivate_each_other_leave_one(cast: Cast) -> None:
    answers = outcomes(
        job(cast.alice, DeactivateUsers(user_ids=(cast.carla.pk,))),
        job(cast.carla, DeactivateUsers(user_ids=(cast.alice.pk,))),
    )
    assert answers == ["NotAllowed", "OperationRecord"]
    assert super_users().count() == 1


def test_two_moves_make_no_circle(cast: Cast) -> None:
    answers = outcomes(
        job(cast.alice, SaveLocation(location_id=cast.north.pk, name="North", parent_id=cast.south.pk)),
        job(cast.carla, SaveLocation(location_id=cast.south.pk, name="South", parent_id=cast.oak.pk)),
    )
    assert answers == ["OperationRecord", "StalePlan"]
    assert Location.objects.filter(parent=None).count() == 1


def test_a_value_given_while_the_key_is_turned_on_does_not_stay_behind(cast: Cast) -> None:
    key_on = SaveAttribute(
        attribute_id=cast.employee_id.pk, draft=AttributeDraft(label="Employee ID", key=True, position=20)
    )
    given = EditUser(user_id=cast.bea.pk, profile=Profile(attributes={"employee_id": ("E-9",)}))
    answers = outcomes(job(cast.alice, key_on), job(cast.carla, given))
    assert answers == ["OperationRecord", "StalePlan"]
    assert broken_invariants() == []
