"""The writer's entries in the record: the operation, what it is about, and in whose name rows are written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import sql_of
from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.operation import Plan

# For each sort and hash, in kB.
MEMORY = 65_536


def take_memory() -> None:
    """Let PostgreSQL sort and join in more memory until this transaction ends, where less is set.

    What does not fit is done in parts, through files: rows are then changed and recorded part by part, each part all
    over the table.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('work_mem', %s, true) FROM pg_settings WHERE name = 'work_mem' AND setting::int < %s",
            [f"{MEMORY}kB", MEMORY],
        )


def read_by_index() -> None:
    """Let PostgreSQL read the changes of a large operation by index until this transaction ends.

    They lie side by side. PostgreSQL takes them for strewn over the record and, left alone, reads all of it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")


def keep_the_order() -> None:
    """Let PostgreSQL keep to the order of rows and indexes until this transaction ends, for a large operation.

    As its sample of the tables happens to be it would gather a million rows by hash first, and then look up all over
    the other tables what belongs to each group: twice as long (decision 0008).
    """
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_hashagg = off")


@contextmanager
def in_order_of_ids() -> Iterator[None]:
    """Let PostgreSQL join many changes with their rows in the order of both indexes. Few it looks up one by one.

    Else it may hash all of them first, which took up to twice as long and more (decision 0008).
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off")
        yield
        cursor.execute("SET LOCAL enable_hashjoin TO DEFAULT")


def next_id() -> int:
    """Return an id for an operation whose parts are recorded before itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('rollbook_operation', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


def approval(second: Actor | None) -> dict[str, str]:
    """Return the columns that say who approved an operation; none where it needed nobody."""
    return {"approver": second.key, "approver_name": second.name} if second else {}


def begin(plan: Plan, acting: Actor, reason: str, **more: Any) -> OperationRecord:
    """Record an operation, in whose name this transaction may then write; `more` are further columns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_xact_id()::text)::bigint")
        (xid,) = cursor.fetchone()
    columns = {
        "verb": plan.operation.verb,
        "right": plan.operation.required_right,
        "params": plan.operation.params(),
        "actor": acting.key,
        "actor_name": acting.name,
        "actor_user_id": acting.user_id,
        "reason": reason,
        "summary": plan.summary,
        "counts": plan.counts,
        "fingerprint": plan.fingerprint,
        "plan_key": plan.key,
        "undoes_id": plan.undoes,
        "xid": xid,
    }
    return OperationRecord.objects.create(**columns | more)


def write_as(*, operation: int | None, step: int | None) -> None:
    """Let what this transaction writes be a step of an operation, or of none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('rollbook.operation', %s, true), set_config('rollbook.step', %s, true)",
            ["" if value is None else str(value) for value in (operation, step)],
        )


def take_stock(tables: Iterable[str]) -> None:
    """Let PostgreSQL look at tables of which a large operation changed much, and at the record.

    By itself it does so a minute later or more. Until then it takes what is new for next to nothing, and plans the undo
    of 10,000 users so that its preview takes half a minute.
    """
    with connection.cursor() as cursor:
        for table in (Change._meta.db_table, OperationSubject._meta.db_table, *sorted(tables)):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def record_subjects(record: OperationRecord, plan: Plan) -> None:
    """Record what the operation is about, each row once. It must be about nothing so far."""
    for table in dict.fromkeys(subjects.model._meta.db_table for subjects in plan.subjects):
        named = [
            sql_of(subjects.order_by().values_list("pk"))
            for subjects in plan.subjects
            if subjects.model._meta.db_table == table
        ]
        union = " UNION ALL ".join(f"({sql})" for sql, _ in named)
        with connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO rollbook_operation_subject (operation_id, "table", row_id) '
                f"SELECT DISTINCT %s::bigint, %s, s.id FROM ({union}) s(id) ORDER BY s.id",
                (record.pk, table, *(param for _, params in named for param in params)),
            )


def record_created(record: OperationRecord, plan: Plan) -> None:
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


def record_subjects_of_parts(record: OperationRecord) -> None:
    """Let the operation be about whatever its parts are about, also what they created."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO rollbook_operation_subject (operation_id, "table", row_id) '
            'SELECT DISTINCT o.part_of_id, s."table", s.row_id FROM rollbook_operation_subject s '
            "JOIN rollbook_operation o ON o.id = s.operation_id WHERE o.part_of_id = %s ON CONFLICT DO NOTHING",
            (record.pk,),
        )
