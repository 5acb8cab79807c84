"""Every recorded table as it is now, taken from the model registry, so that a new table is in it by itself."""

import json
from typing import Any

from django.db import connection

from rollbook.ledger.tables import recorded_models, uncaptured_columns

Snapshot = dict[str, dict[int, dict[str, Any]]]


def snapshot() -> Snapshot:
    """Return {table: {id: row as text}} of every register and activity table, without uncaptured columns."""
    tables: Snapshot = {}
    with connection.cursor() as cursor:
        for model in recorded_models():
            table = model._meta.db_table
            cursor.execute(
                f"SELECT id, to_jsonb(t) - %s::text[] FROM {connection.ops.quote_name(table)} t",
                [uncaptured_columns(model)],
            )
            tables[table] = {row_id: json.loads(row) for row_id, row in cursor.fetchall()}
    return tables


def uncaptured() -> Snapshot:
    """Return {table: {id: row}} of what a snapshot leaves out: sign-in columns and secrets, nothing that is derived."""
    tables: Snapshot = {}
    for model in recorded_models():
        if model.UNCAPTURED:
            rows = model._base_manager.values("id", *sorted(model.UNCAPTURED))
            tables[model._meta.db_table] = {row["id"]: row for row in rows}
    return tables


def differences(before: Snapshot, after: Snapshot) -> set[tuple[str, int]]:
    """Return (table, id) of every row that differs."""
    return {
        (table, row_id)
        for table in before
        for row_id in before[table].keys() | after[table].keys()
        if before[table].get(row_id) != after[table].get(row_id)
    }
