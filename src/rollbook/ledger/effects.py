"""Effects: set-based changes over queries, so that one row and a million rows are the same code."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from django.db import connection
from django.db.models import Model, Q, QuerySet

from rollbook.ledger.models import Change
from rollbook.ledger.stamps import stamp
from rollbook.ledger.tables import Recorded, captured_fields, column_of, model_of, named_rows


@dataclass(frozen=True)
class Row:
    """One sampled row of an effect, as the preview shows it. `before` or `after` is None where there is no row."""

    label: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Tally:
    """How many rows an effect touches, and a fingerprint over those rows and what they become."""

    rows: int
    digest: str


class Effect(Protocol):
    """One set-based change. `tally` and `sample` only read; `execute` is called by the ledger's writer alone."""

    @property
    def model(self) -> type[Recorded]:
        """Return the recorded model whose table it changes."""

    @property
    def kind(self) -> Change.Kind:
        """Return create, update or remove."""

    @property
    def sets(self) -> AbstractSet[str]:
        """Return the names of the fields that may have another value afterwards, in rows that are there before."""

    def tally(self) -> Tally:
        """Count the rows and digest their values of now."""

    def count(self) -> int:
        """Count the rows: what a live plan asks for, since its rows may change."""

    def sample(self, size: int) -> list[Row]:
        """Return at most `size` rows."""

    def execute(self) -> int:
        """Change the rows and return how many."""


def may_decide(condition: Q, model: type[Recorded], effects: Iterable[Effect], *, also: Change.Kind) -> bool:
    """Say whether any of the effects on a table is of this kind, or sets a field that the condition names of its rows.

    Most do neither. What the condition asks of other tables, their own conditions ask too.
    """
    own = [each for each in effects if each.model is model]
    return any(each.kind == also or condition.referenced_base_fields & each.sets for each in own)


def digest_of(sql: str, params: tuple[Any, ...]) -> Tally:
    """Count the rows of a query and digest their values, whatever their order, in the database.

    The sum of 64-bit row hashes notices every accident; it is no protection against a forger, who could
    write to the database anyway.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), coalesce(sum(hash_record_extended(s, 0)), 0)::text FROM ({sql}) s",
            params,
        )
        return Tally(*cursor.fetchone())


def sql_of(query: "QuerySet[Any, Any]") -> tuple[str, tuple[Any, ...]]:
    """Return a queryset's SQL and parameters, also where Django knows beforehand that no row can match."""
    sql, params = query.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    return sql, tuple(params)


def query_tally(query: "QuerySet[Any, Any]") -> Tally:
    """Digest a queryset's rows."""
    return digest_of(*sql_of(query.order_by()))


def plain(value: Any, model: type[Model]) -> str:
    """Return a value, or an expression over `model`, as text that is the same each time it is planned."""
    if isinstance(value, Model):
        return f"{value._meta.label}:{value.pk}"
    if hasattr(value, "resolve_expression"):
        return repr(sql_of(model._base_manager.order_by().values_list(value)))
    return repr(value)


def _captured(rows: "QuerySet[Any]") -> "QuerySet[Any, Any]":
    model = rows.model
    if rows.query.count_active_tables() > 1 or rows.query.distinct or rows.query.is_sliced:
        # By primary key, so that a query with joins counts each row once.
        rows = model._base_manager.filter(pk__in=rows.order_by().values("pk"))
    return rows.values_list(*(f.attname for f in captured_fields(model)))


@dataclass(frozen=True)
class Update:
    """Set `values` (field name -> value or expression over the same table) on every row of `rows`."""

    rows: "QuerySet[Any]"
    values: Mapping[str, Any]
    kind = Change.Kind.UPDATE

    @property
    def model(self) -> type[Recorded]:
        """Return the model of the query."""
        return self.rows.model

    @property
    def sets(self) -> set[str]:
        """Return the names of the fields that are set."""
        return {self.model._meta.get_field(name).name for name in self.values}

    def tally(self) -> Tally:
        """Digest the rows' captured values and what they are set to."""
        now = query_tally(_captured(self.rows))
        new = sha256(
            repr([(name, plain(v, self.model)) for name, v in self.values.items()]).encode()
        ).hexdigest()
        return Tally(now.rows, f"{now.digest}.{new}")

    def count(self) -> int:
        """Count the rows."""
        return _captured(self.rows).order_by().count()

    def sample(self, size: int) -> list[Row]:
        """Return the first rows by id, with those columns that are set and recorded."""
        recorded = {name for f in captured_fields(self.model) for name in (f.name, f.attname)}
        values = {name: value for name, value in self.values.items() if name in recorded}
        after = {
            f"new_{name}": value for name, value in values.items() if hasattr(value, "resolve_expression")
        }
        found = named_rows(self.model, self.rows).order_by("pk").annotate(**after)[:size]
        return [
            Row(
                str(row),
                {name: getattr(row, name) for name in values},
                {name: getattr(row, f"new_{name}", value) for name, value in values.items()},
            )
            for row in found
        ]

    def execute(self) -> int:
        """Update the rows in one statement."""
        return self.rows.order_by().update(**self.values, **stamp(self.model))


