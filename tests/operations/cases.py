"""For each operation, scenes in which it does something: what the contract test runs over.

A scene's `operation` is what Carla, who administers North, may do (or `actor`); `outsider` holds the right and
manages another location; `disturb` is what somebody else does to the same rows between preview and OK.
"""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.operations import OPERATIONS
from rollbook.operations.create_user import CreateUser
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.edit_user import EditUser
from rollbook.operations.remove_attribute import RemoveAttribute
from rollbook.operations.remove_location import RemoveLocation
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import actor_for
from rollbook.people.attribute_checks import AttributeDraft
from rollbook.people.models import AttributeValue, Identifier, Location, ManagedLocation, User, UserAttribute
from rollbook.people.profile import Profile
from tests.cast import Cast, outside_the_ledger
from tests.operations.catalogue_cases import CATALOGUE_SCENES
from tests.operations.import_cases import IMPORT_SCENES
from tests.operations.lms_cases import LMS_SCENES
from tests.operations.merge_cases import MERGE_SCENES
from tests.operations.scene import Scene, touch
from tests.operations.token_cases import TOKEN_SCENES
from tests.operations.training_cases import TRAINING_SCENES
from tests.operations.webhook_cases import WEBHOOK_SCENES


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


def attribute_created(cast: Cast) -> Scene:
    def take_the_code() -> None:
        with outside_the_ledger():
            UserAttribute.objects.create(code="badge", label="Badge number")

    operation = SaveAttribute(draft=AttributeDraft(code="badge", label="Badge", kind="number", required=True))
    return Scene(operation, actor_for(cast.alice), None, take_the_code)


def key_turned_on(cast: Cast) -> Scene:
    def share_the_value() -> None:
        with outside_the_ledger():
            AttributeValue.objects.create(attribute=cast.employee_id, user=cast.bea, value="E-7")

    operation = SaveAttribute(
        attribute_id=cast.employee_id.pk, draft=AttributeDraft(label="Staff number", key=True, position=20)
    )
    return Scene(operation, actor_for(cast.alice), None, share_the_value)


def key_turned_off(cast: Cast) -> Scene:
    def add_an_alias() -> None:
        with outside_the_ledger():
            Identifier.objects.create(attribute=cast.username, user=cast.ben, value="benjamin")

    operation = SaveAttribute(
        attribute_id=cast.username.pk, draft=AttributeDraft(label="Username", position=10)
    )
    return Scene(operation, actor_for(cast.alice), None, add_an_alias)


def attribute_removed(cast: Cast) -> Scene:
    with outside_the_ledger():
        shoe_size = UserAttribute.objects.create(code="shoe_size", label="Shoe size", kind="number")
        AttributeValue.objects.create(attribute=shoe_size, user=cast.ben, value="43")

    def add_a_value() -> None:
        with outside_the_ledger():
            AttributeValue.objects.create(attribute=shoe_size, user=cast.bea, value="39")

    return Scene(RemoveAttribute(attribute_id=shoe_size.pk), actor_for(cast.alice), None, add_a_value)


def location_created(cast: Cast) -> Scene:
    def take_the_name() -> None:
        with outside_the_ledger():
            Location.objects.create(name="Ash", parent=cast.north)

    operation = SaveLocation(name="Ash", parent_id=cast.north.pk)
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), take_the_name)


def location_moved(cast: Cast) -> Scene:
    def rename() -> None:
        with outside_the_ledger():
            Location.objects.filter(pk=cast.oak.pk).update(name="Old Oak")

    operation = SaveLocation(location_id=cast.oak.pk, name="Oak House", parent_id=cast.south.pk)
    return Scene(operation, actor_for(cast.alice), actor_for(cast.sam), rename)


def location_removed(cast: Cast) -> Scene:
    with outside_the_ledger():
        empty = Location.objects.create(name="Empty", parent=cast.north)
        ManagedLocation.objects.create(user=cast.lou, location=empty)

    def move_in() -> None:
        with outside_the_ledger():
            User.objects.filter(pk=cast.ben.pk).update(location=empty)

    return Scene(RemoveLocation(location_id=empty.pk), actor_for(cast.carla), actor_for(cast.sam), move_in)


def undo(cast: Cast) -> Scene:
    acting = actor_for(cast.carla)
    record = apply(
        preview(DeactivateUsers(user_ids=(cast.ben.pk,)), acting=acting), acting=acting, reason="left"
    )
    return Scene(Undo(operation_id=record.pk), acting, actor_for(cast.sam), touch(cast.ben))


SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    CreateUser: [create],
    DeactivateUsers: [deactivate],
    EditUser: [edit, demote],
    RemoveAttribute: [attribute_removed],
    RemoveLocation: [location_removed],
    RetrieveUsers: [retrieve],
    SaveAttribute: [attribute_created, key_turned_on, key_turned_off],
    SaveLocation: [location_created, location_moved],
    Undo: [undo],
    **CATALOGUE_SCENES,
    **IMPORT_SCENES,
    **LMS_SCENES,
    **MERGE_SCENES,
    **TOKEN_SCENES,
    **WEBHOOK_SCENES,
    **TRAINING_SCENES,
}
MAKERS = [(operation, maker) for operation in OPERATIONS for maker in SCENES.get(operation, [])]
