"""Taking recorded changes back: the SQL that finds what can go back, and the effects that do it.

One revert covers the changes of one kind that one effect made in one table. Each recorded row is in one state:

- `done`: the row is already as it was before;
- `ready`: nothing touched what the operation changed, it goes back;
- `changed`: something changed it since; left alone unless asked for;
- `taken`: another row holds a value that must be unique; asked for, that row makes way where its table allows it;
- `gone`: the row to put back into is no longer there, or the one to remove already is;
- `needed`: other rows point at the row to remove, or the row it pointed at is gone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import ForeignKey

from rollbook.ledger.effects import Row, Tally, digest_of
from rollbook.ledger.models import Change
from rollbook.ledger.tables import Recorded, captured_columns, captured_fields, named_rows, recorded_models
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


def differs(column: str, recorded: str) -> str:
    """Return SQL for: the row's value of now is not the recorded one (a NULL is recorded as JSON null)."""
    return f"coalesce(to_jsonb(t.{quote(column)}), 'null') IS DISTINCT FROM c.{recorded}->'{column}'"


@dataclass(frozen=True)
class Revert:
    """Take back the changes of kind `recorded` in one table and step of an operation.

    `forced` also takes back rows in the states `changed` and, where the rows in the way may go, `taken`.
    """

    operation_id: int
    step: int
    model: type[Recorded]
    recorded: Change.Kind
    forced: bool = False

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
    def columns(self) -> list[str]:
        """Return the recorded columns that the table still has; all rows of one statement share them."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT jsonb_object_keys(coalesce(before, after)) FROM (SELECT before, after FROM rollbook_change "
                'WHERE operation_id = %s AND "table" = %s AND step = %s AND kind = %s LIMIT 1) c',
                self.scope,
            )
            recorded = {row[0] for row in cursor.fetchall()}
        return [column for column in captured_columns(self.model) if column in recorded]

    @property
    def state(self) -> str:
        """Return the SQL expression of a recorded row's state, over the change `c` and the row of now `t`."""
        return self._state(self._taken())

    def _state(self, taken: str) -> str:
        cases = {
            Change.Kind.UPDATE: self._states_of_updates,
            Change.Kind.CREATE: self._states_of_creates,
            Change.Kind.REMOVE: self._states_of_removes,
        }[self.recorded](taken)
        return f"CASE {cases} ELSE 'ready' END"

    @property
    def wanted(self) -> list[str]:
        """Return the states in which a row goes back."""
        forced = ["changed"] + (["taken"] if self.model.REPLACEABLE else [])
        return ["ready"] + (forced if self.forced else [])

    def states(self) -> tuple[str, tuple[Any, ...]]:
        """Return SQL for (change_id, row_id, state) of every recorded row, with its parameters."""
        return self._select(f"c.id AS change_id, c.row_id, {self.state} AS state"), self.scope

    def _select(self, columns: str) -> str:
        return f"SELECT {columns} FROM rollbook_change c LEFT JOIN {self.table} t ON t.id = c.row_id WHERE {SCOPE}"

    @cached_property
    def survey(self) -> dict[str, Tally]:
        """Count and digest the recorded rows by state, with the values they have now. Reads all of them once."""
        values = ", ".join(f"t.{quote(column)}" for column in captured_columns(self.model))
        sql = self._select(f"c.row_id AS recorded_row, {self.state} AS state, {values}")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state, count(*), sum(hash_record_extended(s, 0))::text "
                f"FROM ({sql}) s GROUP BY state ORDER BY state",
                self.scope,
            )
            return {state: Tally(rows, digest) for state, rows, digest in cursor.fetchall()}

    def _states_of_updates(self, taken: str) -> str:
        own = {c: f"(c.before->'{c}') IS DISTINCT FROM (c.after->'{c}')" for c in self.columns}
        # A column that something else has put back already is no conflict.
        still = " OR ".join(
            f"({o} AND {differs(c, 'after')} AND {differs(c, 'before')})" for c, o in own.items()
        )
        back = " OR ".join(f"({o} AND {differs(c, 'before')})" for c, o in own.items())
        return (
            f"WHEN t.id IS NULL THEN 'gone' WHEN NOT ({back}) THEN 'done' {taken} WHEN {still} THEN 'changed'"
        )

    def _states_of_creates(self, _taken: str) -> str:
        still = " OR ".join(differs(c, "after") for c in self.columns)
        needed = " OR ".join(
            f"EXISTS (SELECT FROM {quote(child._meta.db_table)} x WHERE x.{quote(fk.column)} = t.id "
            "AND NOT EXISTS (SELECT FROM rollbook_change k WHERE k.operation_id = c.operation_id "
            f"AND k.\"table\" = '{child._meta.db_table}' AND k.row_id = x.id))"
            for child, fk in references_to(self.model)
        )
        blocked = f"WHEN {needed} THEN 'needed'" if needed else ""
        return f"WHEN t.id IS NULL THEN 'done' {blocked} WHEN {still} THEN 'changed'"

    def _states_of_removes(self, taken: str) -> str:
        missing = " OR ".join(
            f"(c.before->>'{fk.column}' IS NOT NULL AND NOT EXISTS (SELECT FROM {quote(fk.related_model._meta.db_table)} x "
            f"WHERE x.id = (c.before->>'{fk.column}')::bigint) AND NOT EXISTS (SELECT FROM rollbook_change k "
            "WHERE k.operation_id = c.operation_id AND k.kind = 'remove' "
            f"AND k.\"table\" = '{fk.related_model._meta.db_table}' AND k.row_id = (c.before->>'{fk.column}')::bigint))"
            for fk in foreign_keys(self.model)
            if fk.column in self.columns
        )
        needed = f"WHEN {missing} THEN 'needed'" if missing else ""
        return f"WHEN t.id IS NOT NULL THEN 'done' {needed} {taken}"

    def _taken(self) -> str:
        holders = " OR ".join(f"EXISTS ({sql})" for sql in self.holders())
        return f"WHEN {holders} THEN 'taken'" if holders else ""

    def holders(self) -> list[str]:
        """Return SQL for the rows that hold a value which must be unique, one query a unique key."""
        return [
            self._holder(key)
            for key in unique_keys(self.model)
            if set(key.columns) & set(self.columns) and key.parts
        ]

    def _holder(self, key: UniqueKey) -> str:
        base = "t" if self.recorded == Change.Kind.UPDATE else f"NULL::{self.table}"
        # Only the operation's own columns go back, so the key is taken from the row as it would then be.
        then = f"SELECT {key.select} FROM jsonb_populate_record({base}, c.before) r {key.where}"
        now = f"SELECT id AS holder_id, {key.select} FROM {self.table} {key.where}"
        same = " AND ".join(f"n.{p} {key.equals} b.{p}" for p in key.names)
        # A row that this same undo moves out of the way is not in the way.
        return (
            f"SELECT n.holder_id FROM ({then}) b JOIN ({now}) n ON {same} WHERE n.holder_id <> c.row_id "
            "AND NOT EXISTS (SELECT FROM rollbook_change k WHERE k.operation_id = c.operation_id "
            f"AND k.\"table\" = '{self.model._meta.db_table}' AND k.row_id = n.holder_id)"
        )

    def tally(self) -> Tally:
        """Count the rows that go back, and digest every row in whatever state."""
        digest = " ".join(f"{state} {tally.rows} {tally.digest}" for state, tally in self.survey.items())
        return Tally(sum(tally.rows for state, tally in self.survey.items() if state in self.wanted), digest)

    def count(self) -> int:
        """Count the rows that go back."""
        return self.tally().rows

    def sample(self, size: int) -> list[Row]:
        """Return the first rows that go back: `before` is now, `after` is as it was."""
        sql = self._select("c.*") + f" AND {self.state} = ANY(%s) ORDER BY c.row_id LIMIT {int(size)}"
        changes = list(Change.objects.raw(sql, (*self.scope, self.wanted)))
        rows = named_rows(self.model).in_bulk([c.row_id for c in changes])
        name = str(self.model._meta.verbose_name)
        return [Row(str(rows.get(c.row_id, f"{name} {c.row_id}")), c.after, c.before) for c in changes]

    def execute(self) -> int:
        """Take the rows back in one statement."""
        names = ", ".join(quote(c) for c in self.columns)
        # What the survey found free the unique index keeps free. To look again for each row, while this statement
        # itself fills that index, takes time with the square of the rows.
        taken = self._taken() if "taken" in self.survey else ""
        going = f"{SCOPE} AND {self._state(taken)} = ANY(%s)"
        was = f"jsonb_populate_record(NULL::{self.table}, c.before) r"
        if self.recorded == Change.Kind.CREATE:
            statement = (
                f"DELETE FROM {self.table} t USING rollbook_change c WHERE t.id = c.row_id AND {going}"
            )
        elif self.recorded == Change.Kind.REMOVE:
            values = ", ".join(f"r.{quote(c)}" for c in self.columns)
            statement = (
                f"INSERT INTO {self.table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM rollbook_change c "
                f"LEFT JOIN {self.table} t ON t.id = c.row_id CROSS JOIN LATERAL {was} WHERE {going}"
            )
        else:
            # Each row gets back only what the operation changed in it: work done since in other columns stays.
            sets = ", ".join(
                f"{quote(c)} = CASE WHEN (c.before->'{c}') IS DISTINCT FROM (c.after->'{c}') "
                f"THEN r.{quote(c)} ELSE t.{quote(c)} END"
                for c in self.columns
            )
            statement = (
                f"UPDATE {self.table} t SET {sets} FROM rollbook_change c CROSS JOIN LATERAL {was} "
                f"WHERE t.id = c.row_id AND {going}"
            )
        with connection.cursor() as cursor:
            cursor.execute(statement, (*self.scope, self.wanted))
            return int(cursor.rowcount)


