"""The one writer: everything that changes the register goes through `apply`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from hashlib import sha256
from operator import or_
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet
from psycopg.errors import DeadlockDetected, SerializationFailure

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Tally, query_tally, sql_of
from rollbook.ledger.errors import (
    AlreadyApplied,
    NotAllowed,
    NothingToDo,
    OutOfScope,
    ReasonMissing,
    Refused,
    StalePlan,
)
from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.recorded import RegisterModel

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


def preview(operation: Operation, *, acting: Actor) -> Plan:
    """Plan `operation` for an actor who may do it: the plan with its counts and fingerprint. Writes nothing.

    Raises NotAllowed without the right, OutOfScope where a subject is beyond the actor's reach.
    """
    if not acting.may(operation.required_right):
        raise NotAllowed
    plan = operation.plan(acting)
    for subjects in plan.subjects:
        _check_reach(subjects, acting)
    plan.tallies = tuple(Tally(each.count(), "") if plan.live else each.tally() for each in plan.effects)
    plan.fingerprint = _fingerprint(plan)
    return plan


def apply(
    plan: Plan,
    *,
    acting: Actor,
    reason: str = "",
    previewed: str | None = None,
    progress: Progress = quietly,
) -> OperationRecord:
    """Do what `plan` says, all of it or nothing, and return the record.

    `previewed` is the fingerprint that a person confirmed, where the plan was made again since. `progress` is told how
    many of the plan's steps are done, and how many of its rows. Raises AlreadyApplied, StalePlan, NotAllowed,
    OutOfScope, Refused, NothingToDo or ReasonMissing; then nothing was changed.
    """
    reason = reason.strip()
    if plan.operation.needs_reason and not reason:
        raise ReasonMissing
    expected = plan.fingerprint if previewed is None else previewed
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _apply_once(plan, acting, reason, expected, progress)
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
            raise StalePlan(_constraint_story(error)) from error
    raise StalePlan


def _apply_once(plan: Plan, acting: Actor, reason: str, expected: str, progress: Progress) -> OperationRecord:
    _lock_all(plan)
    # Whoever acts may have lost the right while waiting.
    acting = acting.now()
    fresh = _plan_again(plan, acting, expected)
    remaining = _that_must_remain(fresh)
    record = _begin(fresh, plan, acting, reason)
    _record_subjects(record, fresh)
    _execute(record, fresh, progress)
    _record_created(record, fresh)
    # A broken reference is told here, where it can still be named, and not at commit.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    for rows, why in remaining:
        if not rows.all().exists():
            raise Refused(why)
    _check_what_never_is(record, fresh)
    _check_reach_afterwards(record, fresh, acting)
    _set(operation=None, step=None)
    for follow in fresh.settle:
        follow(record.pk)
    for call in fresh.after_commit:
        transaction.on_commit(partial(call, record.pk))
    return record


def _execute(record: OperationRecord, plan: Plan, progress: Progress) -> None:
    steps, rows = len(plan.effects), 0
    progress(Done(0, steps, rows, plan.rows))
    for step, (effect, tally) in enumerate(zip(plan.effects, plan.tallies, strict=True)):
        if not tally.rows:
            continue  # A row that came since comes after this operation.
        _set(operation=record.pk, step=step)
        if effect.execute() != tally.rows:
            raise StalePlan
        rows += tally.rows
        progress(Done(step + 1, steps, rows, plan.rows))


def _lock_all(plan: Plan) -> None:
    for rows in sorted(plan.subjects, key=_table):
        lock(rows)
    for rows in sorted(plan.relies_on, key=_table):
        _share(rows)


def _plan_again(plan: Plan, acting: Actor, expected: str) -> Plan:
    """Return the plan as it is now, with everything locked, if that is the one that was previewed."""
    fresh = preview(plan.operation, acting=acting)
    if fresh.fingerprint != expected:
        raise AlreadyApplied if OperationRecord.objects.filter(plan_key=plan.key).exists() else StalePlan
    if fresh.refusals:
        raise Refused(" ".join(fresh.refusals))
    if not fresh.rows:
        raise NothingToDo
    return fresh


def _table(rows: "QuerySet[Any]") -> str:
    return str(rows.model._meta.db_table)


def _begin(fresh: Plan, plan: Plan, acting: Actor, reason: str) -> OperationRecord:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_xact_id()::text)::bigint")
        (xid,) = cursor.fetchone()
    return OperationRecord.objects.create(
        verb=fresh.operation.verb,
        right=fresh.operation.required_right,
        params=fresh.operation.params(),
        actor=acting.key,
        actor_name=acting.name,
        actor_user_id=acting.user_id,
        reason=reason,
        summary=fresh.summary,
        counts=fresh.counts,
        fingerprint=fresh.fingerprint,
        plan_key=plan.key,
        undoes_id=fresh.undoes,
        xid=xid,
    )


def _that_must_remain(plan: Plan) -> "list[tuple[QuerySet[Any], str]]":
    """Return the rows of which one must remain, with the reason, where there is one and the plan could take it.

    They are locked against others who would take another of them at the same moment.
    """
    found = []
    for model in {effect.model for effect in plan.effects if effect.kind != Change.Kind.CREATE}:
        if issubclass(model, RegisterModel) and model.MUST_REMAIN:
            condition, why = model.MUST_REMAIN
            rows = model._base_manager.filter(condition)
            if _share(rows):
                found.append((rows, why))
    return found


def _check_what_never_is(record: OperationRecord, plan: Plan) -> None:
    for model in {effect.model for effect in plan.effects}:
        touched = Change.objects.filter(operation=record, table=model._meta.db_table).values("row_id")
        rows = model._base_manager.filter(pk__in=touched)
        never = getattr(model, "NEVER", ())
        if never and rows.filter(reduce(or_, (condition for condition, _ in never))).exists():
            raise Refused(next(why for condition, why in never if rows.filter(condition).exists()))


def lock(subjects: "QuerySet[Any]") -> None:
    """Lock rows in id order for this transaction, as `apply` does with a plan's subjects."""
    rows = subjects.model._base_manager.filter(pk__in=subjects.order_by().values("pk"))
    # Not FOR UPDATE: that would also hold up everyone who only refers to the user, such as the launch log.
    locked = rows.order_by("pk").select_for_update(no_key=True).values("pk")
    sql, params = sql_of(locked)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) s", params)


