"""Large operations that the worker does: how far each is.

Whom a job is about is recorded when it is applied. Until then, and whenever somebody of them is beyond an actor's
scope, which may have shrunk since the job was confirmed, it goes by what is done and to how many rows, without a name.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from rollbook.common.text import counted
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.verbs import verb_label
from rollbook.interfaces.web.health import worker_runs
from rollbook.interfaces.web.held import KNOWN
from rollbook.ledger.errors import NotAllowed, OutOfScope
from rollbook.ledger.holds import DAYS, EXPIRED, asked, is_late, may_decide
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.undo import Undo
from rollbook.ledger.wording import counts_in_words
from rollbook.operations.rebuilt import from_params
from rollbook.people.access import Right, UserActor
from rollbook.people.history import may_name
from rollbook.people.importing.models import Upload
from rollbook.people.importing.uploads import uploads_of
from rollbook.people.second_person import who_approves

# How long one that failed or was rejected stays in the list.
LISTED = timedelta(days=7)
ENDED = (OperationJob.State.FAILED, OperationJob.State.REJECTED)


def seen_jobs(actor: UserActor) -> "QuerySet[OperationJob]":
    """Return the jobs that an actor may look at: those they asked for or decided, and all for a super user."""
    jobs = OperationJob.objects.select_related("operation")
    return jobs if actor.everywhere else jobs.filter(Q(actor_user=actor.user.pk) | Q(decider=actor.key))


def seen_job(actor: UserActor, pk: int) -> OperationJob:
    """Return a job that an actor may look at or decide. Raises Http404."""
    found = seen_jobs(actor).filter(pk=pk).first()
    if found is None:
        found = get_object_or_404(OperationJob, pk=pk, state=OperationJob.State.HELD)
        if not may_decide(found, KNOWN, acting=actor):
            raise Http404
    return found


def listed_jobs(actor: UserActor) -> "QuerySet[OperationJob]":
    """Return the jobs that wait or run, and those that failed or were rejected of late, newest first."""
    state = OperationJob.State
    ended = Q(state__in=[state.FAILED, state.REJECTED], ended_at__gt=timezone.now() - LISTED)
    going_on = Q(state__in=[state.HELD, state.WAITING, state.RUNNING])
    return seen_jobs(actor).filter(going_on | ended).order_by("-pk")


def is_held_too_long(job: OperationJob) -> bool:
    """Say whether nobody approved a held job in time, which the worker ends in the night."""
    return job.state == OperationJob.State.HELD and is_late(job)


def jobs_to_decide(actor: UserActor) -> list[tuple[OperationJob, str]]:
    """Return the jobs of others that this actor could still approve, newest first, with what they do."""
    held = OperationJob.objects.filter(state=OperationJob.State.HELD).exclude(actor=actor.key)
    return [
        (job, job.summary if why_held(job, actor) else nameless(job))
        for job in held.order_by("-pk")
        if not is_late(job) and (actor.everywhere or may_decide(job, KNOWN, acting=actor))
    ]


def why_held(job: OperationJob, actor: UserActor) -> list[str]:
    """Return why a job is held, as far as an actor may read it; nothing to who may end it and read no more.

    Where whoever asked is gone, or lost locations, others are told of those whom it would still be about.
    """
    if actor.everywhere or job.actor == actor.key:
        return job.holds
    try:
        plan, _ = asked(job, KNOWN)
    except (NotAllowed, OutOfScope):
        return []
    return [hold.why for hold in plan.holds]


def title_of(job: OperationJob, actor: UserActor) -> str:
    """Return what a job does, with names for those who may read them."""
    if actor.everywhere or (job.operation and may_name(actor, job.operation)):
        return job.summary
    if upload := _file_of(job, actor):
        return f"{verb_label(job.verb)} from “{upload.name}”"
    return nameless(job)


def _file_of(job: OperationJob, actor: UserActor) -> Upload | None:
    """Return the file whose rows a job takes, if the actor sent it."""
    return uploads_of(actor).filter(plan_key=job.plan_key).first()


def nameless(job: OperationJob) -> str:
    """Return what a job does, without a name."""
    return f"{verb_label(job.verb)}: {counted(job.all_rows, 'row')}"


@needs(Right.OPERATIONS_VIEW)
def job(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show how far a job is; the page asks again by itself until it is over, or waits for somebody."""
    found = seen_job(request.actor, pk)
    record, held = found.operation, found.state == OperationJob.State.HELD
    context = {
        "job": found,
        "title": title_of(found, request.actor),
        "held": held,
        "too_late": EXPIRED if is_held_too_long(found) else "",
        "why_held": why_held(found, request.actor) if held else (),
        "days": DAYS,
        "worker_runs": worker_runs,
        "who_approves": _who_approves(found) if held and found.actor == request.actor.key else "",
        "counts": counts_in_words(record.counts, undo=record.undoes_id is not None) if record else [],
        "again": _again(found, request.actor) if found.state in ENDED else "",
        "breadcrumbs": [("Operations", reverse("console:operations"))],
    }
    return render(request, "console/job.html", context)


def _who_approves(job: OperationJob) -> str:
    plan, asking = asked(job, KNOWN)
    return who_approves(plan, asking)


def _again(job: OperationJob, actor: UserActor) -> str:
    """Return the address of the new preview of a job that failed.

    Whether to take conflicts back is asked by undo; the rows of a file that somebody sent are checked on its own pages.
    """
    if job.verb == Undo.verb:
        return reverse("console:undo", args=[job.params["operation_id"]])
    if upload := _file_of(job, actor):
        return reverse("console:users_file", args=[upload.pk])
    return reverse("console:job_again", args=[job.pk])


class AgainPage(OperationPage):
    """The new preview of what a job that failed was to do, with the reason that was given."""

    right = Right.OPERATIONS_VIEW

    @property
    def job(self) -> OperationJob:
        """Return the job, if the actor may look at it and it failed or was rejected."""
        ended = seen_jobs(self.request.actor).filter(state__in=ENDED)
        return get_object_or_404(ended, pk=self.kwargs["pk"])

    def operation(self, form: Any) -> Operation:
        """Return what was confirmed."""
        self.heading = verb_label(self.job.verb)
        return from_params(self.job.verb, self.job.params)

    def confirmed(self) -> QueryDict:
        """Return the reason that was given, until another one is."""
        return self.request.POST or QueryDict(urlencode({"reason": self.job.reason}))

    def back(self) -> str:
        """Return the job's page."""
        return reverse("console:job", args=[self.job.pk])

    def done(self, record: OperationRecord) -> str:
        """Return the page of the operation."""
        return reverse("console:operation", args=[record.pk])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the operations list."""
        return [("Operations", reverse("console:operations"))]
