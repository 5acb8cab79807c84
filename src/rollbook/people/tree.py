"""The tree of locations."""

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from rollbook.people.models import Location

ANCESTORS = """
WITH RECURSIVE above(id, parent_id) AS (
  SELECT id, parent_id FROM rollbook_location WHERE id = %s
  UNION SELECT l.id, l.parent_id FROM rollbook_location l JOIN above a ON l.id = a.parent_id
) SELECT id FROM above
"""


# As an array that PostgreSQL makes once: it would walk the tree again for each of many rows wherever it takes them to
# be few, as it does in tables that were filled since it last looked.
ONCE = "SELECT unnest(ARRAY(SELECT {}))"


def locations_below(location_id: int) -> RawSQL:
    """Return SQL for the ids of a location and all below it."""
    return RawSQL(ONCE.format("rollbook_locations_below(ARRAY[%s::bigint])"), [location_id])  # noqa: S611  # constant


def locations_managed(user_id: int) -> RawSQL:
    """Return SQL for the ids of the locations that a user manages, and all below them."""
    return RawSQL(ONCE.format("rollbook_locations_managed(%s)"), [user_id])  # noqa: S611  # constant


def locations_above(location_id: int | None) -> "QuerySet[Location]":
    """Return a location and all above it, in no order; none for None."""
    above = RawSQL(ANCESTORS, [location_id])  # noqa: S611  # the SQL is constant
    return Location.objects.filter(pk__in=above)


def learners_may_reset(location_id: int | None) -> bool:
    """Say whether learners of a location may reset what they have in progress.

    As it or the next one above it says; None stands for what holds above the top: they may.
    """
    above = {place.pk: place for place in locations_above(location_id)}
    place = above.get(location_id or 0)
    while place is not None:
        if place.learners_may_reset is not None:
            return place.learners_may_reset
        place = above.get(place.parent_id or 0)
    return True
