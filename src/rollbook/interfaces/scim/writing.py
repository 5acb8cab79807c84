"""Writing through the ledger: every change is an operation of `scim:<client>`."""

from collections.abc import Iterable

from scim2_models import (
    InvalidValueException,
    MutabilityException,
    SCIMException,
    UniquenessException,
)

from rollbook.interfaces.scim.asked import Asked
from rollbook.interfaces.scim.people import persons
from rollbook.ledger import writer
from rollbook.ledger.errors import NothingToDo
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.operations.create_user import CreateUser
from rollbook.operations.edit_user import EditUser
from rollbook.people.api_tokens import ScimActor
from rollbook.people.lookups import known_as
from rollbook.people.models import User
from rollbook.people.scim import ScimUser

REASON = "SCIM"


class Forbidden(SCIMException):
    """What the client may not do, whoever asks."""

    status = 403


def done(operation: Operation, acting: ScimActor) -> OperationRecord | None:
    """Plan and apply; None where everything is so already. Raises SCIMException or LedgerError."""
    plan = writer.preview(operation, acting=acting)
    if plan.refusals:
        raise _refused(operation, acting, plan.refusals)
    try:
        return writer.apply(plan, acting=acting, reason=REASON)
    except NothingToDo:
        return None


def _refused(operation: Operation, acting: ScimActor, refusals: Iterable[str]) -> SCIMException:
    detail = " ".join(refusals)
    if not isinstance(operation, CreateUser | EditUser):
        return InvalidValueException(detail=detail)
    user_id = operation.user_id if isinstance(operation, EditUser) else 0
    profile, values = operation.profile, set()
    for name in operation.problems(acting):
        if name == "email":
            values.add(profile.email or "")
        values.update(profile.attributes.get(name.removeprefix("attributes."), ()))
    if any(known_as(value).exclude(pk=user_id).exists() for value in values if value):
        return UniquenessException(detail=detail)
    return InvalidValueException(detail=detail)


def adopt(asked: Asked, user: User) -> None:
    """Make sure that a user whom the client sees is its own. Raises Forbidden for one above learner."""
    if user.access_level != "learner":
        raise Forbidden(
            detail=f"User {user.pk} is above learner: no client changes such users. Ask an administrator."
        )
    ScimUser.objects.get_or_create(client_id=asked.client, user=user)


def use_instead(asked: Asked, user: User) -> str:
    """Return who a merged duplicate is now, as far as the client may know."""
    primary = user.merged_into
    while primary is not None and primary.merged_into is not None:
        primary = primary.merged_into
    seen = asked.acting.sees_users(User.objects.filter(pk=primary.pk if primary else 0))
    if not (found := persons(asked, seen)):
        return "a user whom this client does not manage. Ask an administrator of Rollbook"
    return f"user {found[0].id} (userName {found[0].user_name}). Use that one"


def refuse_merged(asked: Asked, user: User) -> None:
    """Refuse to change a merged duplicate. Raises MutabilityException, which says whom to use."""
    if user.merged_into_id:
        raise MutabilityException(
            detail=f"User {user.pk} was merged into {use_instead(asked, user)}; user {user.pk} stays inactive."
        )
