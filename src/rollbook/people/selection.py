"""Users that were named by their ids: who of them is not there, and how to speak of many."""

from collections.abc import Collection

from django.db.models import QuerySet

from rollbook.common.text import listed
from rollbook.people.models import User

NAMED = 3


def missing_users(ids: Collection[int], found: "QuerySet[User]") -> list[str]:
    """Return a sentence for no ids at all, or for those that `found` lacks; nothing where all are there."""
    if not ids:
        return ["Nobody was chosen. Choose at least one user."]
    missing = sorted(set(ids) - set(found.values_list("pk", flat=True)))
    if not missing:
        return []
    return [f"There is no user {listed([f'#{i}' for i in missing[:NAMED]], len(missing))}."]


def names_of(users: "QuerySet[User]") -> str:
    """Return the first names and how many more; empty for nobody."""
    return listed([user.full_name for user in users.order_by("pk")[:NAMED]], users.count())
