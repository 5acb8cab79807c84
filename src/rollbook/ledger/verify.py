"""What must always hold of the record. Run after every test, and by the operator as `rollbook verify`."""

from django.db import connection

from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.stamps import is_stamped
from rollbook.ledger.tables import recorded_models
from rollbook.ledger.triggers import missing_triggers

COUNTS = """
WITH said AS (
  SELECT o.id, t.key AS "table", k.key AS kind, k.value::bigint AS rows
  FROM rollbook_operation o, jsonb_each(o.counts) t, jsonb_each_text(t.value) k
), recorded AS (
  SELECT operation_id AS id, "table", kind, count(*) AS rows FROM rollbook_change GROUP BY 1, 2, 3
  UNION ALL
  -- An operation of parts counts what they changed. Changes of its own beside it would be told as well.
  SELECT o.part_of_id, c."table", c.kind, count(*) FROM rollbook_change c JOIN rollbook_operation o
    ON o.id = c.operation_id WHERE o.part_of_id IS NOT NULL GROUP BY 1, 2, 3
)
SELECT id FROM said FULL JOIN recorded USING (id, "table", kind)
WHERE said.rows IS DISTINCT FROM recorded.rows GROUP BY id ORDER BY id
"""

# The last change of each row must be what the row is now. Columns that a migration removed since do not count.
LAST_CHANGE = """
WITH last AS (
  SELECT DISTINCT ON (row_id) row_id, kind, after, operation_id FROM rollbook_change
  WHERE "table" = %s ORDER BY row_id, id DESC
)
SELECT last.row_id FROM last LEFT JOIN {table} t ON t.id = last.row_id
WHERE CASE WHEN last.kind = 'remove' THEN t.id IS NOT NULL ELSE t.id IS NULL OR EXISTS (
  SELECT FROM jsonb_each(last.after) a
  WHERE to_jsonb(t) ? a.key AND to_jsonb(t)->a.key IS DISTINCT FROM a.value) END
ORDER BY 1 LIMIT 20
"""

# An update that changed nothing in a row is not recorded, and leaves its number there all the same.
LAST_OPERATION = """
WITH last AS (SELECT row_id, max(operation_id) AS operation FROM rollbook_change WHERE "table" = %s GROUP BY 1)
SELECT t.id FROM last JOIN {table} t ON t.id = last.row_id
WHERE t.last_operation_id IS NULL OR t.last_operation_id < last.operation ORDER BY 1 LIMIT 20
"""


def broken_invariants() -> list[str]:
    """Return one sentence for each thing that is broken, naming the rows; an empty list when all is well."""
    broken = []
    with connection.cursor() as cursor:
        broken += [
            f"The trigger {name} is missing or switched off: run “rollbook migrate”."
            for name in missing_triggers(cursor)
        ]
        cursor.execute(COUNTS)
        if ids := [row[0] for row in cursor.fetchall()]:
            broken.append(f"Operations whose recorded changes are not the ones they counted: {ids}.")
        for model in recorded_models():
            for applies, sql, what in (
                (issubclass(model, RegisterModel), LAST_CHANGE, "differ from their last recorded change"),
                (is_stamped(model), LAST_OPERATION, "do not name the last operation that changed them"),
            ):
                table = model._meta.db_table
                if applies:
                    cursor.execute(sql.format(table=connection.ops.quote_name(table)), [table])
                    if ids := [row[0] for row in cursor.fetchall()]:
                        broken.append(f"Rows of “{table}” that {what}: {ids}.")
    return broken
