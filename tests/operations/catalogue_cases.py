"""Scenes of the operations about the catalogue."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from django.db.models import Model

from rollbook.ledger.operation import Operation
from rollbook.operations.order_chapters import OrderChapters
from rollbook.operations.remove_from_catalogue import RemoveFromCatalogue
from rollbook.operations.save_category import SaveCategory
from rollbook.operations.save_chapter import SaveChapter
from rollbook.operations.save_competency import SaveCompetency
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.operations.save_course import SaveCourse
from rollbook.operations.save_quiz import SaveQuiz
from rollbook.people.access import actor_for
from rollbook.training.catalogue import (
    Category,
    Chapter,
    Competency,
    ContentRole,
    Course,
    CourseCompetency,
    RoleContent,
)
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene
from tests.training.stage import QUIZ, furnish, progress, state, study

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:04.000\nRaise the alarm.\n"


def seen_to(cast: Cast, operation: Operation, disturb: Callable[[], object]) -> Scene:
    """Return a scene of Alice's: only super users edit the catalogue, so nobody is out of scope."""

    def change() -> None:
        with outside_the_ledger():
            disturb()

    return Scene(operation, actor_for(cast.alice), None, change)


def with_name(row: Model, **values: Any) -> Callable[[], object]:
    """Return a change of a row by somebody else."""
    return lambda: type(row)._base_manager.filter(pk=row.pk).update(**values)


def category_created(cast: Cast) -> Scene:
    safety = furnish().safety
    operation = SaveCategory(name="Fire", parent_id=safety.pk)
    return seen_to(cast, operation, lambda: Category.objects.create(name="Fire", parent=safety))


def category_moved(cast: Cast) -> Scene:
    safety = furnish().safety
    with outside_the_ledger():
        health = Category.objects.create(name="Health")
    operation = SaveCategory(category_id=safety.pk, name="Safety at work", parent_id=health.pk)
    return seen_to(cast, operation, with_name(safety, name="Safe"))


def competency_created(cast: Cast) -> Scene:
    furnish()
    return seen_to(cast, SaveCompetency(name="Calm"), lambda: Competency.objects.create(name="Calm"))


def competency_renamed(cast: Cast) -> Scene:
    alertness = furnish().alertness
    operation = SaveCompetency(competency_id=alertness.pk, name="Watchfulness")
    return seen_to(cast, operation, with_name(alertness, name="Awake"))


def course_created(cast: Cast) -> Scene:
    stage = furnish()
    operation = SaveCourse(
        title="Ladders", category_id=stage.safety.pk, competencies=((stage.alertness.pk, 3, None),)
    )
    return seen_to(cast, operation, lambda: Course.objects.create(title="Ladders", category=stage.safety))


def course_edited(cast: Cast) -> Scene:
    stage = furnish()
    with outside_the_ledger():
        calm, strength = (Competency.objects.create(name=name) for name in ("Calm", "Strength"))
        CourseCompetency.objects.create(course=stage.fire, competency=strength)
    operation = SaveCourse(
        course_id=stage.fire.pk,
        title="Fire safety at work",
        category_id=stage.safety.pk,
        description="What to do first.",
        open=False,
        certificate=False,
        competencies=((stage.alertness.pk, 4, 100), (calm.pk, 1, None)),
    )
    return seen_to(cast, operation, with_name(stage.fire, title="Fire"))


def chapter_created(cast: Cast) -> Scene:
    fire = furnish().fire
    operation = SaveChapter(
        course_id=fire.pk,
        title="The drill",
        video_url="https://video.example.org/drill.mp4",
        captions=CAPTIONS,
    )
    return seen_to(cast, operation, lambda: Chapter.objects.create(course=fire, position=9, title="Another"))


def chapter_edited(cast: Cast) -> Scene:
    stage = furnish()
    operation = SaveChapter(
        course_id=stage.fire.pk, chapter_id=stage.film.pk, title="The long film", required=False
    )
    return seen_to(cast, operation, with_name(stage.film, title="A film"))


def chapter_no_longer_required(cast: Cast) -> Scene:
    """Bea and Mallory lack nothing but the quiz."""
    stage = furnish()
    study(cast, stage)
    operation = SaveChapter(
        course_id=stage.fire.pk, chapter_id=stage.quiz.pk, title="The quiz", required=False
    )
    film = ChapterProgress.objects.filter(chapter=stage.film, enrolment__user=cast.bea)
    return seen_to(cast, operation, lambda: film.update(status=Status.IN_PROGRESS, completed_at=None))


def quiz_changed(cast: Cast) -> Scene:
    stage = furnish()
    quiz = deepcopy(QUIZ)
    quiz["pass_mark"], quiz["questions"] = 100, quiz["questions"][1:]
    operation = SaveQuiz(chapter_id=stage.quiz.pk, quiz=quiz)
    return seen_to(cast, operation, with_name(stage.quiz, quiz=quiz | {"pass_mark": 1}))


