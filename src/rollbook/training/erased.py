"""How long erased training is kept for undo: afterwards it is removed for good."""

import logging
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rollbook.ledger.purges import note_purged
from rollbook.training.records import Attempt, ChapterProgress

BATCH = 5000
log = logging.getLogger(__name__)


def purge(days: int) -> int:
    """Remove chapter progress that was erased more than `days` days ago, with its attempts, and return how many.

    The days count from the last operation: what a redo erased again keeps its date of long ago. In batches, each of
    which is whole by itself.
    """
    operations: Counter[int] = Counter()
    removed = 0
    while (found := _purge_batch(days)) is not None:
        rows, of_operations = found
        removed += rows
        operations.update(of_operations)
    for operation, rows in sorted(operations.items()):
        log.info("Purged for good: %s rows of chapter progress that operation %s erased", rows, operation)
    return removed


def _purge_batch(days: int) -> tuple[int, Counter[int]] | None:
    before = timezone.now() - timedelta(days=days)
    old = ChapterProgress.objects.filter(
        Q(last_operation__at__lt=before) | Q(last_operation=None), erased_at__lt=before
    )
    with transaction.atomic():
        # Whoever undoes at this moment has the rows; they are then no longer erased.
        locked = old.select_for_update(skip_locked=True, of=("self",))
        rows = dict(locked.values_list("pk", "last_operation")[:BATCH])
        if not rows:
            return None
        Attempt.objects.filter(progress__in=rows).delete()
        ChapterProgress.objects.filter(pk__in=rows).delete()
        return len(rows), note_purged(ChapterProgress, rows.values())