def _share(rows: "QuerySet[Any]") -> int:
    """Keep others from changing the rows, and return how many there are."""
    sql, params = sql_of(rows.order_by("pk").values("pk"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} FOR SHARE) s", params)
        return int(cursor.fetchone()[0])


def _check_reach(subjects: "QuerySet[Any]", acting: Actor) -> None:
    if subjects.exclude(pk__in=acting.reach(subjects).order_by().values("pk")).exists():
        raise OutOfScope


def _check_reach_afterwards(record: OperationRecord, plan: Plan, acting: Actor) -> None:
    """Refuse what would end beyond the actor's reach: a right widened, a user moved away, whoever's idea it was."""
    for subjects in plan.subjects:
        model = subjects.model
        touched = Change.objects.filter(operation=record, table=model._meta.db_table).values("row_id")
        named = OperationSubject.objects.filter(operation=record, table=model._meta.db_table).values("row_id")
        _check_reach(model._base_manager.filter(pk__in=touched.union(named)), acting)


def _record_subjects(record: OperationRecord, plan: Plan) -> None:
    for subjects in plan.subjects:
        sql, params = sql_of(subjects.order_by().values_list("pk"))
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO rollbook_operation_subject (operation_id, "table", row_id) '
                f"SELECT %s, %s, s.* FROM ({sql}) s ON CONFLICT DO NOTHING",
                (record.pk, subjects.model._meta.db_table, *params),
            )


def _record_created(record: OperationRecord, plan: Plan) -> None:
    """Make what was created a subject too, so that nobody takes it back who could not have changed it."""
    tables = {subjects.model._meta.db_table for subjects in plan.subjects}
    if not tables & {e.model._meta.db_table for e in plan.effects if e.kind == Change.Kind.CREATE}:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO rollbook_operation_subject (operation_id, "table", row_id) '
            'SELECT operation_id, "table", row_id FROM rollbook_change '
            'WHERE operation_id = %s AND kind = %s AND "table" = ANY(%s) ON CONFLICT DO NOTHING',
            (record.pk, Change.Kind.CREATE.value, sorted(tables)),
        )


def _set(*, operation: int | None, step: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('rollbook.operation', %s, true), set_config('rollbook.step', %s, true)",
            ["" if value is None else str(value) for value in (operation, step)],
        )


def _fingerprint(plan: Plan) -> str:
    parts: list[object] = [plan.operation.verb, plan.operation.params(), plan.undoes, list(plan.refusals)]
    if plan.live:
        return sha256(repr([*parts, "live"]).encode()).hexdigest()
    parts += [
        (e.model._meta.db_table, e.kind.value, t.rows, t.digest)
        for e, t in zip(plan.effects, plan.tallies, strict=True)
    ]
    parts += [query_tally(rows.values("pk")) for rows in plan.subjects]
    parts += [(note.what, note.why) for note in (*plan.notes, *plan.left_out)]
    return sha256(repr(parts).encode()).hexdigest()


def _constraint_story(error: IntegrityError) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    table = getattr(diagnostics, "table_name", None)
    return f"(Another row in “{table}” is in the way.)" if table else ""
