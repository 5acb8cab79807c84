"""What a table asks of each of its rows (CHECK constraints), as PostgreSQL itself describes it."""

from dataclasses import dataclass
from functools import cache

from django.db import connection

from rollbook.ledger.tables import Recorded


@dataclass(frozen=True)
class RowCheck:
    """One CHECK constraint: `condition` is SQL over the table's own column names."""

    condition: str
    columns: tuple[str, ...]


@cache
def row_checks(model: type[Recorded]) -> tuple[RowCheck, ...]:
    """Return a table's checks over several columns that can change. Read from the catalogue once a process.

    A row that gets back an old value in the only column of a check fits it, as it did then.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pg_get_expr(c.conbin, c.conrelid), array_agg(a.attname::text ORDER BY a.attnum)
            FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.conrelid = %s::regclass AND c.contype = 'c'
            GROUP BY c.oid HAVING count(*) FILTER (WHERE a.attname <> 'id') > 1 ORDER BY c.conname
            """,
            [connection.ops.quote_name(model._meta.db_table)],
        )
        return tuple(RowCheck(condition, tuple(columns)) for condition, columns in cursor.fetchall())
