"""When a course is completed: the one rule, which a learner's progress and every reset evaluate.

A course is *completed* when it has required chapters and each of them is; else *in progress* when any of its chapters
is in progress or completed; else *not started*. Erased chapter progress does not count. The functions return
expressions over `Enrolment`.

`leaving` is a condition on chapter progress that is left out: what an operation is about to erase or set back. With it
an expression has the same value before and after that is done. A completed course stays so where nothing of a required
chapter leaves, also when chapters were added since.
"""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from rollbook.ledger.derived import follows
from rollbook.training.catalogue import Chapter
from rollbook.training.records import ChapterProgress, Enrolment, Status

NOTHING = Q(pk__in=[])


def status_without(leaving: Q = NOTHING) -> Case:
    """Return the status of the enrolment."""
    return Case(
        When(_completed(leaving), then=Value(Status.COMPLETED.value)),
        When(_begun(leaving), then=Value(Status.IN_PROGRESS.value)),
        default=Value(Status.NOT_STARTED.value),
        output_field=Enrolment._meta.get_field("status"),
    )


def completed_at_without(leaving: Q = NOTHING) -> Case:
    """Return when the course was completed: as it is recorded, else when its last required chapter was, or NULL."""
    done = _of_this("pk").filter(status=Status.COMPLETED, chapter__required=True).exclude(leaving)
    last = Subquery(done.order_by("-completed_at").values("completed_at")[:1])
    return Case(When(_completed(leaving), then=Coalesce(F("completed_at"), last)), default=None)


def started_at_without(leaving: Q = NOTHING) -> Case:
    """Return when the course was started: as it is recorded, else when its first chapter was, or NULL."""
    first = Subquery(_staying(leaving).order_by("started_at").values("started_at")[:1])
    begun = Q(_completed(leaving) | Q(_begun(leaving)))
    return Case(When(begun, then=Coalesce(F("started_at"), first)), default=None)


@follows(ChapterProgress)
def settle(progress_ids: "QuerySet[Any, Any]") -> None:
    """Bring the enrolments of this chapter progress up to date, where that is needed."""
    enrolments = ChapterProgress.objects.filter(pk__in=progress_ids).values("enrolment")
    stale = Enrolment.objects.filter(pk__in=enrolments).alias(status_now=status_without())
    stale.exclude(status=F("status_now")).update(
        status=status_without(), started_at=started_at_without(), completed_at=completed_at_without()
    )


def _of_this(path: str | OuterRef) -> "QuerySet[ChapterProgress]":
    return ChapterProgress.objects.filter(enrolment=OuterRef(path), erased_at__isnull=True)


def _staying(leaving: Q) -> "QuerySet[ChapterProgress]":
    return _of_this("pk").exclude(leaving).exclude(status=Status.NOT_STARTED)


def _begun(leaving: Q) -> Exists:
    return Exists(_staying(leaving))


def _completed(leaving: Q) -> Q:
    required = Chapter.objects.filter(course=OuterRef("course"), required=True)
    inner = _of_this(OuterRef("pk")).filter(status=Status.COMPLETED).exclude(leaving)
    missing = required.exclude(pk__in=inner.values("chapter"))
    leaves = ChapterProgress.objects.filter(enrolment=OuterRef("pk"), chapter__required=True)
    left = leaves.filter(leaving | Q(erased_at__isnull=False)).exclude(chapter__in=inner.values("chapter"))
    return Q(Q(status=Status.COMPLETED) & ~Exists(left)) | Q(Exists(required) & ~Exists(missing))
