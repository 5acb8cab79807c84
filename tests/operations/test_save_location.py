"""Creating, renaming and moving locations."""

import pytest

from rollbook.ledger.errors import NothingToDo, OutOfScope
from rollbook.ledger.writer import preview
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import actor_for
from rollbook.people.models import Location
from rollbook.people.tree import learners_may_reset
from tests.cast import Cast
from tests.operations.doing import do, refusals


def test_a_location_is_created_under_another(cast: Cast) -> None:
    record = do(cast.carla, SaveLocation(name=" Ash ", parent_id=cast.oak.pk))
    ash = Location.objects.get(pk__in=record.created_ids("rollbook_location"))
    assert (ash.name, ash.parent) == ("Ash", cast.oak)


def test_a_location_is_renamed_and_stays_where_it_is(cast: Cast) -> None:
    do(cast.carla, SaveLocation(location_id=cast.oak.pk, name="Oak House", parent_id=cast.north.pk))
    cast.oak.refresh_from_db()
    assert (cast.oak.name, cast.oak.parent) == ("Oak House", cast.north)
    with pytest.raises(NothingToDo):
        do(cast.carla, SaveLocation(location_id=cast.oak.pk, name="Oak House", parent_id=cast.north.pk))


def test_a_location_is_moved_and_the_preview_says_what_that_means(cast: Cast) -> None:
    operation = SaveLocation(location_id=cast.oak.pk, name="Oak", parent_id=cast.south.pk)
    plan = preview(operation, acting=actor_for(cast.alice))
    assert plan.notes[0].what == "Oak moves under South with all below it"
    do(cast.alice, operation)
    assert actor_for(cast.sam).sees_users().filter(pk=cast.ben.pk).exists()


def test_a_move_under_itself_or_below_is_refused(cast: Cast) -> None:
    for parent in (cast.north, cast.oak):
        said = refusals(
            cast.alice, SaveLocation(location_id=cast.north.pk, name="North", parent_id=parent.pk)
        )
        assert said == "North cannot be moved under itself. Choose a place outside of it."


def test_a_name_is_used_once_at_a_place(cast: Cast) -> None:
    assert "another location “Oak”" in refusals(cast.carla, SaveLocation(name="Oak", parent_id=cast.north.pk))
    assert "another location “North”" in refusals(cast.alice, SaveLocation(name="North"))
    assert refusals(cast.alice, SaveLocation(name="Oak", parent_id=cast.south.pk)) == ""


def test_nobody_builds_or_moves_beyond_his_own_locations(cast: Cast) -> None:
    assert "top of the tree" in refusals(cast.carla, SaveLocation(name="West"))
    beyond = "There is no such location among those that you manage. Choose another one."
    assert refusals(cast.carla, SaveLocation(name="Ash", parent_id=cast.south.pk)) == beyond
    moved = SaveLocation(location_id=cast.oak.pk, name="Oak", parent_id=cast.south.pk)
    assert refusals(cast.carla, moved) == beyond
    with pytest.raises(OutOfScope):
        preview(SaveLocation(location_id=cast.south.pk, name="Mine"), acting=actor_for(cast.carla))


def test_a_name_is_needed(cast: Cast) -> None:
    assert "The name is empty" in refusals(cast.alice, SaveLocation(name="  "))


def test_whether_learners_may_reset_is_said_here_or_by_the_next_location_above(cast: Cast) -> None:
    no = SaveLocation(location_id=cast.north.pk, name="North", learners_may_reset=False)
    note = preview(no, acting=actor_for(cast.alice)).notes[0]
    assert note.what == "Learners may not reset what they have in progress"
    do(cast.alice, no)
    assert not learners_may_reset(cast.oak.pk)
    do(
        cast.carla,
        SaveLocation(location_id=cast.oak.pk, name="Oak", parent_id=cast.north.pk, learners_may_reset=True),
    )
    assert learners_may_reset(cast.oak.pk)
    again = SaveLocation(location_id=cast.oak.pk, name="Oak", parent_id=cast.north.pk)
    note = preview(again, acting=actor_for(cast.carla)).notes[0]
    assert note.what == "Learners may not reset what they have in progress"
    assert note.why.startswith("as the location above it has it")
