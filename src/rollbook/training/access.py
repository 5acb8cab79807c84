"""What a learner may open: courses that are open, by a current enrolment or by a content role.

A content role gives whole courses, or single chapters. Whoever starts a chapter is enrolled on its course by that, and
an enrolment opens the whole course.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from rollbook.people.models import User
from rollbook.training.catalogue import Chapter, Course, RoleContent
from rollbook.training.records import Enrolment


def chapters_of(user: User) -> "QuerySet[Chapter]":
    """Return the chapters that the user may open, whatever their course's order."""
    return Chapter.objects.filter(
        Q(course__in=_whole_courses(user)) | Q(pk__in=_granted(user).values("chapter")), course__open=True
    )


def courses_of(user: User) -> "QuerySet[Course]":
    """Return the courses of which the user may open something, and those without chapters yet; by title."""
    whole = Q(pk__in=_whole_courses(user).values("pk"))
    part = Q(Exists(_granted(user).filter(chapter__course=OuterRef("pk"))))
    return Course.objects.filter(whole | part, open=True).order_by("title", "pk")


def may_watch(user: User, chapter: Chapter) -> bool:
    """Say whether the user may open the chapter, and so see its video and answer its quiz."""
    return chapters_of(user).filter(pk=chapter.pk).exists()


def _granted(user: User) -> "QuerySet[RoleContent]":
    return RoleContent.objects.filter(content_role__grants__user=user)


def _whole_courses(user: User) -> "QuerySet[Course]":
    enrolled = Enrolment.objects.filter(user=user, current=True).values("course")
    return Course.objects.filter(Q(pk__in=enrolled) | Q(pk__in=_granted(user).values("course")))
