"""What an operation on the catalogue completes, because nothing is missing once it is done."""

from dataclasses import replace

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from rollbook.common.text import counted
from rollbook.ledger.checks import lock
from rollbook.ledger.derived import follows
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import MANY, Note, Plan
from rollbook.ledger.recording import in_order_of_ids
from rollbook.ledger.touched import changed_by, has_changed, ids_changed_by, subjects_of, subjects_since
from rollbook.operations.award_completion import award_later
from rollbook.people.models import User
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.completion import (
    SEEN,
    Required,
    complete_seen,
    lacks_nothing,
    last_completion,
    settle,
    settle_progress,
)
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status, living


def completing(plan: Plan, course_id: int, required: Required) -> Plan:
    """Let a plan after which `required` chapters are required also complete the enrolments that then lack nothing.

    The course must be one of its subjects: whoever is enrolled at that moment waits for it, and so does its undo.
    """
    waiting = _waiting(course_id)
    done = waiting.filter(lacks_nothing(required=required))
    number = done.count()
    values = {"status": Status.COMPLETED, "completed_at": last_completion(required=required)}
    return replace(
        plan,
        subjects=[*plan.subjects, _learners(done)],
        # What they learn meanwhile may be the last that is missing.
        relies_on=[*plan.relies_on, _learners(waiting)],
        # First, while the chapters are as the conditions take them to be.
        effects=[Update(done, values), *plan.effects],
        notes=[*plan.notes, *_notes(number)],
        live=number > MANY,
        settle=[*plan.settle, _award],
    )


def finishing(plan: Plan, chapter: Chapter) -> Plan:
    """Let a plan after which a chapter has a video and no quiz also complete it for those who have seen the video.

    The course must be one of its subjects, as for `completing`.
    """
    seen, current = Q(SEEN, chapter=chapter.pk), _current(chapter.course_id)
    # Without a join, which an UPDATE could not have.
    rows = living(seen).filter(enrolment__in=current.values("pk"))
    done = _waiting(chapter.course_id).filter(lacks_nothing(arriving=seen))
    learners = _learners(current.filter(pk__in=rows.values("enrolment")))
    number = learners.count()
    effects = [
        Update(done, {"status": Status.COMPLETED, "completed_at": Now()}),
        Update(
            Attempt.objects.filter(progress__in=rows.values("pk"), finished_at=None),
            {"finished_at": Now(), "passed": True},
        ),
        Update(rows, {"status": Status.COMPLETED, "completed_at": Now()}),
    ]
    why = "its video was seen to its end, and no quiz is to follow any more"
    seen_note = Note(f"The chapter becomes completed for {counted(number, 'user')}", why)
    return replace(
        plan,
        subjects=[*plan.subjects, learners],
        # Whoever sees the video to its end meanwhile does so before or after.
        relies_on=[*plan.relies_on, _learners(current)],
        effects=[*effects, *plan.effects],
        notes=[*plan.notes, *([seen_note] if number else []), *_notes(done.count())],
        live=number > MANY,
        settle=[*plan.settle, _award],
    )


def _current(course_id: int) -> "QuerySet[Enrolment]":
    return Enrolment.objects.filter(course=course_id, current=True).order_by()


def _waiting(course_id: int) -> "QuerySet[Enrolment]":
    return _current(course_id).exclude(status=Status.COMPLETED)


def _learners(enrolments: "QuerySet[Enrolment]") -> "QuerySet[User]":
    return User.objects.filter(pk__in=enrolments.values("user"))


def _notes(number: int) -> list[Note]:
    if not number:
        return []
    why = (
        "nothing that is required is missing then. What that earns, certificates and competencies, the worker awards "
        "afterwards; it stays if this is undone"
    )
    return [Note(f"{counted(number, 'enrolment')} {'becomes' if number == 1 else 'become'} completed", why)]


def _award(operation_id: int) -> None:
    award_later(ids_changed_by(operation_id, Enrolment))


@follows(ChapterProgress)
def follow_progress(operation_id: int) -> None:
    """Bring chapter progress that an undo took back up to date, and its enrolments."""
    progress = changed_by(operation_id, ChapterProgress)
    # Where nothing happened to a chapter in between, an undo stays exact.
    if edited := subjects_since(operation_id, Chapter):
        complete_seen(progress.filter(chapter__in=edited))
    settle_progress(progress)
    with in_order_of_ids():
        award_later(settle(Enrolment.objects.filter(pk__in=progress.values("enrolment"))))


@follows(Enrolment)
def follow_enrolments(operation_id: int) -> None:
    """Bring enrolments up to date that an undo took back: others may be required now, and chapters begun or erased."""
    # Those whose chapter progress came back as well have been seen to.
    if not has_changed(operation_id, ChapterProgress):
        award_later(settle(changed_by(operation_id, Enrolment)))


@follows(Chapter)
def follow_chapters(operation_id: int) -> None:
    """Complete what lacks nothing since an undo changed a chapter, or what its course requires."""
    changed = changed_by(operation_id, Chapter).values("pk")
    for course in subjects_of(operation_id, Course):
        current = _current(course.pk)
        lock(_learners(current))
        complete_seen(ChapterProgress.objects.filter(enrolment__in=current, chapter__in=changed))
        _complete(_waiting(course.pk))


def _complete(enrolments: "QuerySet[Enrolment]") -> None:
    award_later(settle(enrolments.filter(lacks_nothing()).exclude(status=Status.COMPLETED)))
