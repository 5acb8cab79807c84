"""Operations that wait for a second person: who may decide, and what approving, rejecting and forgetting them does.

What was asked for is done in the name of who asked, and the record names who approved it. The writer checks both again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from rollbook.ledger.actor import Actor
from rollbook.ledger.checks import check_second_person
from rollbook.ledger.errors import (
    AlreadyDecided,
    LedgerError,
    NotAllowed,
    NothingToDo,
    NotTheSecond,
    OutOfScope,
    ReasonMissing,
    Refused,
    StalePlan,
    WaitedTooLong,
)
from rollbook.ledger.models import OperationJob
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.writer import preview

# How many days it may wait.
DAYS = 7
EXPIRED = str(WaitedTooLong())
GONE = "Whoever asked for this may no longer do it."


@dataclass(frozen=True)
class Known:
    """How an operation and an actor come from what is kept of them. `actor_of` raises NotAllowed for who is gone."""

    operation_of: Callable[[str, dict[str, Any]], Operation]
    actor_of: Callable[[str], Actor]


def asked(job: OperationJob, known: Known) -> tuple[Plan, Actor]:
    """Return what a job asks for, not counted, and who asked. Raises NotAllowed."""
    asking = known.actor_of(job.actor)
    return known.operation_of(job.verb, job.params).plan(asking), asking


def previewed(job: OperationJob, known: Known) -> tuple[Plan, Actor]:
    """Return the plan of a job as it would be now, and who asked for it. Raises NotAllowed or OutOfScope.

    What an operation prepares is as it was then: bringing it up to date may take a minute, and the writer does it.
    """
    asking = known.actor_of(job.actor)
    return preview(known.operation_of(job.verb, job.params), acting=asking, counted=False), asking


def may_decide(job: OperationJob, known: Known, *, acting: Actor) -> bool:
    """Say whether an actor could be the second person for a held job."""
    try:
        _check(job, known, acting, asked)
    except NotTheSecond:
        return False
    return True


def is_as_asked(plan: Plan, job: OperationJob) -> bool:
    """Say whether a job would still do what was asked for."""
    return _against(plan, job) is None


def approve(job_id: int, known: Known, *, acting: Actor, start: Callable[[int], None]) -> None:
    """Let a held job be done; `start` is called with its id.

    Raises AlreadyDecided, or NotTheSecond. A job that cannot be done as it was asked for ends instead, and StalePlan,
    Refused, NothingToDo or WaitedTooLong is raised.
    """
    acting = acting.now()
    with transaction.atomic():
        job = _held(job_id)
        plan = _check(job, known, acting)
        against = _against(plan, job)
        _decide(job, acting, state=OperationJob.State.WAITING)
        if against is None:
            start(job.pk)
        else:
            _end(job, OperationJob.State.FAILED, str(against))
    if against is not None:
        raise against


def reject(job_id: int, known: Known, *, acting: Actor, reason: str) -> None:
    """End a held job; whoever asked for it may do so too. Raises AlreadyDecided, NotTheSecond or ReasonMissing."""
    acting, reason = acting.now(), reason.strip()
    with transaction.atomic():
        job = _held(job_id)
        if acting.key != job.actor:
            _check(job, known, acting)
        if not reason:
            raise ReasonMissing
        _decide(job, acting)
        _end(job, OperationJob.State.REJECTED, reason)


def expire() -> None:
    """End the jobs that nobody decided in time."""
    late = OperationJob.objects.filter(state=OperationJob.State.HELD, created_at__lt=_deadline())
    late.update(state=OperationJob.State.FAILED, ended_at=Now(), message=EXPIRED)


def is_late(job: OperationJob) -> bool:
    """Say whether a job has waited too long to be approved, also where no worker has ended it yet."""
    return job.created_at < _deadline()


def _deadline() -> datetime:
    return timezone.now() - timedelta(days=DAYS)


def _held(job_id: int) -> OperationJob:
    """Return a job and keep others from deciding it; it must still be held."""
    job = OperationJob.objects.select_for_update().get(pk=job_id)
    if job.state != OperationJob.State.HELD:
        raise AlreadyDecided
    return job


def _check(
    job: OperationJob,
    known: Known,
    acting: Actor,
    planned: Callable[[OperationJob, Known], tuple[Plan, Actor]] = previewed,
) -> Plan | None:
    """Return the plan of now, or None where nobody can make it any more. Raises NotTheSecond."""
    try:
        plan, asking = planned(job, known)
    except (NotAllowed, OutOfScope):
        # Whom it was about cannot be told any more, and nobody comes to harm by it.
        if acting.key == job.actor or not acting.may(known.operation_of(job.verb, job.params).required_right):
            raise NotTheSecond from None
        return None
    check_second_person(plan, asking, acting)
    return plan


def _against(plan: Plan | None, job: OperationJob) -> LedgerError | None:
    if is_late(job):
        return WaitedTooLong()
    if plan is None:
        return Refused(GONE)
    if plan.refusals:
        return Refused(" ".join(plan.refusals))
    if plan.fingerprint != job.fingerprint:
        return StalePlan()
    return None if plan.changes_something else NothingToDo()


def _decide(job: OperationJob, acting: Actor, **values: Any) -> None:
    OperationJob.objects.filter(pk=job.pk).update(
        decider=acting.key, decider_name=acting.name, decided_at=Now(), **values
    )


def _end(job: OperationJob, state: OperationJob.State, message: str) -> None:
    OperationJob.objects.filter(pk=job.pk).update(state=state, message=message, ended_at=Now())
