"""Removing a location."""

import pytest

from rollbook.ledger.errors import OutOfScope
from rollbook.ledger.writer import preview
from rollbook.operations.remove_location import RemoveLocation
from rollbook.people.access import actor_for
from rollbook.people.models import Location, ManagedLocation
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do, refusals


def test_an_empty_location_goes_and_is_managed_no_more(cast: Cast) -> None:
    with outside_the_ledger():
        ash = Location.objects.create(name="Ash", parent=cast.north)
        ManagedLocation.objects.create(user=cast.lou, location=ash)
    do(cast.carla, RemoveLocation(location_id=ash.pk))
    assert [managed.location for managed in cast.lou.managed_locations.all()] == [cast.oak]


def test_a_location_in_which_something_lives_stays_and_says_what(cast: Cast) -> None:
    assert refusals(cast.alice, RemoveLocation(location_id=cast.north.pk)) == (
        "North is not empty: 2 users, 1 location and 2 LMSs would lose their place. Move them first."
    )


def test_a_location_that_somebody_beyond_reach_manages_is_not_removed(cast: Cast) -> None:
    with outside_the_ledger():
        elm = Location.objects.create(name="Elm", parent=cast.north)
        ManagedLocation.objects.create(user=cast.sam, location=elm)
    with pytest.raises(OutOfScope):
        preview(RemoveLocation(location_id=elm.pk), acting=actor_for(cast.carla))
