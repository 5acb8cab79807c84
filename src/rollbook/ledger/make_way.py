"""What stands in the place that a row of a forced undo goes back to, and goes or is set aside for it."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from rollbook.ledger.effects import Row, Tally, digest_of
from rollbook.ledger.models import Change
from rollbook.ledger.reverts import Revert, quote
from rollbook.ledger.stamps import stamp_sql
from rollbook.ledger.tables import Recorded, captured_columns, captured_fields


@dataclass(frozen=True)
class MakeWay:
    """Remove the rows that are in the way of a forced revert, or set them aside, as their table says.

    See REPLACEABLE and GIVES_WAY in `rollbook.ledger.recorded`.
    """

    revert: Revert

    @property
    def model(self) -> type[Recorded]:
        """Return the revert's model."""
        return self.revert.model

    @property
    def kind(self) -> Change.Kind:
        """Return update or remove."""
        return Change.Kind.UPDATE if self.model.GIVES_WAY else Change.Kind.REMOVE

    def tally(self) -> Tally:
        """Digest the rows in the way."""
        sql, params = self.revert.holders()
        values = ", ".join(f"t.{quote(column)}" for column in captured_columns(self.model))
        return digest_of(f"SELECT {values} FROM {self.revert.table} t WHERE id IN ({sql})", params)

    def count(self) -> int:
        """Count the rows in the way."""
        return self.tally().rows

    def sample(self, size: int) -> list[Row]:
        """Return the first rows in the way."""
        sql, params = self.revert.holders()
        values = "".join(f", {value} AS new_{column}" for column, value in self.model.GIVES_WAY.items())
        rows = self.model._base_manager.raw(
            f"SELECT *{values} FROM {self.revert.table} WHERE id IN ({sql}) ORDER BY id LIMIT {int(size)}",
            params,
        )
        return [self._row(row) for row in rows]

    def _row(self, row: Recorded) -> Row:
        if given := self.model.GIVES_WAY:
            after = {column: getattr(row, f"new_{column}") for column in given}
            return Row(str(row), {column: getattr(row, column) for column in given}, after)
        return Row(str(row), {f.attname: getattr(row, f.attname) for f in captured_fields(self.model)}, None)

    @property
    def sets(self) -> set[str]:
        """Return the columns that are set aside."""
        return set(self.model.GIVES_WAY)

    def afterwards(self) -> tuple[str, tuple[Any, ...]]:
        """Return SQL for the rows in the way as they would be: `there` or not, and every captured column."""
        sql, params = self.revert.holders()
        given = self.model.GIVES_WAY
        values = ", ".join(f"{given.get(c, quote(c))} AS {quote(c)}" for c in captured_columns(self.model))
        return f"SELECT {bool(given)} AS there, {values} FROM {self.revert.table} WHERE id IN ({sql})", params

    def execute(self) -> int:
        """Remove them, or set them aside, in one statement."""
        sql, params = self.revert.holders()
        sets = ", ".join(f"{quote(column)} = {value}" for column, value in self.model.GIVES_WAY.items())
        update = f"UPDATE {self.revert.table} SET {sets}{stamp_sql(self.model)}"
        change = update if sets else f"DELETE FROM {self.revert.table}"
        with connection.cursor() as cursor:
            cursor.execute(f"{change} WHERE id IN ({sql})", params)
            return int(cursor.rowcount)
