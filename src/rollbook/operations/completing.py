"""Enrolments that an operation completes, because they lack nothing once it is done."""

from dataclasses import replace

from django.db.models import QuerySet

from rollbook.common.text import counted
from rollbook.ledger.checks import lock
from rollbook.ledger.derived import follows
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import MANY, Note, Plan
from rollbook.ledger.touched import changed_by, ids_changed_by, subjects_of
from rollbook.operations.award_completion import award_later
from rollbook.people.models import User
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.completion import Required, lacks_nothing, last_completion, settle, settle_progress
from rollbook.training.records import ChapterProgress, Enrolment, Status


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


def _waiting(course_id: int) -> "QuerySet[Enrolment]":
    rows = Enrolment.objects.filter(course=course_id, current=True).order_by()
    return rows.exclude(status=Status.COMPLETED)


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
    settle_progress(progress)
    award_later(settle(Enrolment.objects.filter(pk__in=progress.values("enrolment"))))


@follows(Enrolment)
def follow_enrolments(operation_id: int) -> None:
    """Complete the enrolments that an undo took back and that lack nothing: other chapters may be required by now."""
    # Those whose chapter progress came back as well have been seen to.
    if not changed_by(operation_id, ChapterProgress).exists():
        _complete(changed_by(operation_id, Enrolment))


@follows(Chapter)
def follow_chapters(operation_id: int) -> None:
    """Complete the enrolments that lack nothing since an undo changed what their course requires."""
    for course in subjects_of(operation_id, Course):
        waiting = _waiting(course.pk)
        lock(_learners(waiting))
        _complete(waiting)


def _complete(enrolments: "QuerySet[Enrolment]") -> None:
    award_later(settle(enrolments.filter(lacks_nothing()).exclude(status=Status.COMPLETED)))