@dataclass(frozen=True)
class RemoveHolders:
    """Remove the rows that are in the way of a forced revert, where their table allows it (REPLACEABLE)."""

    revert: Revert
    kind = Change.Kind.REMOVE

    @property
    def model(self) -> type[Recorded]:
        """Return the revert's model."""
        return self.revert.model

    def _holder_ids(self) -> tuple[str, tuple[Any, ...]]:
        revert = self.revert
        holders = " UNION ".join(f"({h})" for h in revert.holders())
        sql = (
            f"SELECT DISTINCT h.holder_id FROM rollbook_change c LEFT JOIN {revert.table} t ON t.id = c.row_id "
            f"CROSS JOIN LATERAL ({holders}) h WHERE {SCOPE} AND {revert.state} = 'taken'"
        )
        return sql, revert.scope

    def tally(self) -> Tally:
        """Digest the rows in the way."""
        sql, params = self._holder_ids()
        values = ", ".join(f"t.{quote(column)}" for column in captured_columns(self.model))
        return digest_of(f"SELECT {values} FROM {self.revert.table} t WHERE id IN ({sql})", params)

    def count(self) -> int:
        """Count the rows in the way."""
        return self.tally().rows

    def sample(self, size: int) -> list[Row]:
        """Return the first rows in the way."""
        sql, params = self._holder_ids()
        rows = self.model._base_manager.raw(
            f"SELECT * FROM {self.revert.table} WHERE id IN ({sql}) ORDER BY id LIMIT {int(size)}", params
        )
        return [
            Row(str(r), {f.attname: getattr(r, f.attname) for f in captured_fields(self.model)}, None)
            for r in rows
        ]

    def execute(self) -> int:
        """Remove them in one statement."""
        sql, params = self._holder_ids()
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.revert.table} WHERE id IN ({sql})", params)
            return int(cursor.rowcount)


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
