"""My training: a learner's courses and chapters with how far each is, as pages show them. Reads only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.access import chapters_of, courses_of, given_chapters
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.records import ChapterProgress, Enrolment, Status

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class MyCourse:
    """A course of My training. Of its `chapters` that are open to the user `done` of `required` ones are completed.

    Of a `partial` one the user cannot open all that is required.
    """

    course: Course
    partial: bool
    status: Status
    chapters: int
    required: int
    done: int
    due_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def overdue(self) -> bool:
        """Say whether it should have been completed before now."""
        return self.status != Status.COMPLETED and self.due_at is not None and self.due_at < timezone.now()


@dataclass(frozen=True)
class MyChapter:
    """A chapter on the page of its course. `attempts_left` is None where there is no limit, or no quiz."""

    chapter: Chapter
    progress: ChapterProgress | None
    attempts_left: int | None

    @property
    def status(self) -> Status:
        """Return how far it is."""
        return Status(self.progress.status) if self.progress else Status.NOT_STARTED


def my_courses(user: User) -> list[MyCourse]:
    """Return the courses that are open to the user: what is due first comes first, what is completed last.

    Four queries, whatever their number.
    """
    courses = list(courses_of(user))
    enrolments = {e.course_id: e for e in Enrolment.objects.filter(user=user, current=True)}
    # A content role may give some chapters of a course only.
    of_course = chapters_of(user).order_by().values_list("course")
    rows = of_course.annotate(chapters=Count("pk"), needed=Count("pk", filter=Q(required=True)))
    numbers = {course: (chapters, required) for course, chapters, required in rows}
    completed = ChapterProgress.objects.filter(
        done_of_required(), enrolment__in=[e.pk for e in enrolments.values()]
    )
    done = dict(completed.order_by().values_list("enrolment__course").annotate(Count("pk")))
    mine = [
        _my_course(course, enrolments.get(course.pk), numbers.get(course.pk, (0, 0)), done.get(course.pk, 0))
        for course in courses
    ]
    return sorted(mine, key=lambda my: (my.status == Status.COMPLETED, my.due_at is None, my.due_at or NEVER))


def my_course(user: User, course: Course) -> MyCourse:
    """Return one course as `my_courses` does."""
    return next(my for my in my_courses(user) if my.course == course)


def my_chapters(user: User, course: Course) -> list[MyChapter]:
    """Return the course's chapters that are open to the user, in order."""
    chapters = chapters_of(user).filter(course=course).select_related("course").order_by("position", "pk")
    progress = {
        row.chapter_id: row
        for row in ChapterProgress.objects.filter(
            enrolment__user=user, enrolment__current=True, chapter__course=course, erased_at__isnull=True
        ).annotate(tries=Count("attempts", filter=Q(attempts__finished_at__isnull=False)))
    }
    return [_my_chapter(chapter, progress.get(chapter.pk)) for chapter in chapters]


def done_of_required(path: str = "") -> Q:
    """Return the condition that chapter progress, under `path`, counts as done: a required chapter is completed."""
    return Q(
        **{f"{path}status": Status.COMPLETED, f"{path}erased_at": None, f"{path}chapter__required": True}
    )


def required_of(user: User) -> Case:
    """Return how many required chapters an enrolment of the user has; a current one those that are the user's."""

    def counted(chapters: "QuerySet[Chapter]") -> Coalesce:
        of_course = chapters.filter(course=OuterRef("course"), required=True).order_by().values("course")
        return Coalesce(Subquery(of_course.annotate(number=Count("pk")).values("number")), 0)

    return Case(
        When(current=True, then=counted(given_chapters(user))), default=counted(Chapter.objects.all())
    )


def _my_course(course: Any, enrolment: Enrolment | None, numbers: tuple[int, int], done: int) -> MyCourse:
    return MyCourse(
        course=course,
        partial=course.partial,
        status=Status(enrolment.status) if enrolment else Status.NOT_STARTED,
        chapters=numbers[0],
        required=numbers[1],
        done=done,
        due_at=enrolment.due_at if enrolment else None,
        completed_at=enrolment.completed_at if enrolment else None,
    )


def _my_chapter(chapter: Chapter, progress: Any) -> MyChapter:
    limit = chapter.quiz.get("attempt_limit")
    tries = progress.tries if progress else 0
    return MyChapter(chapter, progress, None if limit is None else max(0, limit - tries))
