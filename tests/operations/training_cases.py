"""Scenes of the operations about training."""

from collections.abc import Callable

from rollbook.ledger.operation import Operation
from rollbook.operations.award_completion import AwardCompletion
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import actor_for, oneself
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Course
from rollbook.training.records import ChapterProgress
from rollbook.training.selection import ContentSelection
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene
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


TRAINING_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    AwardCompletion: [completion_awarded],
    ResetInProgress: [in_progress_reset, own_chapter_reset],
    ResetTraining: [training_reset],
}
