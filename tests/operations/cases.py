"""For each operation, scenes in which it does something: what the contract test runs over.

A scene's `operation` is what Carla, who administers North, may do (or `actor`); `outsider` holds the right and
manages another location; `disturb` is what somebody else does to the same rows between preview and OK.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations import OPERATIONS
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import actor_for
from rollbook.people.models import User
from rollbook.people.profile import Profile
from tests.cast import Cast, outside_the_ledger


@dataclass(frozen=True)
class Scene:
    """One situation in which an operation changes something."""

    operation: Operation
    actor: Actor
    outsider: Actor | None
    disturb: Callable[[], object]


def touch(row: User) -> Callable[[], object]:
    """Return a change of a user's name by somebody else."""

    def change() -> None:
        with outside_the_ledger():
            User.objects.filter(pk=row.pk).update(last_name="Changed meanwhile")

    return change


def deactivate(cast: Cast) -> Scene:
    return Scene(
        DeactivateUsers(user_ids=(cast.ben.pk, cast.bea.pk)),
        actor_for(cast.carla),
        actor_for(cast.sam),
        touch(cast.ben),
    )


def create(cast: Cast) -> Scene:
    def take_the_address() -> None:
        with outside_the_ledger():
            User.objects.filter(pk=cast.ben.pk).update(email="NEW.NELE@example.org")

    profile = Profile(
        first_name="Nele",
        last_name="New",
        email="new.nele@example.org",
        access_level="location_manager",
        location_id=cast.oak.pk,
        managed_location_ids=(cast.oak.pk,),
        attributes={"student_id": ("00777", "00778"), "employee_id": ("E-8",)},
    )
    return Scene(CreateUser(profile=profile), actor_for(cast.carla), actor_for(cast.sam), take_the_address)


def edit(cast: Cast) -> Scene:
    profile = Profile(
        last_name="Bäcker",
        location_id=cast.north.pk,
        access_level="location_manager",
        managed_location_ids=(cast.north.pk,),
        attributes={"student_id": ("00125", "00126"), "username": (), "employee_id": ("E-9",)},
    )
    operation = EditUser(user_id=cast.ben.pk, profile=profile)
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), touch(cast.ben))


def demote(cast: Cast) -> Scene:
    operation = EditUser(user_id=cast.lou.pk, profile=Profile(access_level="learner"))
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), touch(cast.lou))


def retrieve(cast: Cast) -> Scene:
    return Scene(
        RetrieveUsers(user_ids=(cast.dora.pk,)), actor_for(cast.carla), actor_for(cast.sam), touch(cast.dora)
    )


def undo(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    record = apply(preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left")
    return Scene(Undo(operation_id=record.pk), acting, actor_for(cast.sam), touch(cast.ben))


SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    CreateUser: [create],
    DeactivateUsers: [deactivate],
    EditUser: [edit, demote],
    RetrieveUsers: [retrieve],
    Undo: [undo],
}
MAKERS = [(operation, maker) for operation in OPERATIONS for maker in SCENES.get(operation, [])]
