"""What was removed for good after its time: the operations that had set it aside can no longer be undone."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import F

from rollbook.ledger.models import Purge
from rollbook.ledger.tables import Recorded


def note_purged(model: type[Recorded], operations: Iterable[int | None]) -> Counter[int]:
    """Record the purge of rows, given the operation of each, and return {operation id: rows}. Call it when removing."""
    counts = Counter(pk for pk in operations if pk is not None)
    for pk, rows in counts.items():
        purge, made = Purge.objects.get_or_create(
            operation_id=pk, table=model._meta.db_table, defaults={"rows": rows}
        )
        if not made:
            Purge.objects.filter(pk=purge.pk).update(rows=F("rows") + rows)
    return counts


def purged_of(operation_id: int) -> list[Purge]:
    """Return what was purged of an operation."""
    return list(Purge.objects.filter(operation=operation_id).order_by("pk"))
