"""When a course is completed: the one rule, which a learner's progress and every reset evaluate.

A course is *completed* when it has required chapters and each of them is; else *in progress* when any of its chapters
is in progress or completed; else *not started*. Erased chapter progress does not count. The functions return
expressions over `Enrolment`.

`leaving` is a condition on chapter progress that is left out: what an operation is about to erase or set back. With it
an expression has the same value before and after that is done. A completed course stays so where nothing of a required
chapter leaves, also when chapters were added since.

`arriving` is a condition on chapter progress that an operation is about to complete. `required` says which chapters a
course requires, where that is about to change.

A chapter without a quiz is completed when its video was seen to its end, also by those who were waiting for a quiz that
is gone (`SEEN`).
"""

from collections.abc import Callable

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Now

from rollbook.training.catalogue import Chapter
from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status

NOTHING = Q(pk__in=[])
# The video was seen to its end, and only the quiz is missing.
SEEN = Q(status=Status.IN_PROGRESS, watched=True)
# The condition on a chapter that its course requires it, for a path to that chapter ("" or "chapter__").
Required = Callable[[str], Q]


def as_recorded(path: str) -> Q:
    """Say which chapters are required now."""
    return Q(**{f"{path}required": True})


def once_changed(chapter_id: int, *, required: bool) -> Required:
    """Say which chapters are required when this one is, or no longer is."""

    def then(path: str) -> Q:
        this = Q(**{f"{path}pk": chapter_id})
        return as_recorded(path) | this if required else as_recorded(path) & ~this

    return then


def status_without(leaving: Q = NOTHING) -> Case:
    """Return the status of the enrolment."""
    return Case(
        When(_stays_completed(leaving), then=Value(Status.COMPLETED.value)),
        When(~_begun(leaving), then=Value(Status.NOT_STARTED.value)),
        When(lacks_nothing(leaving), then=Value(Status.COMPLETED.value)),
        default=Value(Status.IN_PROGRESS.value),
        output_field=Enrolment._meta.get_field("status"),
    )


def completed_at_without(leaving: Q = NOTHING) -> Case:
    """Return when the course was completed: as it is recorded, else when its last required chapter was, or NULL."""
    last = last_completion(leaving)
    return Case(When(_completed(leaving), then=Coalesce(F("completed_at"), last)), default=None)


def last_completion(leaving: Q = NOTHING, required: Required = as_recorded) -> Subquery:
    """Return when the last required chapter was completed."""
    done = _of_this("pk").filter(required("chapter__"), status=Status.COMPLETED)
    return Subquery(done.exclude(leaving).order_by("-completed_at").values("completed_at")[:1])


def lacks_nothing(leaving: Q = NOTHING, required: Required = as_recorded, arriving: Q = NOTHING) -> Q:
    """Return the condition that the course has required chapters and each of them is completed."""
    of_course = Chapter.objects.filter(required(""), course=OuterRef("course"))
    return Q(Exists(of_course) & ~Exists(of_course.exclude(_done(leaving, "pk", arriving))))


def started_at_without(leaving: Q = NOTHING) -> Case:
    """Return when the course was started: as it is recorded, else when its first chapter was, or NULL."""
    first = Subquery(_staying(leaving).order_by("started_at").values("started_at")[:1])
    begun = Q(_completed(leaving) | Q(_begun(leaving)))
    return Case(When(begun, then=Coalesce(F("started_at"), first)), default=None)


def settle(enrolments: "QuerySet[Enrolment]") -> list[int]:
    """Bring enrolments up to date where that is needed, and return the ids of the current ones that this completes."""
    # Read once: for most of them nothing is to be done.
    now = enrolments.order_by().annotate(status_now=status_without()).exclude(status=F("status_now"))
    stale = list(now.values_list("pk", "status_now", "current"))
    Enrolment.objects.filter(pk__in=[pk for pk, _, _ in stale]).update(
        status=status_without(), started_at=started_at_without(), completed_at=completed_at_without()
    )
    return [pk for pk, status, current in stale if current and status == Status.COMPLETED]


def complete_seen(rows: "QuerySet[ChapterProgress]") -> None:
    """Complete the chapter progress of current enrolments that waits for a quiz which its chapter no longer has."""
    waiting = rows.filter(SEEN, erased_at=None, enrolment__current=True, chapter__quiz={})
    found = list(waiting.exclude(chapter__video="", chapter__video_url="").values_list("pk", flat=True))
    Attempt.objects.filter(progress__in=found, finished_at=None).update(finished_at=Now(), passed=True)
    ChapterProgress.objects.filter(pk__in=found).update(status=Status.COMPLETED, completed_at=Now())


def settle_progress(rows: "QuerySet[ChapterProgress]") -> None:
    """Let the completion date of chapter progress fit its status.

    An undo that was asked to win over what the learner did since takes the status back, and no date that was not there.
    """
    rows.filter(completed_at__isnull=False).exclude(status=Status.COMPLETED).update(completed_at=None)
    passed = Attempt.objects.filter(progress=OuterRef("pk"), passed=True).order_by("-finished_at")
    last = Subquery(passed.values("finished_at")[:1])
    rows.filter(completed_at=None, status=Status.COMPLETED).update(
        completed_at=Coalesce(last, "started_at", Now())
    )


def _of_this(path: str | OuterRef) -> "QuerySet[ChapterProgress]":
    return ChapterProgress.objects.filter(enrolment=OuterRef(path), erased_at__isnull=True)


def _staying(leaving: Q) -> "QuerySet[ChapterProgress]":
    return _of_this("pk").exclude(leaving).exclude(status=Status.NOT_STARTED)


def _begun(leaving: Q) -> Exists:
    return Exists(_staying(leaving))


def _completed(leaving: Q) -> Q:
    # Who has begun nothing lacks something: to know that takes one look.
    return _stays_completed(leaving) | Q(Q(_begun(leaving)) & lacks_nothing(leaving))


def _stays_completed(leaving: Q) -> Q:
    leaves = ChapterProgress.objects.filter(enrolment=OuterRef("pk"), chapter__required=True)
    left = leaves.filter(leaving | Q(erased_at__isnull=False)).exclude(_done(leaving, "chapter"))
    return Q(Q(status=Status.COMPLETED) & ~Exists(left))


def _done(leaving: Q, chapter: str, arriving: Q = NOTHING) -> Exists:
    """Say, of the chapter under a path, that this enrolment has completed it. Looked up by index, and not in a list."""
    rows = _of_this(OuterRef("pk")).filter(Q(status=Status.COMPLETED) | arriving, chapter=OuterRef(chapter))
    return Exists(rows.exclude(leaving))
