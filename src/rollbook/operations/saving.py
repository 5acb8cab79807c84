"""What operations that create or edit one row have in common."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from rollbook.ledger.effects import Create, Effect, Update


def saved(rows: "QuerySet[Any]", wanted: Mapping[str, Any]) -> list[Effect]:
    """Return the effect by which the one row of `rows` has the wanted values, a new one where there is none.

    Nothing where it has them already.
    """
    row = rows.first()
    if row is None:
        return [Create(rows.model, wanted)]
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    return [Update(rows, changed)] if changed else []
