"""Whether a row that holds a value which must be unique makes way, because the same undo takes that row back too.

That an operation changed the row is not enough: where something else changed it since it is left alone, and so it is
where its own old place is taken; and what goes back must be of the unique key.
"""

from django.db import connection

from rollbook.ledger.tables import Recorded
from rollbook.ledger.unique_keys import UniqueKey, unique_keys

# Rows that wait for rows that wait for others: merges go no deeper, and the unique index refuses what would.
DEPTH = 2


def gives_way(model: type[Recorded]) -> bool:
    """Say whether rows of a model that are in the way of a forced undo may go, or be set aside."""
    return model.REPLACEABLE or bool(model.GIVES_WAY)


def makes_way(model: type[Recorded], key: UniqueKey, holder: str, *, forced: bool, depth: int = DEPTH) -> str:
    """Return SQL for: the undo of the change `c` moves the row `holder` (SQL for an id) away from its place in `key`.

    `forced` undoes also take back what something else changed since, and what stands in an old place makes way for
    them where its table allows it.
    """
    k, h, a = f"k{depth}", f"x{depth}", f"a{depth}"
    table = connection.ops.quote_name(model._meta.db_table)
    own = f"FROM jsonb_each({k}.after) {a} WHERE {a}.value IS DISTINCT FROM {k}.before->{a}.key"
    now, before = f"to_jsonb({h})->{a}.key", f"{k}.before->{a}.key"
    of_key = ", ".join(f"'{column}'" for column in key.columns)
    goes = f"EXISTS (SELECT {own} AND {a}.key IN ({of_key}) AND {now} IS DISTINCT FROM {before})"
    if not forced:
        goes += f" AND NOT EXISTS (SELECT {own} AND {now} IS DISTINCT FROM {a}.value AND {now} IS DISTINCT FROM {before})"
    cleared = forced and gives_way(model)
    stuck = _held(model, forced=forced, depth=depth) if depth and not cleared else []
    return (
        f"EXISTS (SELECT FROM rollbook_change {k} JOIN {table} {h} ON {h}.id = {k}.row_id "
        f"WHERE {k}.operation_id = c.operation_id AND {k}.\"table\" = '{model._meta.db_table}' "
        f"AND {k}.row_id = {holder} AND {k}.kind <> 'remove' AND {goes}"
        + "".join(f" AND NOT EXISTS ({sql})" for sql in stuck)
        + ")"
    )


def _held(model: type[Recorded], *, forced: bool, depth: int) -> list[str]:
    """Return SQL for what stays in the old place of the row of this depth, one query a unique key."""
    k, h, n = f"k{depth}", f"x{depth}", f"n{depth}"
    table = connection.ops.quote_name(model._meta.db_table)
    old = (
        f"(SELECT jsonb_object_agg(o.key, o.value) FROM jsonb_each({k}.before) o "
        f"WHERE o.value IS DISTINCT FROM {k}.after->o.key)"
    )
    queries = []
    for key in unique_keys(model):
        then = f"SELECT {key.select} FROM jsonb_populate_record({h}, {old}) r {key.where}"
        there = f"SELECT id AS holder_id, {key.select} FROM {table} {key.where}"
        same = " AND ".join(f"{n}.{part} = b.{part}" for part in key.names)
        stays = f"NOT {makes_way(model, key, f'{n}.holder_id', forced=forced, depth=depth - 1)}"
        queries.append(
            f"SELECT FROM ({then}) b JOIN ({there}) {n} ON {same} "
            f"WHERE {k}.kind = 'update' AND {n}.holder_id <> {k}.row_id AND {stays}"
        )
    return queries
