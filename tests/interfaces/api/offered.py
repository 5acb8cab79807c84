"""What tokens are offered of the operations, and with each something that a token for everywhere may do."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.operations import OPERATIONS
from rollbook.operations.create_user import CreateUser
from rollbook.operations.edit_user import EditUser
from rollbook.operations.remove_location import RemoveLocation
from rollbook.people.models import Location
from rollbook.people.profile import Profile
from tests.cast import Cast, outside_the_ledger
from tests.operations.cases import SCENES

NOT_FOR_TOKENS = {
    "admit_launch",
    "award_completion",
    "edit_own_profile",
    "create_api_token",
    "revoke_api_token",
    "save_webhook",
    "remove_webhook",
    "undo",
}
OFFERED = [operation for operation in OPERATIONS if operation.verb not in NOT_FOR_TOKENS]


def create_learner(cast: Cast) -> Operation:
    attributes = {"student_id": ("00777", "00778"), "employee_id": ("E-8",)}
    return CreateUser(profile=Profile(first_name="Nele", location_id=cast.oak.pk, attributes=attributes))


def edit_learner(cast: Cast) -> Operation:
    attributes = {"student_id": ("00125", "00126"), "username": (), "employee_id": ("E-9",)}
    profile = Profile(last_name="Bäcker", location_id=cast.north.pk, attributes=attributes)
    return EditUser(user_id=cast.ben.pk, profile=profile)


def remove_unmanaged(cast: Cast) -> Operation:
    with outside_the_ledger():
        return RemoveLocation(location_id=Location.objects.create(name="Empty", parent=cast.north).pk)


# Of these the scenes are about rights of staff, which no token gives or takes.
OF_LEARNERS: dict[type[Operation], Callable[[Cast], Operation]] = {
    CreateUser: create_learner,
    EditUser: edit_learner,
    RemoveLocation: remove_unmanaged,
}


def something(operation: type[Operation], cast: Cast) -> Operation:
    """Return an operation that does something and that a token for everywhere may do."""
    return OF_LEARNERS[operation](cast) if operation in OF_LEARNERS else SCENES[operation][0](cast).operation
