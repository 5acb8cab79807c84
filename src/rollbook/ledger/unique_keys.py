"""The unique keys of a table, as PostgreSQL itself describes them: with expressions and conditions."""

from dataclasses import dataclass
from functools import cache

from django.db import connection

from rollbook.ledger.tables import Recorded


@dataclass(frozen=True)
class UniqueKey:
    """One unique index besides the primary key. `parts` are SQL expressions over the table's own column names."""

    parts: tuple[str, ...]
    columns: tuple[str, ...]
    predicate: str | None
    nulls_equal: bool

    @property
    def names(self) -> list[str]:
        """Return the names under which `select` gives what must be unique."""
        return ["k0"] if self.nulls_equal else [f"k{i}" for i in range(len(self.parts))]

    @property
    def select(self) -> str:
        """Return the select list of what must be unique; two rows clash where all of it is equal (=)."""
        # Rows as values count NULL as equal to NULL, and can be hashed, which IS NOT DISTINCT FROM cannot.
        values = [f"ROW({', '.join(self.parts)})"] if self.nulls_equal else self.parts
        return ", ".join(f"{value} AS {name}" for value, name in zip(values, self.names, strict=True))

    @property
    def where(self) -> str:
        """Return the index's own condition as a WHERE clause, or nothing."""
        return f"WHERE {self.predicate}" if self.predicate else ""


@cache
def unique_keys(model: type[Recorded]) -> tuple[UniqueKey, ...]:
    """Return the unique keys of a model's table. Read from the catalogue once a process."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(1, i.indnkeyatts) k),
                   ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d JOIN pg_attribute a
                         ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                         WHERE d.objid IN (i.indexrelid, (SELECT oid FROM pg_constraint c WHERE c.conindid = i.indexrelid
                                                          AND c.contype = 'u'))
                           AND d.refobjid = i.indrelid AND d.refobjsubid > 0),
                   pg_get_expr(i.indpred, i.indrelid), i.indnullsnotdistinct
            FROM pg_index i WHERE i.indrelid = %s::regclass AND i.indisunique AND NOT i.indisprimary
            ORDER BY i.indexrelid
            """,
            [connection.ops.quote_name(model._meta.db_table)],
        )
        return tuple(
            UniqueKey(tuple(parts), tuple(cols), pred, nulls)
            for parts, cols, pred, nulls in cursor.fetchall()
        )
