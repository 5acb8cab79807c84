"""Taking recorded changes back: the SQL that finds what can go back, and the effects that do it.

One revert covers the changes of one kind that one effect made in one table. Each recorded row is in one state:

- `done`: the row is already as it was before;
- `ready`: no recorded column was touched since, the row goes back;
- `beside`: only columns that the operation changed in other rows were touched since; what it changed here goes back;
- `changed`: something changed it since; left alone unless asked for;
- `taken`: another row holds a value that must be unique; asked for, that row makes way where its table allows it;
- `barred`: beside what was done since, its table does not take what would go back;
- `gone`: the row to put back into is no longer there, or the one to remove already is;
- `needed`: other rows point at the row to remove, or the row it pointed at is gone.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Field, ForeignKey, Model

from rollbook.ledger.effects import Row, Tally
from rollbook.ledger.in_the_way import gives_way, makes_way
from rollbook.ledger.models import Change
from rollbook.ledger.recording import in_order_of_ids
from rollbook.ledger.row_checks import row_checks
from rollbook.ledger.stamps import stamp_sql
from rollbook.ledger.tables import (
    Recorded,
    captured_columns,
    captured_fields,
    column_of,
    named_rows,
    recorded_models,
)
from rollbook.ledger.unique_keys import UniqueKey, unique_keys

SCOPE = 'c.operation_id = %s AND c."table" = %s AND c.step = %s AND c.kind = %s'
INVERSE = {
    Change.Kind.CREATE: Change.Kind.REMOVE,
    Change.Kind.UPDATE: Change.Kind.UPDATE,
    Change.Kind.REMOVE: Change.Kind.CREATE,
}


def quote(name: str) -> str:
    """Quote a table or column name."""
    return connection.ops.quote_name(name)


def recorded_value(field: "Field[Any, Any]", side: str) -> str:
    """Return SQL for the value that a change `c` recorded in its `side` ("before" or "after"), of the column's type.

    One cast costs less than making JSON of the row's value of now, and compares the values themselves.
    """
    column, kind = column_of(field), (field.db_type(connection) or "").partition("(")[0]
    # A NULL is recorded as JSON null.
    return f"nullif(c.{side}->'{column}', 'null')" if kind == "jsonb" else f"(c.{side}->>'{column}')::{kind}"


@dataclass(frozen=True)
class Revert:
    """Take back the changes of kind `recorded` in one table and step of an operation; `example_row` is one of its rows.

    `forced` also takes back rows in the states `changed` and, where the rows in the way may go, `taken`. Without
    `digested` the rows are counted only: what a live plan asks for. `others` are all reverts of the same undo.
    """

    operation_id: int
    step: int
    model: type[Recorded]
    recorded: Change.Kind
    example_row: int
    forced: bool = False
    digested: bool = True
    others: "Sequence[Revert]" = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> Change.Kind:
        """Return the inverse of the recorded kind."""
        return INVERSE[self.recorded]

    @property
    def table(self) -> str:
        """Return the table's quoted name."""
        return quote(self.model._meta.db_table)

    @property
    def scope(self) -> tuple[Any, ...]:
        """Return the parameters that pick this revert's changes."""
        return (self.operation_id, self.model._meta.db_table, self.step, self.recorded.value)

    @cached_property
    def fields(self) -> "list[Field[Any, Any]]":
        """Return the fields that were recorded and are still there; all rows of one statement share them."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT jsonb_object_keys(coalesce(c.before, c.after)) FROM rollbook_change c WHERE {SCOPE} AND c.row_id = %s",
                (*self.scope, self.example_row),
            )
            recorded = {row[0] for row in cursor.fetchall()}
        return [field for field in captured_fields(self.model) if field.column in recorded]

    @property
    def columns(self) -> list[str]:
        """Return the columns of the fields."""
        return [column_of(field) for field in self.fields]

    def _state(self, taken: str = "") -> str:
        """Return SQL for a recorded row's state, over the change `c`, the row of now `t` and what `taken` reads."""
        cases = {
            Change.Kind.UPDATE: self._states_of_updates,
            Change.Kind.CREATE: self._states_of_creates,
            Change.Kind.REMOVE: self._states_of_removes,
        }[self.recorded](taken)
        return f"CASE {cases} END"

    @property
    def wanted(self) -> list[str]:
        """Return the states in which a row goes back."""
        forced = ["changed"] + (["taken"] if gives_way(self.model) else [])
        return ["ready", "beside"] + (forced if self.forced else [])

    def states(self) -> tuple[str, tuple[Any, ...]]:
        """Return SQL for (change_id, row_id, state) of every recorded row, with its parameters."""
        return self.select("c.id AS change_id, c.row_id"), self.scope

    def holders(self) -> tuple[str, tuple[Any, ...]]:
        """Return SQL for (holder_id) of every row that is in the way, with its parameters."""
        _, found = self._in_the_way()
        ids = ", ".join(f"CASE WHEN {there} THEN {holder} END" for holder, there in found.items())
        sql = self.select(f"unnest(ARRAY[{ids}]) AS holder_id")
        return f"SELECT DISTINCT holder_id FROM ({sql}) s WHERE state = 'taken'", self.scope

    @property
    def sets(self) -> set[str]:
        """Return the names of the fields that may have another value afterwards."""
        return {field.name for field in self.fields} if self.kind == Change.Kind.UPDATE else set()

    def afterwards(self) -> tuple[str, tuple[Any, ...]]:
        """Return SQL for the rows that go back as they would be: `there` or not, and every captured column."""
        states, params = self.states()
        recorded = set(self.columns)
        values = ", ".join(self._afterwards(f, recorded) for f in captured_fields(self.model))
        return (
            f"SELECT {self.kind != Change.Kind.REMOVE} AS there, {values} FROM rollbook_change c "
            f"JOIN ({states}) s ON s.change_id = c.id LEFT JOIN {self.table} t ON t.id = c.row_id "
            f"WHERE s.state = ANY(%s) AND {SCOPE}"
        ), (*params, self.wanted, *self.scope)

    def _afterwards(self, field: "Field[Any, Any]", recorded: set[str]) -> str:
        column = column_of(field)
        if column == "id":
            return "c.row_id AS id"
        goes = self.recorded != Change.Kind.CREATE and column in recorded
        return f"{self._value_then(field) if goes else f't.{quote(column)}'} AS {quote(column)}"

    def select(self, columns: str) -> str:
        """Return SQL for columns over the change `c` and the row of now `t`, and for the `state`, of every row."""
        joins, found = self._in_the_way()
        taken = f"WHEN {' OR '.join(found.values())} THEN 'taken'" if found else ""
        return (
            f"SELECT {columns}, {self._state(taken)} AS state "
            f"FROM rollbook_change c LEFT JOIN {self.table} t ON t.id = c.row_id {joins} {self._dependants} "
            f"{' '.join(self._orphans.values())} WHERE {SCOPE}"
        )

    def _staying(self, model: type[Model], column: str) -> list[str]:
        """Return queries of a column, as `id`, of rows of another table that were treated alike and that stay."""
        queries = []
        for other in self.others:
            goes = [*other.wanted, "done"]
            if (other.model, other.recorded) == (model, self.recorded) and other.survey.keys() - set(goes):
                scope = SCOPE % tuple(f"'{each}'" if isinstance(each, str) else each for each in other.scope)
                rows = other.select(f"{column} AS id").replace(SCOPE, scope)
                queries.append(f"SELECT s.id FROM ({rows}) s WHERE s.state <> ALL (ARRAY{goes})")
        return queries

    @cached_property
    def survey(self) -> dict[str, Tally]:
        """Count and digest the recorded rows by state, with the values they have now. Reads all of them once."""
        values = ", ".join(f"t.{quote(column)}" for column in captured_columns(self.model))
        sql = self.select(f"c.row_id AS recorded_row, {values}" if self.digested else "c.row_id")
        digest = "sum(hash_record_extended(s, 0))::text" if self.digested else "''"
        many_updates = self.recorded == Change.Kind.UPDATE and not self.digested
        with connection.cursor() as cursor, in_order_of_ids() if many_updates else nullcontext():
            cursor.execute(
                f"SELECT state, count(*), {digest} FROM ({sql}) s GROUP BY state ORDER BY state", self.scope
            )
            return {state: Tally(rows, found) for state, rows, found in cursor.fetchall()}

    def _differs(self, side: str) -> dict[str, str]:
        """Return, for each recorded column, SQL for: the row's value of now is not the one recorded."""
        return {
            column_of(f): f"t.{quote(column_of(f))} IS DISTINCT FROM {recorded_value(f, side)}"
            for f in self.fields
        }

    def _is_own(self, column: str) -> str:
        """Return SQL for: this row's change is one of this column."""
        # Where one column was recorded, each row was for it.
        if len(self.fields) == 1:
            return f"c.after ? '{column}'"
        return f"(c.before->'{column}') IS DISTINCT FROM (c.after->'{column}')"

    def _states_of_updates(self, taken: str) -> str:
        since, not_back = self._differs("after"), self._differs("before")
        against = f"{self._barred} {taken}".strip()
        # Of most rows nothing was touched since, and then no two columns of JSON need be compared.
        free = f"CASE {against} ELSE 'ready' END" if against else "'ready'"
        touched = " OR ".join(since.values())
        # A column that something else has put back already is no conflict.
        still = " OR ".join(f"({since[c]} AND {not_back[c]} AND {self._is_own(c)})" for c in self.columns)
        back = " OR ".join(f"({not_back[c]} AND {self._is_own(c)})" for c in self.columns)
        return (
            f"WHEN t.id IS NULL THEN 'gone' WHEN NOT ({touched}) THEN {free} "
            f"WHEN NOT ({back}) THEN 'done' {against} WHEN {still} THEN 'changed' ELSE 'beside'"
        )

    def _states_of_creates(self, _taken: str) -> str:
        still = " OR ".join(self._differs("after").values())
        blocked = "WHEN n.id IS NOT NULL THEN 'needed'" if self._dependants else ""
        return f"WHEN t.id IS NULL THEN 'done' {blocked} WHEN {still} THEN 'changed' ELSE 'ready'"

    @cached_property
    def _dependants(self) -> str:
        """Return the join with those created rows, as `n`, to which others point that are not its own, or that stay.

        They are looked for as one set. Row by row a million new users would be a dozen million questions.
        """

        def recorded(model: type[Recorded], row_id: str) -> str:
            return (
                f"EXISTS (SELECT FROM rollbook_change k WHERE k.operation_id = {int(self.operation_id)} "
                f"AND k.\"table\" = '{model._meta.db_table}' AND k.row_id = {row_id})"
            )

        if self.recorded != Change.Kind.CREATE:
            return ""
        queries = []
        for child, fk in references_to(self.model):
            column = quote(fk.column)
            theirs = f"{recorded(self.model, f'x.{column}')} AND NOT {recorded(child, 'x.id')}"
            queries.append(f"SELECT x.{column} AS id FROM {quote(child._meta.db_table)} x WHERE {theirs}")
            if child is not self.model:
                queries += self._staying(child, f"t.{column}")
        found = " UNION ".join(queries)
        return f"LEFT JOIN ({found}) n ON n.id = c.row_id" if found else ""

    def _states_of_removes(self, taken: str) -> str:
        missing = " OR ".join(
            f"(c.before->>'{fk.column}' IS NOT NULL AND NOT EXISTS (SELECT FROM {quote(fk.related_model._meta.db_table)} x "
            f"WHERE x.id = (c.before->>'{fk.column}')::bigint) AND NOT EXISTS (SELECT FROM rollbook_change k "
            "WHERE k.operation_id = c.operation_id AND k.kind = 'remove' "
            f"AND k.\"table\" = '{fk.related_model._meta.db_table}' AND k.row_id = (c.before->>'{fk.column}')::bigint))"
            for fk in foreign_keys(self.model)
            if fk.column in self.columns
        )
        missing = " OR ".join(filter(None, [missing, *(f"{name}.id IS NOT NULL" for name in self._orphans)]))
        needed = f"WHEN {missing} THEN 'needed'" if missing else ""
        return f"WHEN t.id IS NOT NULL THEN 'done' {needed} {taken} ELSE 'ready'"

    @cached_property
    def _orphans(self) -> dict[str, str]:
        """Return {name: join with the rows that these pointed at, and that the operation removed too and stay so}."""
        joins = {}
        for number, fk in enumerate(foreign_keys(self.model)):
            points = self.recorded == Change.Kind.REMOVE and fk.column in self.columns
            parent = fk.related_model
            if points and parent is not self.model and (gone := self._staying(parent, "c.row_id")):
                of_row = f"(c.before->>'{fk.column}')::bigint"
                joins[f"p{number}"] = (
                    f"LEFT JOIN ({' UNION '.join(gone)}) p{number} ON p{number}.id = {of_row}"
                )
        return joins

    def _in_the_way(self) -> tuple[str, dict[str, str]]:
        """Return the joins that find rows which hold a value that must be unique, and {its id: SQL for being there}.

        All of them are looked for as one set. At most one row holds a value.
        """
        joins, found = [], {}
        for number, key in enumerate(self.unique_keys):
            then, holder = f"b{number}", f"h{number}"
            same = " AND ".join(f"{holder}.{name} = {then}.{name}" for name in key.names)
            joins.append(
                f"CROSS JOIN LATERAL (SELECT {key.select}, {key.predicate or 'true'} AS unique_then "
                f"FROM (SELECT {self._values_then(key.columns)}) r) {then} "
                f"LEFT JOIN (SELECT id AS holder_id, {key.select} FROM {self.table} {key.where}) {holder} "
                f"ON {same} AND {then}.unique_then AND {holder}.holder_id <> c.row_id"
            )
            # A row that this same undo moves out of the way is not in the way.
            found[f"{holder}.holder_id"] = (
                f"({holder}.holder_id IS NOT NULL AND NOT "
                f"{makes_way(self.model, key, f'{holder}.holder_id', forced=self.forced)})"
            )
        return " ".join(joins), found

    @cached_property
    def unique_keys(self) -> list[UniqueKey]:
        """Return the unique keys in which a row that goes back may clash with another."""
        if self.recorded == Change.Kind.CREATE:
            return []
        return [key for key in unique_keys(self.model) if set(key.columns) & set(self.columns) and key.parts]

    @property
    def _barred(self) -> str:
        """Return SQL for the state of rows that their table would not take, or nothing where all of it goes back."""
        broken = [
            f"(SELECT ({check.condition}) IS FALSE FROM (SELECT {self._values_then(check.columns)}) r)"
            for check in row_checks(self.model)
            if set(check.columns) & set(self.columns)
        ]
        return f"WHEN {' OR '.join(broken)} THEN 'barred'" if broken else ""

    def _values_then(self, columns: Sequence[str]) -> str:
        """Return the select list of columns as they would be: only what the operation changed goes back."""
        recorded = {column_of(field): field for field in self.fields}
        return ", ".join(
            f"{self._value_then(recorded[c]) if c in recorded else f't.{quote(c)}'} AS {quote(c)}"
            for c in columns
        )

    def _value_then(self, field: "Field[Any, Any]") -> str:
        before, column = recorded_value(field, "before"), column_of(field)
        if self.recorded == Change.Kind.REMOVE:
            return before
        goes = self._is_own(column)
        if len(self.fields) > 1:
            # A value that is as it was left goes back, or was the same before: that takes no comparison of JSON.
            goes = f"NOT ({self._differs('after')[column]}) OR {goes}"
        return f"CASE WHEN {goes} THEN {before} ELSE t.{quote(column)} END"

    def tally(self) -> Tally:
        """Count the rows that go back, and digest every row in whatever state."""
        digest = " ".join(f"{state} {tally.rows} {tally.digest}" for state, tally in self.survey.items())
        return Tally(sum(tally.rows for state, tally in self.survey.items() if state in self.wanted), digest)

    def count(self) -> int:
        """Count the rows that go back."""
        return self.tally().rows

    def sample(self, size: int) -> list[Row]:
        """Return the first rows that go back: `before` is now, `after` is as it was."""
        states, params = self.states()
        sql = (
            f"SELECT c.*, to_jsonb(t) AS now FROM (SELECT c.* FROM rollbook_change c "
            f"JOIN ({states}) s ON s.change_id = c.id WHERE s.state = ANY(%s) AND {SCOPE} ORDER BY c.row_id LIMIT {int(size)}) c "
            f"LEFT JOIN {self.table} t ON t.id = c.row_id ORDER BY c.row_id"
        )
        changes = list(Change.objects.raw(sql, (*params, self.wanted, *self.scope)))
        rows = named_rows(self.model).in_bulk([c.row_id for c in changes])
        name = str(self.model._meta.verbose_name)
        return [
            Row(str(rows.get(c.row_id, f"{name} {c.row_id}")), *_now_and_then(c, json.loads(c.now or "{}")))  # type: ignore[attr-defined]  # selected beside the change
            for c in changes
        ]

    def execute(self) -> int:
        """Take the rows back in one statement."""
        if self.recorded == Change.Kind.UPDATE and self.survey.keys() == {"ready"}:
            return self._execute_untouched()
        names, going = ", ".join(map(quote, self.columns)), f"{SCOPE} AND {self._state()} = ANY(%s)"
        params: tuple[Any, ...] = (*self.scope, self.wanted)
        # What the survey found free the unique index keeps free.
        if "taken" in self.survey:
            states, more = self.states()
            going += f" AND c.id IN (SELECT change_id FROM ({states}) s WHERE state = ANY(%s))"
            params = (*params, *more, self.wanted)
        if self.recorded == Change.Kind.CREATE:
            statement = f"DELETE FROM {self.table} t USING rollbook_change c {self._dependants} WHERE t.id = c.row_id AND {going}"
        elif self.recorded == Change.Kind.REMOVE:
            values = ", ".join(recorded_value(field, "before") for field in self.fields)
            statement = (
                f"INSERT INTO {self.table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM rollbook_change c "
                f"LEFT JOIN {self.table} t ON t.id = c.row_id {' '.join(self._orphans.values())} WHERE {going}"
            )
        else:
            # Each row gets back only what the operation changed in it: work done since in other columns stays.
            sets = ", ".join(f"{quote(column_of(f))} = {self._value_then(f)}" for f in self.fields)
            statement = (
                f"UPDATE {self.table} t SET {sets}{stamp_sql(self.model)} FROM rollbook_change c "
                f"WHERE t.id = c.row_id AND {going}"
            )
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return int(cursor.rowcount)

    def _execute_untouched(self) -> int:
        """Set every recorded column to what it was: the survey found all rows untouched, and their subjects are locked.

        Looking at every value again, and choosing between two, would cost a quarter of this.
        """
        sets = ", ".join(f"{quote(column_of(f))} = {recorded_value(f, 'before')}" for f in self.fields)
        with connection.cursor() as cursor, in_order_of_ids():
            cursor.execute(
                f"UPDATE {self.table} t SET {sets}{stamp_sql(self.model)} FROM rollbook_change c "
                f"WHERE t.id = c.row_id AND {SCOPE}",
                self.scope,
            )
            return int(cursor.rowcount)


def _now_and_then(change: Change, now: dict[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the recorded columns as they are in the row of now, and as they are once the change is taken back."""
    before, after = change.before, change.after
    if before is None or after is None:
        return after and {column: now.get(column) for column in after}, before
    # What the operation changed in other rows only stays as it is in this one.
    then = {c: value if value != after.get(c) else now.get(c) for c, value in before.items()}
    return {column: now.get(column) for column in before}, then


def foreign_keys(model: type[Recorded]) -> "list[ForeignKey[Any, Any]]":
    """Return the model's foreign keys that the database holds."""
    return [
        f
        for f in model._meta.concrete_fields
        if isinstance(f, ForeignKey) and getattr(f, "db_constraint", False)
    ]


def references_to(model: type[Recorded]) -> "list[tuple[type[Recorded], ForeignKey[Any, Any]]]":
    """Return (recorded model, foreign key) for each that points at `model`."""
    return [
        (child, fk) for child in recorded_models() for fk in foreign_keys(child) if fk.related_model is model
    ]
