"""Large operations that the worker does: how far each is."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.ledger.models import OperationJob
from rollbook.ledger.wording import counts_in_words
from rollbook.people.access import Right, UserActor

# How long one that failed stays in the list.
LISTED = timedelta(days=7)


def seen_jobs(actor: UserActor) -> "QuerySet[OperationJob]":
    """Return the jobs that an actor may look at: their own, and all for a super user."""
    jobs = OperationJob.objects.select_related("operation")
    return jobs if actor.everywhere else jobs.filter(actor_user=actor.user.pk)


def listed_jobs(actor: UserActor) -> "QuerySet[OperationJob]":
    """Return the jobs that wait or run, and those that failed of late, newest first."""
    state = OperationJob.State
    failed = Q(state=state.FAILED, ended_at__gt=timezone.now() - LISTED)
    return seen_jobs(actor).filter(Q(state__in=[state.WAITING, state.RUNNING]) | failed).order_by("-pk")


@needs(Right.OPERATIONS_VIEW)
def job(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show how far a job is; the page asks again by itself until it is over."""
    found = get_object_or_404(seen_jobs(request.actor), pk=pk)
    record = found.operation
    context = {
        "job": found,
        "counts": counts_in_words(record.counts, undo=record.undoes_id is not None) if record else [],
        "breadcrumbs": [("Operations", reverse("console:operations"))],
    }
    return render(request, "console/job.html", context)
