"""Scenes of merges: Ben is the Primary, Bea his second account, and Mallory a third one; and how tests merge."""

from collections.abc import Callable
from typing import Any

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.writer import preview
from rollbook.lms.claim_values import LTI
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import Arrival, arrive
from rollbook.operations.merge_many_users import MergeManyUsers
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import actor_for
from rollbook.people.models import AccessLevel, User
from rollbook.people.pairs import Pair
from rollbook.training.catalogue import RoleGrant
from rollbook.training.records import Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.cast import user as make_user
from tests.operations.doing import do
from tests.operations.scene import Scene, touch
from tests.training.stage import Stage, furnish, progress, state, study


def two_accounts(cast: Cast) -> Stage:
    """Let Ben and Bea be on the same courses, with everything that points at a user on both sides."""
    stage = furnish()
    study(cast, stage)
    with outside_the_ledger():
        progress(cast.bea, stage.bandage, Status.IN_PROGRESS)
        state(cast.bea, stage.first_aid, Status.IN_PROGRESS)
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


def many_merged(cast: Cast) -> Scene:
    """Let Carla merge two pairs, told by a student ID, an address and ID numbers; another row is refused."""
    two_accounts(cast)
    with outside_the_ledger():
        nora = make_user("Nora", "New", cast.north)
        make_user("Nele", "Newer", cast.north)
    pairs = (
        Pair(2, "00123", "00124"),
        Pair(3, f"#{nora.pk}", "NELE.newer@example.org"),
        Pair(4, "00123", "00999"),
    )

    def earn_something() -> None:
        Enrolment.objects.filter(user=cast.bea).update(status=Status.COMPLETED)

    return Scene(MergeManyUsers(pairs=pairs), actor_for(cast.carla), actor_for(cast.sam), earn_something)


MERGE_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    MergeManyUsers: [many_merged],
    MergeUsers: [merged, three_merged, staff_merged],
}


def merge_of(primary: User, *duplicates: User) -> MergeUsers:
    return MergeUsers(primary_id=primary.pk, duplicate_ids=tuple(d.pk for d in duplicates))


def merge(by: User, primary: User, *duplicates: User) -> OperationRecord:
    record = do(by, merge_of(primary, *duplicates))
    for user in (primary, *duplicates):
        user.refresh_from_db()
    return record


def planned(cast: Cast, primary: User, *duplicates: User, by: User | None = None) -> Plan:
    return preview(merge_of(primary, *duplicates), acting=actor_for(by or cast.carla))


def launch(lms: LMS, subject: str, **claims: object) -> Arrival:
    return arrive(
        VerifiedLaunch(lms, "1", subject, "https://rollbook.example.org/", {"sub": subject, **claims})
    )


def student(number: str) -> dict[str, Any]:
    return {LTI + "lis": {"person_sourcedid": number}}
