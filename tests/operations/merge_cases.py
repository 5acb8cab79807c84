"""Scenes of merges: Ben is the Primary, Bea his second account, and Mallory a third one."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.lms.models import DeclaredWrong, LMSAccount
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import actor_for
from rollbook.people.models import AccessLevel, User
from rollbook.training.catalogue import RoleGrant
from rollbook.training.records import Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene, touch
from tests.training.stage import Stage, furnish, progress, state, study


def two_accounts(cast: Cast) -> Stage:
    """Let Ben and Bea be on the same courses, with everything that points at a user on both sides."""
    stage = furnish()
    study(cast, stage)
    with outside_the_ledger():
        progress(cast.bea, stage.bandage, Status.IN_PROGRESS)
        RoleGrant.objects.get_or_create(user=cast.ben, content_role=stage.crew)
        RoleGrant.objects.get_or_create(user=cast.bea, content_role=stage.crew)
        LMSAccount.objects.create(lms=cast.valley, subject="v-bea", user=cast.bea, lms_user_id="LMSBEA000001")
        for who in (cast.ben, cast.bea):
            DeclaredWrong.objects.create(lms=cast.hillside, subject="h-other", user=who)
    return stage


def merged(cast: Cast) -> Scene:
    two_accounts(cast)

    def earn_something() -> None:
        Enrolment.objects.filter(user=cast.bea).update(status=Status.COMPLETED)

    operation = MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,))
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), earn_something)


def three_merged(cast: Cast) -> Scene:
    stage = two_accounts(cast)
    with outside_the_ledger():
        state(cast.mallory, stage.fire, Status.COMPLETED)
        RoleGrant.objects.create(user=cast.mallory, content_role=stage.crew)
    operation = MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk, cast.mallory.pk))
    return Scene(operation, actor_for(cast.alice), actor_for(cast.carla), touch(cast.mallory))


def staff_merged(cast: Cast) -> Scene:
    def promote() -> None:
        with outside_the_ledger():
            User.objects.filter(pk=cast.lou.pk).update(access_level=AccessLevel.ADMINISTRATOR)

    operation = MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.lou.pk,))
    return Scene(operation, actor_for(cast.alice), actor_for(cast.sam), promote)


MERGE_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    MergeUsers: [merged, three_merged, staff_merged],
}
