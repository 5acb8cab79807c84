"""Large operations, which the worker applies: confirmed in a page, watched from anywhere, all done or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from rollbook.ledger.actor import Actor
from rollbook.ledger.errors import (
    AlreadyApplied,
    LedgerError,
    NothingToDo,
    ReasonMissing,
    Refused,
    StalePlan,
)
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.recording import take_stock
from rollbook.ledger.writer import Done, Progress, apply

BROKEN = (
    "Something went wrong in Rollbook or its database. Nothing was changed. Start it again; if it fails again, ask "
    "whoever runs Rollbook to look into the worker’s log."
)


def submit(plan: Plan, *, acting: Actor, reason: str, previewed: str) -> OperationJob:
    """Keep what an actor confirmed, for the worker or first for a second person. `plan` comes from `writer.preview`.

    Raises what `writer.apply` would at once: ReasonMissing, StalePlan, Refused or NothingToDo.
    """
    if plan.operation.needs_reason and not reason.strip():
        raise ReasonMissing
    if plan.fingerprint != previewed:
        raise StalePlan
    if plan.refusals:
        raise Refused(" ".join(plan.refusals))
    if not plan.changes_something:
        raise NothingToDo
    return OperationJob.objects.create(
        verb=plan.operation.verb,
        params=plan.operation.params(),
        summary=plan.summary,
        actor=acting.key,
        actor_user_id=acting.user_id,
        reason=reason,
        fingerprint=previewed,
        plan_key=plan.key,
        state=OperationJob.State.HELD if plan.holds else OperationJob.State.WAITING,
        holds=[hold.why for hold in plan.holds],
        steps=len(plan.parts or plan.effects),
        all_rows=plan.rows,
    )


def submit_once(
    plan: Plan, *, acting: Actor, reason: str, previewed: str, start: Callable[[int], None]
) -> int:
    """Submit a plan unless its key was submitted before, and return the job's id.

    `start` is called with the id of a new job, unless that is held for a second person. Raises as `submit`, and
    AlreadyApplied where somebody else submitted the plan.
    """
    with transaction.atomic():
        # A double click waits here, and finds the job of the first one.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(plan.key)])
        job = OperationJob.objects.filter(plan_key=plan.key).first()
        if job and job.actor != acting.key:
            raise AlreadyApplied
        if job is None:
            job = submit(plan, acting=acting, reason=reason, previewed=previewed)
            if job.state == OperationJob.State.WAITING:
                start(job.pk)
    return job.pk


def wanted_by_jobs(parameter: str) -> list[Any]:
    """Return the values that a parameter has in the operations of jobs that are not over: what these still need."""
    jobs = OperationJob.objects.filter(params__has_key=parameter).exclude(state__in=OperationJob.OVER)
    return list(jobs.values_list(f"params__{parameter}", flat=True))


def run(
    job_id: int,
    *,
    operation_of: Callable[[str, dict[str, Any]], Operation],
    actor_of: Callable[[str], Actor],
) -> None:
    """Apply a job's operation, and keep how far it is and how it ended. One that is over or held is left alone.

    A worker that is killed has changed nothing; run again, the job begins anew. What was committed before its end could
    be noted is found by the plan's key.
    """
    job = OperationJob.objects.get(pk=job_id)
    if job.is_over or job.state == OperationJob.State.HELD:
        return
    OperationJob.objects.filter(pk=job.pk).update(
        state=OperationJob.State.RUNNING, started_at=Now(), rows=0, step=0
    )
    try:
        with _noting(job.pk) as progress:
            second = actor_of(job.decider) if job.decider else None
            record = _apply(job, operation_of(job.verb, job.params), actor_of(job.actor), second, progress)
    except LedgerError as error:
        _end(job, OperationJob.State.FAILED, message=str(error))
    except Exception:
        _end(job, OperationJob.State.FAILED, message=BROKEN)
        raise
    else:
        _end(job, OperationJob.State.DONE, operation=record)
        take_stock(record.counts)


def _apply(
    job: OperationJob, operation: Operation, acting: Actor, second: Actor | None, progress: Progress
) -> OperationRecord:
    plan = operation.plan(acting)
    plan.key = job.plan_key
    try:
        return apply(
            plan,
            acting=acting,
            reason=job.reason,
            previewed=job.fingerprint,
            approved_by=second,
            progress=progress,
        )
    except AlreadyApplied:
        return OperationRecord.objects.get(plan_key=job.plan_key)


def _end(job: OperationJob, state: OperationJob.State, **values: Any) -> None:
    OperationJob.objects.filter(pk=job.pk).update(state=state, ended_at=Now(), **values)


@contextmanager
def _noting(job_id: int) -> Iterator[Progress]:
    """Note progress over a second connection: what the first one writes is seen by nobody before it is all done."""
    second = connection.copy()

    def note(done: Done) -> None:
        with second.cursor() as cursor:
            cursor.execute(
                "UPDATE rollbook_operation_job SET step = %s, steps = %s, rows = %s, all_rows = %s WHERE id = %s",
                (done.step, done.steps, done.rows, done.all_rows, job_id),
            )

    try:
        yield note
    finally:
        second.close()
