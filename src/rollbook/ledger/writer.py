"""The one writer: everything that changes the register goes through `apply`."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from rollbook.ledger.actor import Actor
from rollbook.ledger.afterwards import in_one_place
from rollbook.ledger.checks import (
    Remaining,
    check_reach,
    check_reach_afterwards,
    check_second_person,
    check_what_must_remain,
    check_what_never_is,
    lock_all,
    note_what_must_remain,
)
from rollbook.ledger.effects import Tally, query_tally
from rollbook.ledger.errors import (
    AlreadyApplied,
    Held,
    NotAllowed,
    NothingToDo,
    ReasonMissing,
    Refused,
    StalePlan,
)
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Part, Plan, PreparedOperation, sum_of
from rollbook.ledger.recording import (
    approval,
    begin,
    next_id,
    record_created,
    record_subjects,
    record_subjects_of_parts,
    take_memory,
    write_as,
)
from rollbook.ledger.tables import model_of

TRIES = 5
# Operations on more rows than this take long enough that people want to see how far they are.
LARGE = 5_000


@dataclass(frozen=True)
class Done:
    """How far an operation is: steps and rows, done and in all."""

    step: int
    steps: int
    rows: int
    all_rows: int


Progress = Callable[[Done], None]


def quietly(done: Done) -> None:
    """Tell nobody how far it is."""


def preview(operation: Operation, *, acting: Actor, counted: bool = True) -> Plan:
    """Plan `operation` for an actor who may do it: the plan with its counts and fingerprint. Writes nothing.

    The parts of a live plan are not looked into where `counted` is off, or the operation says so: they have no counts
    and warnings then. Raises NotAllowed without the right, OutOfScope where a subject is beyond the actor's reach.
    """
    plan = _planned(operation, acting)
    if not plan.live or (counted and operation.looks_into_parts):
        plan.planned = tuple(_part(each, acting, live=plan.live) for each in plan.parts)
        plan.refusals = [*plan.refusals, *(why for part in plan.planned for why in part.refusals)]
    plan.fingerprint = _fingerprint(plan)
    return plan


def _planned(operation: Operation, acting: Actor, *, live: bool = False) -> Plan:
    if not acting.may(operation.required_right):
        raise NotAllowed
    plan = operation.plan(acting)
    plan.live |= live
    for subjects in plan.subjects:
        check_reach(subjects, acting)
    plan.tallies = tuple(Tally(each.count(), "") if plan.live else each.tally() for each in plan.effects)
    return plan


def _part(operation: Operation, acting: Actor, *, live: bool) -> Part:
    plan = _planned(operation, acting, live=live)
    return Part(
        operation, plan.summary, plan.counts, _fingerprint(plan), plan.notes, plan.warnings, plan.refusals
    )


def apply(
    plan: Plan,
    *,
    acting: Actor,
    reason: str = "",
    previewed: str | None = None,
    approved_by: Actor | None = None,
    progress: Progress = quietly,
) -> OperationRecord:
    """Do what `plan` says, all of it or nothing, and return the record.

    `previewed` is the fingerprint that a person confirmed, where the plan was made again since. `approved_by` is the
    second person, where the plan is held for one. `progress` is told how many of the plan's steps are done, and how
    many of its rows. Raises AlreadyApplied, StalePlan, NotAllowed, OutOfScope, Refused, Held, NotTheSecond, NothingToDo
    or ReasonMissing; then nothing was changed.
    """
    reason = reason.strip()
    if plan.operation.needs_reason and not reason:
        raise ReasonMissing
    expected = plan.fingerprint if previewed is None else previewed
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _apply_once(plan, acting, reason, expected, progress, second=approved_by)
        except StalePlan:
            # Somebody came among the subjects between planning and locking.
            if attempt == TRIES or not plan.live:
                raise
        except OperationalError as error:
            if attempt == TRIES or not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
        except IntegrityError as error:
            if OperationRecord.objects.filter(plan_key=plan.key).exists():
                raise AlreadyApplied from error
            if plan.undoes and preview(plan.operation, acting=acting).fingerprint == expected:
                raise Refused(_in_their_own_way(error)) from error
            raise StalePlan(_constraint_story(error)) from error
    raise StalePlan


def _apply_once(
    plan: Plan, acting: Actor, reason: str, expected: str, progress: Progress, *, second: Actor | None
) -> OperationRecord:
    lock_all(plan)
    # Whoever acts or approved it may have lost the right while waiting.
    acting, second = acting.now(), second.now() if second else None
    fresh = _plan_again(plan, acting, expected)
    if fresh.holds:
        if second is None:
            raise Held(" ".join(hold.why for hold in fresh.holds))
        check_second_person(fresh, acting, second)
    noted: Remaining = {}
    if fresh.parts:
        written = _apply_parts(fresh, acting, reason, progress, noted, second=second)
    else:
        written = [_perform(fresh, acting, reason, progress, noted, **approval(second))]
    record = written[0]
    # A broken reference is told here, where it can still be named, and not at commit.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    check_what_must_remain(noted)
    check_what_never_is(written, fresh.effects)
    for each in filter(None, (acting, second)):
        check_reach_afterwards(written, [subjects.model for subjects in fresh.subjects], each)
    write_as(operation=None, step=None)
    _follow(record, fresh)
    return record


def _perform(
    plan: Plan, acting: Actor, reason: str, progress: Progress, noted: Remaining, **more: Any
) -> OperationRecord:
    note_what_must_remain(plan, noted)
    record = begin(plan, acting, reason, **more)
    record_subjects(record, plan)
    _execute(record, plan, progress)
    record_created(record, plan)
    return record


def _follow(record: OperationRecord, plan: Plan) -> None:
    for follow in plan.settle:
        follow(record.pk)


def _apply_parts(
    batch: Plan, acting: Actor, reason: str, progress: Progress, noted: Remaining, *, second: Actor | None
) -> list[OperationRecord]:
    """Apply the parts of a plan whose subjects are locked, each planned at its turn; return its record and theirs.

    Its own record comes last, when it is known what the parts changed.
    """
    number = next_id()
    written: list[OperationRecord] = []
    rows = 0
    for step, operation in enumerate(batch.parts):
        plan = _planned(operation, acting, live=True)
        plan.fingerprint = _fingerprint(plan)
        if batch.planned and plan.counts != batch.planned[step].counts:
            # Everything is locked: an earlier part changed it.
            raise StalePlan
        if plan.refusals:
            raise Refused(" ".join(plan.refusals))
        if plan.holds and not batch.holds:
            raise Held(" ".join(hold.why for hold in plan.holds))
        if plan.rows:
            record = _perform(plan, acting, reason, quietly, noted, part_of_id=number, **approval(second))
            write_as(operation=None, step=None)
            _follow(record, plan)
            written.append(record)
        rows += plan.rows
        progress(Done(step + 1, len(batch.parts), rows, batch.rows))
    if not written:
        raise NothingToDo
    counts = sum_of(record.counts for record in written)
    record = begin(batch, acting, reason, pk=number, counts=counts, **approval(second))
    record_subjects(record, batch)
    record_subjects_of_parts(record)
    return [record, *written]


def _execute(record: OperationRecord, plan: Plan, progress: Progress) -> None:
    steps, rows = len(plan.effects), 0
    if plan.rows > LARGE:
        take_memory()
    progress(Done(0, steps, rows, plan.rows))
    for step, (effect, tally) in enumerate(zip(plan.effects, plan.tallies, strict=True)):
        if not tally.rows:
            continue  # A row that came since comes after this operation.
        write_as(operation=record.pk, step=step)
        if effect.execute() != tally.rows:
            raise StalePlan
        rows += tally.rows
        progress(Done(step + 1, steps, rows, plan.rows))


def _plan_again(plan: Plan, acting: Actor, expected: str) -> Plan:
    """Return the plan as it is now, with everything locked, if that is the one that was previewed."""
    if not acting.may(plan.operation.required_right):
        raise NotAllowed
    if isinstance(plan.operation, PreparedOperation):
        plan.operation.prepare(acting)
    fresh = preview(plan.operation, acting=acting, counted=False)
    fresh.key = plan.key
    if fresh.fingerprint != expected:
        raise AlreadyApplied if OperationRecord.objects.filter(plan_key=plan.key).exists() else StalePlan
    if fresh.refusals:
        raise Refused(" ".join(fresh.refusals))
    if not fresh.changes_something:
        raise NothingToDo
    return fresh


def _fingerprint(plan: Plan) -> str:
    parts: list[object] = [plan.operation.verb, plan.operation.params(), plan.undoes, list(plan.refusals)]
    parts += [hold.why for hold in plan.holds]
    if plan.live:
        parts += [(each.verb, each.params()) for each in plan.parts]
        if plan.holds:
            # Whoever approves it days later approves these people and no others.
            parts += [query_tally(rows.values("pk")) for rows in plan.subjects]
        return sha256(repr([*parts, "live"]).encode()).hexdigest()
    parts += [part.fingerprint for part in plan.planned]
    parts += [
        (e.model._meta.db_table, e.kind.value, t.rows, t.digest)
        for e, t in zip(plan.effects, plan.tallies, strict=True)
    ]
    parts += [query_tally(rows.values("pk")) for rows in plan.subjects]
    parts += [(note.what, note.why) for note in (*plan.notes, *plan.left_out)]
    return sha256(repr(parts).encode()).hexdigest()


def _constraint_story(error: IntegrityError) -> str:
    table = _table_of(error)
    return f"(Another row in “{table}” is in the way.)" if table else ""


def _in_their_own_way(error: IntegrityError) -> str:
    """Say what a look at the register may not show beforehand: the way there leads over a place that is taken."""
    return in_one_place(model_of(_table_of(error)))


def _table_of(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "table_name", None) or ""
