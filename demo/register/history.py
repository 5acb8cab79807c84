"""Some history, so that the Operations list has something to show: edits, a deactivation, and one taken back."""

from demo.cast import PEOPLE
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.profile import Profile


def make_history(users: dict[str, User]) -> None:
    """Let the staff do what they do; `users` are the cast by key."""
    alice, carla, lou = (users[key] for key in ("alice", "carla", "lou"))
    left = tuple(users[person.key].pk for person in PEOPLE if not person.active)
    _do(alice, DeactivateUsers(user_ids=left), "Left the college in June.")
    _do(
        carla,
        _edit(users["ben"], Profile(attributes={"employee_id": ("N-2041",)})),
        "Works on the ward as well.",
    )
    _do(lou, _edit(users["bea"], Profile(attributes={"start_date": ("2026-09-01",)})), "")
    _do(carla, _edit(users["chloe.darcy"], Profile(last_name="D'Arcy-Jones")), "Married in August.")
    wrong = _do(
        carla, DeactivateUsers(user_ids=(users["tom"].pk, users["uma"].pk)), "Not on the list of this term."
    )
    _do(carla, Undo(operation_id=wrong.pk), "It was the list of last term.")


def _edit(user: User, profile: Profile) -> EditUser:
    return EditUser(user_id=user.pk, profile=profile)


def _do(who: User, operation: Operation, reason: str) -> OperationRecord:
    acting = actor_for(who)
    return apply(preview(operation, acting=acting), acting=acting, reason=reason)
