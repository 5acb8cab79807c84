"""Large operations that the worker does: how far each is.

Whom a job is about is recorded when it is applied. Until then, and whenever somebody of them is beyond an actor's
scope, which may have shrunk since the job was confirmed, it goes by what is done and to how many rows, without a name.
"""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from rollbook.common.text import counted
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.verbs import verb_label
from rollbook.ledger.models import OperationJob
from rollbook.ledger.wording import counts_in_words
from rollbook.people.access import Right, UserActor
from rollbook.people.history import may_name

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


def title_of(job: OperationJob, actor: UserActor) -> str:
    """Return what a job does, with names for those who may read them."""
    if actor.everywhere or (job.operation and may_name(actor, job.operation)):
        return job.summary
    return f"{verb_label(job.verb)}: {counted(job.all_rows, 'row')}"


@needs(Right.OPERATIONS_VIEW)
def job(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show how far a job is; the page asks again by itself until it is over."""
    found = get_object_or_404(seen_jobs(request.actor), pk=pk)
    record = found.operation
    context = {
        "job": found,
        "title": title_of(found, request.actor),
        "counts": counts_in_words(record.counts, undo=record.undoes_id is not None) if record else [],
        "breadcrumbs": [("Operations", reverse("console:operations"))],
    }
    return render(request, "console/job.html", context)
