"""Scenes of the operations about training."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.operations.award_completion import AwardCompletion
from rollbook.operations.edit_own_profile import EditOwnProfile
from rollbook.operations.enrol_users import EnrolUsers
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.people.access import actor_for, oneself
from rollbook.people.email_links import email_token
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Course, RoleGrant
from rollbook.training.records import ChapterProgress, Enrolment
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene, touch
from tests.training.stage import Stage, completed_again, furnish, study


def staged(cast: Cast) -> Stage:
    stage = furnish()
    study(cast, stage)
    return stage


def work_on(chapter_id: int) -> Callable[[], object]:
    """Return a learner's own activity in a chapter."""
    return lambda: ChapterProgress.objects.filter(chapter=chapter_id).update(bookmark=99, score=33)


def training_reset(cast: Cast) -> Scene:
    stage = staged(cast)
    operation = ResetTraining(
        users=UserSelection(location_id=cast.north.pk),
        content=ContentSelection(course_ids=(stage.fire.pk,), content_role_ids=(stage.crew.pk,)),
        revoke=True,
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), work_on(stage.bandage.pk))


def in_progress_reset(cast: Cast) -> Scene:
    stage = staged(cast)
    operation = ResetInProgress(
        users=UserSelection(location_id=cast.north.pk),
        content=ContentSelection(category_ids=(stage.safety.pk,)),
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), work_on(stage.quiz.pk))


def own_chapter_reset(cast: Cast) -> Scene:
    stage = staged(cast)
    operation = ResetInProgress(
        users=UserSelection(ids=(cast.ben.pk,)), content=ContentSelection(chapter_ids=(stage.bandage.pk,))
    )
    return Scene(operation, oneself(cast.ben), actor_for(cast.mallory), work_on(stage.bandage.pk))


def completion_awarded(cast: Cast) -> Scene:
    stage = staged(cast)
    enrolment = completed_again(cast.ben, stage)

    def change_the_validity() -> None:
        with outside_the_ledger():
            Course.objects.filter(pk=stage.fire.pk).update(certificate_days=30)

    operation = AwardCompletion(enrolment_id=enrolment.pk)
    return Scene(operation, oneself(cast.ben), oneself(cast.bea), change_the_validity)


def enrolled(cast: Cast) -> Scene:
    stage = staged(cast)

    def enrol_oneself() -> None:
        Enrolment.objects.create(user=cast.bea, course=stage.first_aid)

    operation = EnrolUsers(
        users=UserSelection(ids=(cast.ben.pk, cast.bea.pk)),
        course_ids=(stage.fire.pk, stage.first_aid.pk),
        again=True,
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), enrol_oneself)


def widened(cast: Cast) -> Scene:
    """Ben has completed a course of which he was given single chapters, Bea is in the middle of it."""
    stage = staged(cast)
    Enrolment.objects.update(whole=False)

    def widen_it() -> None:
        Enrolment.objects.filter(user=cast.bea).update(whole=True)

    users = UserSelection(ids=(cast.ben.pk, cast.bea.pk))
    operation = EnrolUsers(users=users, course_ids=(stage.fire.pk,), again=True)
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), widen_it)


def withdrawn(cast: Cast) -> Scene:
    stage = staged(cast)
    unbegun = Enrolment.objects.create(user=cast.bea, course=stage.first_aid)

    def begin() -> None:
        ChapterProgress.objects.create(enrolment=unbegun, chapter=stage.bandage)

    operation = WithdrawEnrolments(
        users=UserSelection(location_id=cast.oak.pk), course_ids=(stage.fire.pk, stage.first_aid.pk)
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), begin)


def roles_given(cast: Cast) -> Scene:
    stage = staged(cast)

    def give_it_meanwhile() -> None:
        with outside_the_ledger():
            RoleGrant.objects.create(user=cast.bea, content_role=stage.crew)

    operation = GrantContentRoles(
        users=UserSelection(location_id=cast.oak.pk), content_role_ids=(stage.crew.pk,)
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), give_it_meanwhile)


def roles_taken(cast: Cast) -> Scene:
    stage = staged(cast)

    def take_it_meanwhile() -> None:
        with outside_the_ledger():
            RoleGrant.objects.filter(user=cast.ben).delete()

    operation = GrantContentRoles(
        users=UserSelection(ids=(cast.ben.pk,)), content_role_ids=(stage.crew.pk,), take_away=True
    )
    return Scene(operation, actor_for(cast.carla), actor_for(cast.sam), take_it_meanwhile)


def own_profile_edited(cast: Cast) -> Scene:
    operation = EditOwnProfile(
        user_id=cast.ben.pk,
        last_name="Bäcker",
        language="de",
        send_notifications=False,
        email_token=email_token(cast.ben, "ben.baecker@example.org"),
    )
    return Scene(operation, oneself(cast.ben), oneself(cast.bea), touch(cast.ben))


TRAINING_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    AwardCompletion: [completion_awarded],
    EditOwnProfile: [own_profile_edited],
    EnrolUsers: [enrolled, widened],
    GrantContentRoles: [roles_given, roles_taken],
    ResetInProgress: [in_progress_reset, own_chapter_reset],
    ResetTraining: [training_reset],
    WithdrawEnrolments: [withdrawn],
}
