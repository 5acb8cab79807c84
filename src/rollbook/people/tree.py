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
