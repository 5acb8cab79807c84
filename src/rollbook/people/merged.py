"""Who was merged into a user, directly or by way of others, and telling that user's learner once."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from rollbook.common.text import listed
from rollbook.people.models import User

INTO = """
WITH RECURSIVE duplicate(id) AS (
  SELECT id FROM rollbook_user WHERE merged_into_id = %s
  UNION SELECT u.id FROM rollbook_user u JOIN duplicate d ON u.merged_into_id = d.id
) SELECT id FROM duplicate
"""


def merged_away(primary_id: int) -> "QuerySet[User]":
    """Return who was merged into a user, also those who were merged into one of them."""
    return User.objects.filter(pk__in=RawSQL(INTO, [primary_id]))  # noqa: S611  # the SQL is constant


def tell_once(user: User) -> list[User]:
    """Return the duplicates of which the user was not told yet, and remember that now it happens.

    One query where there is nothing to tell.
    """
    untold = list(merged_away(user.pk).filter(merge_told=False).order_by("pk"))
    waiting = User.objects.filter(pk__in=[each.pk for each in untold], merge_told=False)
    # Of two pages at one moment, one tells.
    return untold if untold and waiting.update(merge_told=True) else []


def known_to_themselves(duplicates: Iterable[User]) -> str:
    """Return the accounts as their owner knows them: "bea.brown@example.org and Bea Brown"."""
    return listed([user.email or user.full_name for user in duplicates])
