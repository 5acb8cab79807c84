"""Which rows an operation was about, and which it changed, for what follows it (mail to those concerned)."""

from typing import Any

from django.db.models import QuerySet

from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.tables import Recorded


def subjects_of(operation_id: int, model: type[Recorded]) -> "QuerySet[Any]":
    """Return the rows of a model that an operation was about and that are still there."""
    named = OperationSubject.objects.filter(operation_id=operation_id, table=model._meta.db_table)
    return model._base_manager.filter(pk__in=named.values("row_id"))


def changed_by(operation_id: int, model: type[Recorded]) -> "QuerySet[Any]":
    """Return the rows of a model that an operation changed and that are still there."""
    return model._base_manager.filter(pk__in=_changes(operation_id, model).values("row_id"))


def has_changed(operation_id: int, model: type[Recorded]) -> bool:
    """Say whether an operation changed rows of a model. One look at the index, however many it changed."""
    # Asked for the first in its order: else PostgreSQL reads the whole record until it meets one of so many.
    return bool(_changes(operation_id, model).order_by("row_id").values("row_id")[:1])


def subjects_since(operation_id: int, model: type[Recorded]) -> list[int]:
    """Return the ids of the rows of a model that later operations were about, in order. Read by index."""
    later = OperationSubject.objects.filter(operation_id__gt=operation_id, table=model._meta.db_table)
    return list(later.order_by("row_id").values_list("row_id", flat=True).distinct())


def ids_changed_by(operation_id: int, model: type[Recorded]) -> list[int]:
    """Return the ids of the rows of a model that an operation changed, in order; also right after it has.

    A join with what this very transaction recorded would be planned for next to nothing, and take for ever.
    """
    return list(_changes(operation_id, model).order_by("row_id").values_list("row_id", flat=True))


def is_undone(operation_id: int) -> bool:
    """Say whether an operation was taken back, at least in part."""
    return OperationRecord.objects.filter(undoes=operation_id).exists()


def _changes(operation_id: int, model: type[Recorded]) -> "QuerySet[Change]":
    return Change.objects.filter(operation_id=operation_id, table=model._meta.db_table)