@dataclass(frozen=True)
class Remove:
    """Remove every row of `rows`."""

    rows: "QuerySet[Any]"
    kind = Change.Kind.REMOVE
    sets = frozenset[str]()

    @property
    def model(self) -> type[Recorded]:
        """Return the model of the query."""
        return self.rows.model

    def tally(self) -> Tally:
        """Digest the rows' captured values."""
        return query_tally(_captured(self.rows))

    def count(self) -> int:
        """Count the rows."""
        return _captured(self.rows).order_by().count()

    def sample(self, size: int) -> list[Row]:
        """Return the first rows by id."""
        names = [f.attname for f in captured_fields(self.model)]
        return [
            Row(str(row), {name: getattr(row, name) for name in names}, None)
            for row in named_rows(self.model, self.rows).order_by("pk")[:size]
        ]

    def execute(self) -> int:
        """Delete the rows in one statement; Django's cascade is left out, so that nothing goes unplanned."""
        rows = self.model._base_manager.filter(pk__in=self.rows.order_by().values("pk"))
        return rows._raw_delete(rows.db)  # noqa: SLF001  # what Django's own fast deletes use


# Compared by identity: an effect stands for the one row that it will create.
@dataclass(eq=False)
class Create:
    """Create one row. A value may be another Create of the same plan: the id it got is put in its place."""

    model: type[Recorded]
    values: Mapping[str, Any]
    kind = Change.Kind.CREATE
    sets = frozenset[str]()
    created: Any = field(default=None, init=False)

    @cached_property
    def unsaved(self) -> Any:
        """Return the row before it is saved, without the values that are not known yet."""
        return self.model(**{k: v for k, v in self.values.items() if not isinstance(v, Create)})

    def tally(self) -> Tally:
        """Digest the values; there is no row yet."""
        new = repr(
            [
                (k, "created" if isinstance(v, Create) else plain(v, self.model))
                for k, v in self.values.items()
            ]
        )
        return Tally(1, sha256(new.encode()).hexdigest())

    def count(self) -> int:
        """Return 1."""
        return 1

    def sample(self, size: int) -> list[Row]:
        """Return the one row."""
        return [Row(str(self.model._meta.verbose_name), None, dict(self.values))][:size]

    def execute(self) -> int:
        """Insert the row and remember it for the effects that refer to it."""
        self.created = self.model(
            **{k: v.created if isinstance(v, Create) else v for k, v in self.values.items()}
        )
        self.created.save(force_insert=True)
        return 1


@dataclass(frozen=True)
class CreateFrom:
    """Create one row for each row of `source`: `columns` maps a field name to an expression over the source."""

    model: type[Recorded]
    source: "QuerySet[Any]"
    columns: Mapping[str, Any]
    kind = Change.Kind.CREATE
    sets = frozenset[str]()

    def _select(self) -> tuple[str, tuple[Any, ...]]:
        return sql_of(self.source.order_by().values_list(*self.columns.values()))

    def tally(self) -> Tally:
        """Digest the rows to be inserted."""
        return digest_of(*self._select())

    def count(self) -> int:
        """Count the rows to be inserted."""
        return self.source.order_by().count()

    def sample(self, size: int) -> list[Row]:
        """Return the first rows to be inserted."""
        rows = self.source.order_by("pk").values_list(*self.columns.values())[:size]
        return [
            Row(str(self.model._meta.verbose_name), None, dict(zip(self.columns, r, strict=True)))
            for r in rows
        ]

    def execute(self) -> int:
        """Insert with one INSERT ... SELECT."""
        quote = connection.ops.quote_name
        columns = {f.name: column_of(f) for f in self.model._meta.concrete_fields}
        names = ", ".join(quote(columns[name]) for name in self.columns)
        sql, params = self._select()
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {quote(self.model._meta.db_table)} ({names}) {sql}", params)
            return int(cursor.rowcount)


def table_label(table: str, rows: int) -> str:
    """Return "2 LMS accounts" for a table's name."""
    meta = model_of(table)._meta
    return f"{rows:,} {meta.verbose_name if rows == 1 else meta.verbose_name_plural}"
