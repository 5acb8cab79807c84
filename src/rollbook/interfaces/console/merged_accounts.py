"""Who was merged into a user, when, by whom, and how to take it back: as far as the actor may know."""

from dataclasses import dataclass

from rollbook.ledger.models import OperationRecord
from rollbook.people.access import UserActor
from rollbook.people.history import merges_of, seen_operations
from rollbook.people.merged import merged_away
from rollbook.people.models import User


@dataclass(frozen=True)
class Merge:
    """One duplicate, None where the actor may not look at it; `by_way_of` is whom it was merged into before.

    `record` is the operation, None where the actor may not look at that; `may_undo` says whether it may be taken back.
    """

    duplicate: User | None
    by_way_of: User | None
    record: OperationRecord | None
    may_undo: bool


def merged_accounts(actor: UserActor, primary: User) -> list[Merge]:
    """Return who was merged into a user, also by way of others, the last merge first. Three queries at most."""
    duplicates = list(merged_away(primary.pk).select_related("merged_into").order_by("pk"))
    if not duplicates:
        return []
    seen = actor.sees_users().in_bulk([user.pk for user in duplicates])
    records = merges_of(duplicates, seen_operations(actor))
    merges = [_merge(actor, user, records.get(user.pk), primary, seen) for user in duplicates]
    return sorted(merges, key=lambda each: each.record.pk if each.record else 0, reverse=True)


def merge_of(actor: UserActor, user: User) -> Merge | None:
    """Return the merge that made a user a duplicate, None for others."""
    if user.merged_into is None:
        return None
    record = merges_of([user], seen_operations(actor)).get(user.pk)
    return _merge(actor, user, record, user.merged_into, {})


def _merge(
    actor: UserActor, user: User, record: OperationRecord | None, primary: User, seen: dict[int, User]
) -> Merge:
    way = seen.get(user.merged_into_id or 0) if user.merged_into_id != primary.pk else None
    return Merge(seen.get(user.pk), way, record, bool(record and actor.may(record.right)))
