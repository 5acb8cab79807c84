"""Recorded and planned rows in words that people read: labels for columns, names for foreign keys."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Field, ForeignKey, Model
from django.utils import timezone
from django.utils.formats import date_format

from rollbook.ledger.effects import Create, Row, table_label
from rollbook.ledger.models import Change
from rollbook.ledger.operation import Plan
from rollbook.ledger.tables import Recorded, model_of, named_rows
from rollbook.ledger.wording import done_to
from rollbook.training.quiz import has_the_shape
from rollbook.training.quiz import in_words as quiz_in_words

SAMPLE = 5
# Columns whose own names are for programmers.
LABELS = {
    "lms": "LMS",
    "subject": "LMS’s id",
    "created_at": "Since",
    "key": "Identifies users",
    "bookmark": "Place in the video, in seconds",
    "watched": "Video seen to its end",
    "resets": "Times set back",
    "url": "Address",
    "enabled": "Switched on",
}
Values = Mapping[str, Any] | None


@dataclass(frozen=True)
class ShownRow:
    """One row: what it is, and (column, before, after) for each column worth showing."""

    label: str
    columns: Sequence[tuple[str, str | None, str | None]]


@dataclass(frozen=True)
class Group:
    """Some rows of one effect, and how many more there are."""

    title: str
    rows: Sequence[ShownRow]
    more: int


@dataclass
class Names:
    """Names of the rows that foreign keys point at, each table asked once."""

    known: dict[type[Model], dict[Any, str]] = field(default_factory=dict)

    def learn(self, model: type[Model], values: Iterable[Values]) -> None:
        """Look up the names that `values`, rows of `model`, refer to."""
        wanted: dict[type[Model], set[Any]] = {}
        for row in values:
            for name, value in (row or {}).items():
                column = field_of(model, name)
                if isinstance(column, ForeignKey) and isinstance(value, int):
                    wanted.setdefault(column.related_model, set()).add(value)
        for related, ids in wanted.items():
            of_model = self.known.setdefault(related, {})
            missing = ids - of_model.keys()
            of_model |= (
                {pk: str(row) for pk, row in related._base_manager.in_bulk(missing).items()}
                if missing
                else {}
            )

    def learn_new(self, model: type[Model], rows: Iterable[Row]) -> None:
        """Keep what rows of `model` will be called that are to be created under ids that were taken for them."""
        for values in (row.after for row in rows if row.before is None and row.after):
            if pk := values.get("id"):
                new = {getattr(field_of(model, name), "attname", name): v for name, v in values.items()}
                self.known.setdefault(model, {})[pk] = str(model(**new))

    def label(self, model: type[Model], row: Row) -> str:
        """Return what a row is called."""
        return self.known.get(model, {}).get((row.after or {}).get("id"), row.label)

    def text(self, column: "Field[Any, Any] | None", value: Any) -> str | None:
        """Return one value as people read it; an empty string is "empty" on the page, None is no value."""
        if isinstance(column, ForeignKey) and isinstance(value, int):
            kind = column.related_model._meta.verbose_name
            return self.known.get(column.related_model, {}).get(value, f"{kind} {value}")
        if column is not None and column.choices and value is not None:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(column, DateTimeField) and isinstance(value, str):
            return plain_text(datetime.fromisoformat(value))  # as the record holds it
        return plain_text(value)


def plain_text(value: Any) -> str | None:
    """Return a value that stands for itself as people read it."""
    if isinstance(value, dict):
        return quiz_in_words(value) if has_the_shape(value) or not value else str(value)
    if isinstance(value, Create):
        return f"the new {value.model._meta.verbose_name}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(" → ".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for v in value)
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    return None if value is None else str(value)


@cache
def field_of(model: type[Model], name: str) -> "Field[Any, Any] | None":
    """Return the field that is called `name` by itself or by its column; None for one that is no longer there."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((f for f in model._meta.concrete_fields if name in {f.column, f.attname}), None)
    return found if isinstance(found, Field) else None


def label_of(model: type[Model], name: str) -> str:
    """Return a column's name as people read it."""
    column = field_of(model, name)
    if column is not None and column.name in LABELS:
        return LABELS[column.name]
    label = str(column.verbose_name) if column else name
    return label[:1].upper() + label[1:]


def shown(model: type[Model], label: str, before: Values, after: Values, *, names: Names) -> ShownRow:
    """Return one row with the columns that differ, without the ids that say nothing to people."""
    columns = []
    for name in {**(before or {}), **(after or {})}:
        column = field_of(model, name)
        was, becomes = (None if row is None else row.get(name) for row in (before, after))
        if (column and column.primary_key) or was == becomes:
            continue
        texts = names.text(column, was), names.text(column, becomes)
        columns.append((label_of(model, name), *_whole(texts, before, after)))
    return ShownRow(label, columns)


def _whole(
    texts: tuple[str | None, str | None], before: Values, after: Values
) -> tuple[str | None, str | None]:
    """Return both texts; a value that there was or will be, though none, is an empty text and not left out."""
    was, becomes = texts
    return (
        "" if was is None and before is not None else was,
        "" if becomes is None and after is not None else becomes,
    )


def samples_of(plan: Plan) -> list[Group]:
    """Return the first rows of each of the plan's effects with before and after."""
    sampled = [
        (effect.model, effect.kind.value, tally.rows, effect.sample(SAMPLE))
        for effect, tally in zip(plan.effects, plan.tallies, strict=True)
        if tally.rows
    ]
    names = Names()
    for model, _, _, rows in sampled:
        names.learn(model, [v for row in rows for v in (row.before, row.after)])
    for model, _, _, rows in sampled:
        names.learn_new(model, rows)
    return [
        Group(
            f"{table_label(model._meta.db_table, number)} {done_to(kind, undo=plan.undoes is not None)}",
            [shown(model, names.label(model, row), row.before, row.after, names=names) for row in rows],
            number - len(rows),
        )
        for model, kind, number, rows in sampled
    ]


def changes_of(changes: Sequence[Change], *, undo: bool = False) -> list[ShownRow]:
    """Return recorded changes (of an undo or not) as rows, with a constant number of queries whatever their number."""
    names = Names()
    by_table: dict[type[Recorded], list[Change]] = {}
    for change in changes:
        by_table.setdefault(model_of(change.table), []).append(change)
    rows: dict[tuple[str, int], Model] = {}
    for model, of_model in by_table.items():
        names.learn(model, [v for change in of_model for v in (change.before, change.after)])
        related = [f.name for f in model._meta.concrete_fields if isinstance(f, ForeignKey) and not f.null]
        named = named_rows(model, model._base_manager.select_related(*related))
        found = named.in_bulk([change.row_id for change in of_model])
        rows |= {(model._meta.db_table, pk): row for pk, row in found.items()}
    labels = [f"{row_name(c, rows.get((c.table, c.row_id)))}, {done_to(c.kind, undo=undo)}" for c in changes]
    return [
        shown(model_of(c.table), label, c.before, c.after, names=names)
        for c, label in zip(changes, labels, strict=True)
    ]


def row_name(change: Change, row: Model | None) -> str:
    """Return what a recorded row is called now, or its number where it is no longer there."""
    kind = str(model_of(change.table)._meta.verbose_name)
    return f"{kind[:1].upper()}{kind[1:]} {row or change.row_id}"
