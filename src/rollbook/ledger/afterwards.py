"""What never may be, asked of the rows as an undo would leave them.

Two rows never hold one value that must be unique. `NEVER` and `MUST_REMAIN` are conditions over tables. Here those
that the undo touches stand under their own names as they would be, so that the one statement of a rule is asked before
the undo as it is after it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from rollbook.ledger.effects import Tally, may_decide, sql_of
from rollbook.ledger.make_way import MakeWay
from rollbook.ledger.models import Change
from rollbook.ledger.operation import MANY
from rollbook.ledger.recorded import RegisterModel
from rollbook.ledger.reverts import Revert, quote
from rollbook.ledger.tables import Recorded, captured_columns
from rollbook.ledger.unique_keys import unique_keys

Undoing = Sequence[Revert | MakeWay]


def refusals_of(operation_id: int, undoing: Undoing) -> list[str]:
    """Return why the rows that an operation changed may not be left as these would leave them."""
    models = list(dict.fromkeys(each.model for each in undoing))
    rules = (
        why
        for model in models
        for why in (*_what_never_is(model, undoing), *_what_must_remain(model, operation_id, undoing))
    )
    # Several tables may have the same rule.
    return [*(in_one_place(model) for model in models if _meet(model, undoing)), *dict.fromkeys(rules)]


def in_one_place(model: type[Recorded]) -> str:
    """Return why rows of a model cannot go back to where only one of them can be."""
    name = model._meta.verbose_name_plural
    return f"Several {name} would take the same place. Undo first what was done since, the latest first."


def _meet(model: type[Recorded], undoing: Undoing) -> bool:
    """Say whether two of the rows that go back would hold one value that must be unique."""
    own = [each for each in undoing if each.model is model]
    found = [each.survey for each in own if isinstance(each, Revert)]
    if all(states.keys() <= {"ready"} for states in found) and sum(map(_rows, found)) > MANY:
        # What was changed in none of them since was there together before; of few rows, columns that the operation did
        # not change are looked at as well.
        return False
    rows = [each.afterwards() for each in own]
    going, params = " UNION ALL ".join(sql for sql, _ in rows), [p for _, each in rows for p in each]
    captured = set(captured_columns(model))
    twice = [
        f"EXISTS (SELECT FROM (SELECT {key.select} FROM going_back WHERE there AND {key.predicate or 'true'}) k "
        f"WHERE {key.nulls_equal} OR ({', '.join(key.names)}) IS NOT NULL "
        f"GROUP BY {', '.join(key.names)} HAVING count(*) > 1)"
        for key in unique_keys(model)
        if captured.issuperset(key.columns)
    ]
    if not twice:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"WITH going_back AS MATERIALIZED ({going}) SELECT {' OR '.join(twice)}", params)
        return bool(cursor.fetchone()[0])


def _rows(states: Mapping[str, Tally]) -> int:
    return sum(tally.rows for tally in states.values())


def _what_never_is(model: type[Recorded], undoing: Undoing) -> Iterator[str]:
    for condition, why in model.NEVER:
        if may_decide(condition, model, undoing, also=Change.Kind.CREATE):
            rows = model._base_manager.filter(condition)
            if _left(rows, undoing, among=f"SELECT id FROM {_going_back(model)}"):
                yield why


def _what_must_remain(model: type[Recorded], operation_id: int, undoing: Undoing) -> Iterator[str]:
    if not issubclass(model, RegisterModel) or model.MUST_REMAIN is None:
        return
    condition, why = model.MUST_REMAIN
    if may_decide(condition, model, undoing, also=Change.Kind.REMOVE):
        rows = model._base_manager.filter(condition)
        changed = Change.objects.filter(
            operation=operation_id, table=model._meta.db_table, row_id=OuterRef("pk")
        )
        # Where one is there that stays untouched, nobody need look at a million rows that go back.
        if rows.exists() and not rows.filter(~Exists(changed)).exists() and not _left(rows, undoing):
            yield why


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
