"""When a course is completed: the one rule, which a learner's progress and every reset evaluate.

A course is *completed* when it has required chapters and each of them is; else *in progress* when any of its chapters
is in progress or completed; else *not started*. Erased chapter progress does not count. The functions return
expressions over `Enrolment`.

`leaving` is a condition on chapter progress that is left out: what an operation is about to erase or set back. With it
an expression has the same value before and after that is done. A completed course stays so where nothing of a required
chapter leaves, also when chapters were added since.
"""

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Now

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
    """Return when the course was completed: as it is recorded, now if it is completed just now, or NULL."""
    return Case(When(_completed(leaving), then=Coalesce(F("completed_at"), Now())), default=None)


def started_at_without(leaving: Q = NOTHING) -> Case:
    """Return when the course was started, as it is recorded, or NULL where it is not started."""
    return Case(When(Q(_completed(leaving) | Q(_begun(leaving))), then=F("started_at")), default=None)


def _begun(leaving: Q) -> Exists:
    staying = ChapterProgress.objects.filter(enrolment=OuterRef("pk"), erased_at__isnull=True)
    return Exists(staying.exclude(leaving).exclude(status=Status.NOT_STARTED))


def _completed(leaving: Q) -> Q:
    required = Chapter.objects.filter(course=OuterRef("course"), required=True)
    done = ChapterProgress.objects.filter(
        enrolment=OuterRef(OuterRef("pk")), erased_at__isnull=True, status=Status.COMPLETED
    ).exclude(leaving)
    missing = required.exclude(pk__in=done.values("chapter"))
    touched = ChapterProgress.objects.filter(leaving, enrolment=OuterRef("pk"), chapter__required=True)
    return Q(Q(status=Status.COMPLETED) & ~Exists(touched)) | Q(Exists(required) & ~Exists(missing))
