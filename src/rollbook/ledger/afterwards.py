"""What never may be, asked of the rows as an undo would leave them.

`NEVER` and `MUST_REMAIN` are conditions over tables. Here those that the undo touches stand under their own names as
they would be, so that the one statement of a rule is asked before the undo as it is after it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from rollbook.ledger.effects import sql_of
from rollbook.ledger.models import Change
from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.reverts import MakeWay, Revert, quote
from rollbook.ledger.tables import Recorded, captured_columns

Undoing = Sequence[Revert | MakeWay]


def refusals_of(operation_id: int, undoing: Undoing) -> list[str]:
    """Return why the rows that an operation changed may not be left as these would leave them."""
    return [
        why
        for model in dict.fromkeys(each.model for each in undoing)
        if issubclass(model, RegisterModel)
        for why in (*_what_never_is(model, undoing), *_what_must_remain(model, operation_id, undoing))
    ]


def _what_never_is(model: type[RegisterModel], undoing: Undoing) -> Iterator[str]:
    for condition, why in model.NEVER:
        if _may_decide(condition, model, undoing, also=Change.Kind.CREATE):
            rows = model._base_manager.filter(condition)
            if _left(rows, undoing, among=f"SELECT id FROM {_going_back(model)}"):
                yield why


def _what_must_remain(model: type[RegisterModel], operation_id: int, undoing: Undoing) -> Iterator[str]:
    if model.MUST_REMAIN is None:
        return
    condition, why = model.MUST_REMAIN
    if _may_decide(condition, model, undoing, also=Change.Kind.REMOVE):
        rows = model._base_manager.filter(condition)
        changed = Change.objects.filter(
            operation=operation_id, table=model._meta.db_table, row_id=OuterRef("pk")
        )
        # Where one is there that stays untouched, nobody need look at a million rows that go back.
        if rows.exists() and not rows.filter(~Exists(changed)).exists() and not _left(rows, undoing):
            yield why


def _may_decide(condition: Q, model: type[Recorded], undoing: Undoing, *, also: Change.Kind) -> bool:
    """Say whether any of them is of this kind, or sets a column that the condition names. Most undoes do neither."""
    names = {child[0].partition("__")[0] for child in condition.children if isinstance(child, tuple)}
    own = [each for each in undoing if each.model is model]
    return any(each.kind == also or not names.isdisjoint(each.sets) for each in own)


def _left(rows: "QuerySet[Any]", undoing: Undoing, among: str = "") -> bool:
    """Say whether one of the rows would be there afterwards, where asked only `among` ids."""
    sql, params = sql_of(rows.values("pk"))
    named = [m for m in dict.fromkeys(each.model for each in undoing) if quote(m._meta.db_table) in sql]
    tables: list[str] = []
    before: list[Any] = []
    for model in named:
        own = [each.afterwards() for each in undoing if each.model is model]
        tables.append(f"{_going_back(model)} AS MATERIALIZED ({' UNION ALL '.join(each for each, _ in own)})")
        before += [param for _, each in own for param in each]
    # These come last: a table is still itself in whatever stands before its name is given away, and in its own query.
    tables += [
        f"{quote(model._meta.db_table)} AS NOT MATERIALIZED ({_as_it_would_be(model)})" for model in named
    ]
    where = f"WHERE id IN ({among})" if among else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {', '.join(tables)} SELECT EXISTS (SELECT FROM ({sql}) s(id) {where})", (*before, *params)
        )
        return bool(cursor.fetchone()[0])


def _as_it_would_be(model: type[Recorded]) -> str:
    columns = ", ".join(map(quote, captured_columns(model)))
    # An array, and no join, so that single rows of the table are still found by its indexes.
    return (
        f"SELECT {columns} FROM {quote(model._meta.db_table)} "
        f"WHERE id <> ALL (ARRAY(SELECT id FROM {_going_back(model)})) "
        f"UNION ALL SELECT {columns} FROM {_going_back(model)} WHERE there"
    )


def _going_back(model: type[Recorded]) -> str:
    return quote(f"{model._meta.db_table}_going_back")
