"""What a learner may open: courses that are open, by a current enrolment or by a content role.

A content role gives whole courses, or single chapters. Whoever starts a chapter is enrolled on its course by that.
Where only chapters were given, this enrolment opens nothing more: those chapters, and what has been begun, also once
the content role is gone. Every other enrolment opens the whole course.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from rollbook.people.models import User
from rollbook.training.catalogue import Chapter, Course, RoleContent
from rollbook.training.records import ChapterProgress, Enrolment


def chapters_of(user: User) -> "QuerySet[Chapter]":
    """Return the chapters that the user may open, whatever their course's order."""
    return given_chapters(user).filter(course__open=True)


def given_chapters(user: User) -> "QuerySet[Chapter]":
    """Return the chapters that are the user's to learn, also those of courses that are closed now."""
    return Chapter.objects.filter(
        Q(course__in=_whole_courses(user))
        | Q(pk__in=_granted(user).values("chapter"))
        | Q(pk__in=_begun(user).values("chapter"))
    )


def courses_of(user: User) -> "QuerySet[Course]":
    """Return the courses of which the user may open something, and those without chapters yet; by title.

    A `partial` one has required chapters that are not open to the user, who so cannot complete it.
    """
    whole = Q(pk__in=_whole_courses(user).values("pk"))
    granted = Q(Exists(_granted(user).filter(chapter__course=OuterRef("pk"))))
    begun = Q(pk__in=_begun(user).values("chapter__course"))
    others = Chapter.objects.filter(course=OuterRef("pk"), required=True).exclude(
        pk__in=given_chapters(user).values("pk")
    )
    return (
        Course.objects.filter(whole | granted | begun, open=True)
        .annotate(partial=Exists(others))
        .order_by("title", "pk")
    )


def may_watch(user: User, chapter: Chapter) -> bool:
    """Say whether the user may open the chapter, and so see its video and answer its quiz."""
    return chapters_of(user).filter(pk=chapter.pk).exists()


def has_whole_course(user: User, course: Course) -> bool:
    """Say whether the user may open the whole course, not just single chapters of it."""
    return _whole_courses(user).filter(pk=course.pk).exists()


def _granted(user: User) -> "QuerySet[RoleContent]":
    return RoleContent.objects.filter(content_role__grants__user=user)


def _whole_courses(user: User) -> "QuerySet[Course]":
    enrolled = Enrolment.objects.filter(user=user, current=True, whole=True).values("course")
    return Course.objects.filter(Q(pk__in=enrolled) | Q(pk__in=_granted(user).values("course")))


def _begun(user: User) -> "QuerySet[ChapterProgress]":
    return ChapterProgress.objects.filter(enrolment__user=user, enrolment__current=True, erased_at=None)
