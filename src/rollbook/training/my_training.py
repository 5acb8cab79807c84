"""My training: a learner's courses and chapters with how far each is, as pages show them. Reads only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from rollbook.people.models import User
from rollbook.training.access import chapters_of, courses_of
from rollbook.training.catalogue import Chapter, Course
from rollbook.training.records import ChapterProgress, Enrolment, Status

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class MyCourse:
    """A course of My training. `done` of `chapters` chapters are completed."""

    course: Course
    status: Status
    chapters: int
    done: int
    due_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def overdue(self) -> bool:
        """Say whether it should have been completed before now."""
        return self.status != Status.COMPLETED and self.due_at is not None and self.due_at < timezone.now()

    @property
    def percent(self) -> int:
        """Return how much of it is completed."""
        return 100 * self.done // self.chapters if self.chapters else 0


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
    chapters = chapters_of(user).order_by().values_list("course").annotate(Count("pk"))
    completed = ChapterProgress.objects.filter(
        enrolment__in=[e.pk for e in enrolments.values()], erased_at__isnull=True, status=Status.COMPLETED
    )
    done = dict(completed.order_by().values_list("enrolment__course").annotate(Count("pk")))
    number = dict(chapters)
    mine = [
        _my_course(course, enrolments.get(course.pk), number.get(course.pk, 0), done.get(course.pk, 0))
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


def _my_course(course: Course, enrolment: Enrolment | None, chapters: int, done: int) -> MyCourse:
    if enrolment is None:
        return MyCourse(course, Status.NOT_STARTED, chapters, done)
    return MyCourse(
        course, Status(enrolment.status), chapters, done, enrolment.due_at, enrolment.completed_at
    )


def _my_chapter(chapter: Chapter, progress: Any) -> MyChapter:
    limit = chapter.quiz.get("attempt_limit")
    tries = progress.tries if progress else 0
    return MyChapter(chapter, progress, None if limit is None else max(0, limit - tries))
