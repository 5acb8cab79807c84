"""What must always hold of training, beyond what the database's own constraints hold."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rollbook.training.records import Attempt, ChapterProgress, Enrolment, Status

SHOWN = 20


def broken_invariants() -> list[str]:
    """Return one sentence for each thing that is broken, naming the rows."""
    begun = Exists(
        ChapterProgress.objects.filter(enrolment=OuterRef("pk"), erased_at=None).exclude(
            status=Status.NOT_STARTED
        )
    )
    undated = Q(status=Status.COMPLETED, completed_at=None) | Q(completed_at__isnull=False) & ~Q(
        status=Status.COMPLETED
    )
    checks: list[tuple[str, QuerySet[Enrolment] | QuerySet[ChapterProgress] | QuerySet[Attempt]]] = [
        ("Enrolments whose completion date does not fit their status", Enrolment.objects.filter(undated)),
        (
            "Enrolments not started, though chapters of them are",
            Enrolment.objects.filter(begun, status=Status.NOT_STARTED),
        ),
        (
            "Enrolments in progress, though no chapter of them is started",
            Enrolment.objects.filter(~begun, status=Status.IN_PROGRESS),
        ),
        (
            "Chapter progress whose completion date does not fit its status",
            ChapterProgress.objects.filter(undated),
        ),
        (
            "Attempts that hang off another enrolment than their chapter progress",
            Attempt.objects.exclude(enrolment=F("progress__enrolment")),
        ),
    ]
    return [
        f"{what}: {ids}."
        for what, rows in checks
        if (ids := list(rows.order_by("pk").values_list("pk", flat=True)[:SHOWN]))
    ]