def quiz_taken_away(cast: Cast) -> Scene:
    stage = furnish()
    return seen_to(
        cast, SaveQuiz(chapter_id=stage.bandage.pk, quiz={}), with_name(stage.bandage, title="Bandages")
    )


def quiz_taken_away_after_the_video(cast: Cast) -> Scene:
    """Ben has seen the video of the only chapter of First aid, and lacks its quiz."""
    stage = furnish()
    study(cast, stage)
    row = ChapterProgress.objects.filter(chapter=stage.bandage, enrolment__user=cast.ben)
    row.update(watched=True)
    Attempt.objects.create(enrolment=row.get().enrolment, progress=row.get())
    operation = SaveQuiz(chapter_id=stage.bandage.pk, quiz={})
    return seen_to(cast, operation, lambda: row.update(watched=False))


def chapters_ordered(cast: Cast) -> Scene:
    stage = furnish()
    ids = (stage.quiz.pk, stage.film.pk, stage.extra.pk)
    operation = OrderChapters(course_id=stage.fire.pk, chapter_ids=ids)
    return seen_to(
        cast, operation, lambda: Chapter.objects.create(course=stage.fire, position=9, title="Another")
    )


def content_role_created(cast: Cast) -> Scene:
    stage = furnish()
    operation = SaveContentRole(
        name="Guards", course_ids=(stage.fire.pk,), chapter_ids=(stage.bandage.pk, stage.film.pk)
    )
    return seen_to(cast, operation, lambda: ContentRole.objects.create(name="Guards"))


def content_role_edited(cast: Cast) -> Scene:
    stage = furnish()
    operation = SaveContentRole(
        content_role_id=stage.crew.pk, name="The crew", course_ids=(stage.fire.pk, stage.first_aid.pk)
    )
    more = {"content_role": stage.crew, "chapter": stage.extra}
    return seen_to(cast, operation, lambda: RoleContent.objects.create(**more))


def removed(cast: Cast, kind: str, row: Model, disturb: Callable[[], object]) -> Scene:
    return seen_to(cast, RemoveFromCatalogue(kind=kind, row_id=row.pk), disturb)


def category_removed(cast: Cast) -> Scene:
    stage = furnish()
    with outside_the_ledger():
        empty = Category.objects.create(name="Empty", parent=stage.safety)
    return removed(cast, "category", empty, lambda: Course.objects.create(title="New", category=empty))


def course_removed(cast: Cast) -> Scene:
    stage = furnish()
    return removed(
        cast, "course", stage.fire, lambda: Enrolment.objects.create(user=cast.ben, course=stage.fire)
    )


def chapter_removed(cast: Cast) -> Scene:
    stage = furnish()
    return removed(cast, "chapter", stage.bandage, with_name(stage.bandage, title="Bandages"))


def chapter_removed_that_others_lack(cast: Cast) -> Scene:
    """Ben, Bea and Mallory have done all that is required but the drill, which nobody has begun."""
    stage = furnish()
    with outside_the_ledger():
        drill = Chapter.objects.create(course=stage.fire, position=4, title="The drill")
        RoleContent.objects.create(content_role=stage.crew, chapter=drill)
    for who in (cast.ben, cast.bea, cast.mallory):
        progress(who, stage.film, Status.COMPLETED)
        progress(who, stage.quiz, Status.COMPLETED, score=80)
        state(who, stage.fire, Status.IN_PROGRESS)
    film = ChapterProgress.objects.filter(chapter=stage.film, enrolment__user=cast.bea)
    return removed(cast, "chapter", drill, lambda: film.update(status=Status.IN_PROGRESS, completed_at=None))


def content_role_removed(cast: Cast) -> Scene:
    stage = furnish()
    return removed(
        cast, "content role", stage.crew, lambda: stage.crew.content.create(course=stage.first_aid)
    )


def competency_removed(cast: Cast) -> Scene:
    stage = furnish()
    with outside_the_ledger():
        calm = Competency.objects.create(name="Calm")
    return removed(
        cast, "competency", calm, lambda: CourseCompetency.objects.create(course=stage.fire, competency=calm)
    )


CATALOGUE_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    OrderChapters: [chapters_ordered],
    RemoveFromCatalogue: [
        category_removed,
        course_removed,
        chapter_removed,
        chapter_removed_that_others_lack,
        content_role_removed,
        competency_removed,
    ],
    SaveCategory: [category_created, category_moved],
    SaveChapter: [chapter_created, chapter_edited, chapter_no_longer_required],
    SaveCompetency: [competency_created, competency_renamed],
    SaveContentRole: [content_role_created, content_role_edited],
    SaveCourse: [course_created, course_edited],
    SaveQuiz: [quiz_changed, quiz_taken_away, quiz_taken_away_after_the_video],
}
