"""What waits for a second person: what it would do, who asked for it and why it is held; approving or rejecting it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.jobs import nameless, seen_job, why_held
from rollbook.interfaces.console.shown import samples_of
from rollbook.interfaces.console.verbs import verb_label
from rollbook.interfaces.web.held import KNOWN
from rollbook.interfaces.web.large import start
from rollbook.ledger.errors import (
    AlreadyDecided,
    NotAllowed,
    NothingToDo,
    NotTheSecond,
    OutOfScope,
    ReasonMissing,
    Refused,
    StalePlan,
    WaitedTooLong,
)
from rollbook.ledger.holds import EXPIRED, GONE, approve, is_as_asked, is_late, may_decide, previewed, reject
from rollbook.ledger.models import OperationJob
from rollbook.people.access import Right

CHANGED = (
    "What it would do is no longer what was asked for, so it can only be rejected. It can be asked for again."
)


@needs(Right.OPERATIONS_VIEW, methods=("GET", "HEAD", "POST"))
def decide(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show what is held; approve it, or reject it with a reason. Whoever asked for it can withdraw it."""
    if request.method != "POST":
        job = seen_job(request.actor, pk)
        held = job.state == OperationJob.State.HELD
        return _shown(request, job) if held else redirect("console:job", pk)
    job = get_object_or_404(OperationJob, pk=pk)
    try:
        if request.POST.get("step") == "approve":
            approve(pk, KNOWN, acting=request.actor, start=start)
            messages.success(request, "Approved. The worker does it now.")
        else:
            # PostgreSQL cannot hold U+0000.
            reason = request.POST.get("reason", "")[:2000].replace("\x00", "")
            reject(pk, KNOWN, acting=request.actor, reason=reason)
            own = job.actor == request.actor.key
            messages.success(request, f"{'Withdrawn' if own else 'Rejected'}. Nothing was changed.")
    except ReasonMissing as error:
        return _shown(request, job, str(error), status=422)
    except NotTheSecond as error:
        if job.actor != request.actor.key:
            raise Http404 from error
        raise PermissionDenied(str(error)) from error
    except AlreadyDecided as error:
        messages.info(request, str(error))
        return redirect("console:operations")
    except (StalePlan, Refused, NothingToDo, WaitedTooLong) as error:
        messages.warning(request, str(error))
    return redirect("console:job", pk)


def _shown(request: ConsoleRequest, job: OperationJob, problem: str = "", status: int = 200) -> HttpResponse:
    try:
        plan, asking = previewed(job, KNOWN)
        name = asking.name
        against = EXPIRED if is_late(job) else "" if is_as_asked(plan, job) else CHANGED
    except (NotAllowed, OutOfScope):
        plan, name, against = None, job.actor, GONE
    own, why = job.actor == request.actor.key, why_held(job, request.actor)
    if not why:
        plan = None
    second = may_decide(job, KNOWN, acting=request.actor)
    context = {
        "job": job,
        "heading": verb_label(job.verb),
        "plan": plan,
        "asked_by": name,
        "why_held": why,
        "nameless": nameless(job),
        "samples": samples_of(plan) if plan else [],
        "problem": problem,
        "against": against,
        "may_approve": second and not against,
        "may_reject": second or own,
        "own": own,
        # Whoever asked may have been told of people whom the second person does not know of.
        "all_told": own or request.actor.everywhere,
        "breadcrumbs": [
            ("Operations", reverse("console:operations")),
            (f"Job {job.pk}", reverse("console:job", args=[job.pk])),
        ],
    }
    return render(request, "console/decide.html", context, status=status)
