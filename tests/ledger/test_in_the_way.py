"""Rows that hold what must be unique stand in the way of an undo: which ones, and which not."""

import pytest
from django.db import connection
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Concat

from rollbook.ledger.effects import Create, Remove, Update
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.lms.models import LMSAccount
from rollbook.people.models import Identifier, Location
from tests.cast import Cast
from tests.ledger.doing import OPERATOR, do, undo
from tests.snapshots import differences, snapshot


def states(record: OperationRecord) -> list[str]:
    return [conflict.state for conflict in Undo(operation_id=record.pk).conflicts(10)]


def named(place: Location) -> Location:
    return Location.objects.get(pk=place.pk)


def test_a_name_at_the_top_of_the_tree_that_another_location_has_now_is_taken(cast: Cast) -> None:
    name = cast.north.name
    top = Location.objects.filter(pk=cast.north.pk)
    assert named(cast.north).parent is None
    renamed = do(lambda: Update(top, {"name": "Far North"}))
    do(lambda: Create(Location, {"name": name}))
    assert states(renamed) == ["taken"]


def test_of_a_row_that_was_moved_since_the_place_counts_where_it_is_now(cast: Cast) -> None:
    both = Location.objects.filter(pk__in=[cast.oak.pk, cast.south.pk])
    where, name = cast.oak.parent, cast.oak.name
    # One statement gives both a new name, and only the South a new parent.
    new_name = Concat("name", Value(" again"))
    renamed = do(lambda: Update(both, {"name": new_name, "parent": cast.north}))
    do(lambda: Update(Location.objects.filter(pk=cast.oak.pk), {"parent": None}))
    do(lambda: Create(Location, {"name": name, "parent": where}))
    assert states(renamed) == []


def test_two_rows_that_are_in_the_way_of_one_both_make_way(cast: Cast) -> None:
    account = cast.bens_account
    removed = do(lambda: Remove(LMSAccount.objects.filter(pk=account.pk)))
    do(
        lambda: Create(
            LMSAccount,
            {"lms": cast.hillside, "subject": account.subject, "user": cast.bea, "lms_user_id": "NEW"},
        ),
        lambda: Create(
            LMSAccount,
            {
                "lms": cast.hillside,
                "subject": "another",
                "user": cast.dora,
                "lms_user_id": account.lms_user_id,
            },
        ),
    )
    assert states(removed) == ["taken"]
    record = undo(removed, include_conflicts=True)
    assert record.counts == {"rollbook_lms_account": {"remove": 2, "create": 1}}
    assert list(LMSAccount.objects.values_list("pk", "user")) == [(account.pk, cast.ben.pk)]


def test_moments_are_compared_as_moments_whatever_the_time_zone_of_the_connection(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Tokyo'")
        removed = do(lambda: Remove(LMSAccount.objects.filter(pk=cast.bens_account.pk)))
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        back = undo(removed)
        cursor.execute("SET LOCAL TIME ZONE 'America/New_York'")
        assert states(back) == []
        undo(back)
    assert not LMSAccount.objects.filter(pk=cast.bens_account.pk).exists()


def number(value: str) -> "QuerySet[Identifier]":
    return Identifier.objects.filter(value=value)


def test_a_row_whose_other_columns_go_back_makes_no_way_by_that(cast: Cast) -> None:
    # Bea’s number gets another user only, and Ben’s the value, which Bea’s has since.
    bens, beas = number("00123").get().pk, number("00124").get().pk
    both = do(
        lambda: Update(Identifier.objects.filter(pk=bens), {"value": "7"}),
        lambda: Update(Identifier.objects.filter(pk=beas), {"user": cast.dora}),
    )
    do(lambda: Update(Identifier.objects.filter(pk=beas), {"value": "00123"}))
    assert states(both) == ["taken"]
    record = undo(both)
    assert record.counts == {"rollbook_identifier": {"update": 1}}
    assert number("00123").get().user == cast.bea


@pytest.mark.parametrize("steps", [2, 3])
def test_asked_for_only_what_came_since_makes_way_for_rows_that_took_each_other_s_places(
    cast: Cast, steps: int
) -> None:
    values = ["00123", "00124", "00999"][:steps]
    rows = [number(value).get().pk for value in values]
    moved = do(
        *(
            lambda pk=pk, value=value: Update(Identifier.objects.filter(pk=pk), {"value": value})
            for pk, value in zip(rows, ["7", *values], strict=False)
        )
    )
    do(lambda: Create(Identifier, {"attribute": cast.student_id, "value": values[-1], "user": cast.dora}))
    taken = snapshot()
    record = undo(moved, include_conflicts=True)
    assert record.counts == {"rollbook_identifier": {"remove": 1, "update": steps}}
    assert (
        list(Identifier.objects.filter(pk__in=rows).order_by("pk").values_list("value", flat=True)) == values
    )
    undo(record)
    assert differences(taken, snapshot()) == set()


@pytest.mark.parametrize("top", [True, False])
def test_two_rows_that_were_moved_to_one_place_since_cannot_both_have_their_name_again(
    cast: Cast, top: bool
) -> None:
    places = Location.objects.filter(pk__in=[cast.oak.pk, cast.south.pk])
    do(lambda: Update(places, {"name": "Hall"}))
    renamed = do(lambda: Update(places, {"name": Concat("name", "id", output_field=CharField())}))
    do(lambda: Update(places, {"parent": None if top else cast.north}))
    plan = preview(Undo(operation_id=renamed.pk), acting=OPERATOR)
    assert list(plan.refusals) == [
        "Several locations would take the same place. Undo first what was done since, the latest first."
    ]
