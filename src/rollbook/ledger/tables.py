"""Which tables are recorded, and which of their columns."""

from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, QuerySet

from rollbook.ledger.errors import UnrecordedTable
from rollbook.ledger.recorded import ActivityModel, LogModel, RegisterModel

Recorded = RegisterModel | ActivityModel


@cache
def recorded_models() -> tuple[type[Recorded], ...]:
    """Return every register and activity model of the project, ordered by table name."""
    found = [m for m in apps.get_models() if issubclass(m, RegisterModel | ActivityModel)]
    return tuple(sorted(found, key=lambda m: m._meta.db_table))


def log_models() -> list[type[LogModel]]:
    """Return the models whose tables are not recorded, each with its `WHY`."""
    return [m for m in apps.get_models() if issubclass(m, LogModel)]


def model_of(table: str) -> type[Recorded]:
    """Return the recorded model of a table. Raises UnrecordedTable."""
    for model in recorded_models():
        if model._meta.db_table == table:
            return model
    raise UnrecordedTable(f"“{table}” is not.")


def named_rows(model: type[Recorded], rows: "QuerySet[Any] | None" = None) -> "QuerySet[Any]":
    """Return rows of a model (all, if none are given), read together with what their names are made of."""
    found = model._base_manager.all() if rows is None else rows
    return found.select_related(*model.NAMED_BY) if model.NAMED_BY else found


def column_of(field: "Field[Any, Any]") -> str:
    """Return the column of a field that has one."""
    return field.column or ""


def uncaptured_columns(model: type[Recorded]) -> list[str]:
    """Return the columns that are neither guarded nor recorded: secrets, sign-in columns, derived ones."""
    return sorted(
        column_of(f)
        for f in model._meta.concrete_fields
        if f.name in model.UNCAPTURED or getattr(f, "generated", False)
    )


def captured_columns(model: type[Recorded]) -> list[str]:
    """Return the columns that are recorded, in the table's order."""
    return [column_of(f) for f in captured_fields(model)]


def captured_fields(model: type[Model]) -> "list[Field[Any, Any]]":
    """Return the fields that are recorded, in the table's order. Raises UnrecordedTable."""
    if not issubclass(model, RegisterModel | ActivityModel):
        raise UnrecordedTable(f"“{model._meta.db_table}” is not.")
    left_out = set(uncaptured_columns(model))
    return [f for f in model._meta.concrete_fields if f.column not in left_out]
