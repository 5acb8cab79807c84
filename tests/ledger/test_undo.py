"""Undo is one routine for every operation: what nothing touched since goes back, the rest is shown and left alone."""

import pytest

from rollbook.ledger.effects import Create, Remove, Update
from rollbook.ledger.errors import NothingToDo, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Conflict, Undo
from rollbook.ledger.writer import preview
from rollbook.lms.models import LMS, LMSAccount
from rollbook.people.models import Identifier, Location, User
from tests.cast import Cast
from tests.ledger.doing import OPERATOR, do, only, undo
from tests.snapshots import differences, snapshot


def conflicts(record: OperationRecord) -> list[Conflict]:
    return Undo(operation_id=record.pk).conflicts(10)


def rename(user: User, **values: str) -> OperationRecord:
    return do(lambda: Update(only(user), values))


def now(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_only_the_columns_that_the_operation_changed_go_back(cast: Cast) -> None:
    first = rename(cast.ben, first_name="Benjamin")
    rename(cast.ben, last_name="Bakerson")
    undo(first)
    assert now(cast.ben).full_name == "Ben Bakerson"


def test_a_row_keeps_its_own_value_in_a_column_that_only_other_rows_changed(cast: Cast) -> None:
    both = do(
        lambda: Update(
            User.objects.filter(pk__in=[cast.ben.pk, cast.bea.pk]), {"first_name": "Ben", "last_name": "X"}
        )
    )
    rename(
        cast.ben, first_name="Benedict"
    )  # the operation left Ben's first name as it was: this is later work
    undo(both)
    assert (now(cast.ben).full_name, now(cast.bea).full_name) == ("Benedict Baker", "Bea Brown")


def test_a_column_changed_since_is_a_conflict_that_names_the_later_operation(cast: Cast) -> None:
    first = do(lambda: Update(User.objects.filter(pk__in=[cast.ben.pk, cast.bea.pk]), {"first_name": "Sam"}))
    later = rename(cast.ben, first_name="Samuel")
    (conflict,) = conflicts(first)
    assert (conflict.row_id, conflict.state, conflict.later) == (cast.ben.pk, "changed", later)
    undo(first)
    assert (now(cast.ben).first_name, now(cast.bea).first_name) == ("Samuel", "Bea")


def test_a_conflict_goes_back_when_asked_for(cast: Cast) -> None:
    first = rename(cast.ben, first_name="Sam")
    rename(cast.ben, first_name="Samuel")
    with pytest.raises(NothingToDo):
        undo(first)
    undo(first, include_conflicts=True)
    assert now(cast.ben).first_name == "Ben"


def test_an_undone_operation_has_nothing_left_to_undo(cast: Cast) -> None:
    first = rename(cast.ben, first_name="Sam")
    undo(first)
    with pytest.raises(NothingToDo):
        undo(first)


def test_a_chain_undoes_from_the_end_to_the_very_beginning(cast: Cast) -> None:
    before = snapshot()
    records = [rename(cast.ben, first_name=name) for name in ("One", "Two", "Three")]
    for record in reversed(records):
        undo(record)
    assert differences(before, snapshot()) == set()


def test_a_removed_lms_account_whose_place_is_taken_again_is_a_conflict(cast: Cast) -> None:
    removed = do(lambda: Remove(LMSAccount.objects.filter(pk=cast.bens_account.pk)))
    place = {"lms": cast.hillside, "subject": "h-ben", "user": cast.bea, "lms_user_id": "NEW"}
    do(lambda: Create(LMSAccount, place))
    assert [c.state for c in conflicts(removed)] == ["taken"]
    with pytest.raises(NothingToDo):
        undo(removed)


def test_asked_for_the_row_in_the_way_makes_way_and_that_is_recorded_too(cast: Cast) -> None:
    removed = do(lambda: Remove(LMSAccount.objects.filter(pk=cast.bens_account.pk)))
    place = {"lms": cast.hillside, "subject": "h-ben", "user": cast.bea, "lms_user_id": "NEW"}
    do(lambda: Create(LMSAccount, place))
    taken = snapshot()
    record = undo(removed, include_conflicts=True)
    assert list(LMSAccount.objects.values_list("user", "lms_user_id")) == [(cast.ben.pk, "LMSBEN000001")]
    assert record.counts == {"rollbook_lms_account": {"remove": 1, "create": 1}}
    undo(record)
    assert differences(taken, snapshot()) == set()


def test_an_email_that_somebody_else_has_now_never_goes_back(cast: Cast) -> None:
    moved = rename(cast.ben, email="other@example.org")
    rename(cast.bea, email="BEN.baker@example.org")
    assert [c.state for c in conflicts(moved)] == ["taken"]
    for include_conflicts in (False, True):
        with pytest.raises(NothingToDo):
            undo(moved, include_conflicts=include_conflicts)


def test_what_the_table_does_not_take_beside_later_work_stays_and_the_other_rows_go_back(cast: Cast) -> None:
    both = User.objects.filter(pk__in=[cast.ben.pk, cast.bea.pk])
    deactivated = do(lambda: Update(both, {"status": "inactive"}))
    do(lambda: Update(only(cast.bea), {"status": "active"}))
    merged = do(lambda: Update(only(cast.bea), {"status": "inactive", "merged_into": cast.alice}))
    (conflict,) = conflicts(deactivated)
    assert (conflict.row_id, conflict.reason) == (cast.bea.pk, "what was done since does not allow it")
    assert conflict.later == merged
    for include_conflicts in (False, True):
        plan = preview(
            Undo(operation_id=deactivated.pk, include_conflicts=include_conflicts), acting=OPERATOR
        )
        assert plan.counts == {"rollbook_user": {"update": 1}}
    undo(deactivated)
    assert (now(cast.ben).status, now(cast.bea).status) == ("active", "inactive")
    undo(merged)
    assert (now(cast.bea).status, now(cast.bea).merged_into) == ("active", None)


def test_values_that_two_rows_swapped_step_by_step_go_back_the_same_way(cast: Cast) -> None:
    before = snapshot()
    swap = do(
        lambda: Update(Identifier.objects.filter(user=cast.mallory), {"value": "parked"}),
        lambda: Update(
            Identifier.objects.filter(user=cast.ben, attribute=cast.student_id), {"value": "00999"}
        ),
    )
    undo(swap)
    assert differences(before, snapshot()) == set()


def test_a_created_user_who_has_identifiers_since_is_not_removed(cast: Cast) -> None:
    values = {"first_name": "Nina", "email": "nina@example.org", "location": cast.oak}
    created = do(lambda: Create(User, values))
    nina = User.objects.get(email="nina@example.org")
    do(lambda: Create(Identifier, {"attribute": cast.student_id, "value": "7", "user": nina}))
    assert [c.state for c in conflicts(created)] == ["needed"]
    with pytest.raises(NothingToDo):
        undo(created, include_conflicts=True)


def test_a_created_user_whose_identifier_was_changed_since_stays_with_it_unless_asked_for(cast: Cast) -> None:
    before = snapshot()
    nina = Create(User, {"first_name": "Nina", "email": "nina@example.org", "location": cast.oak})
    created = do(
        lambda: nina, lambda: Create(Identifier, {"attribute": cast.student_id, "value": "7", "user": nina})
    )
    edited = do(lambda: Update(Identifier.objects.filter(value="7"), {"value": "8"}))
    assert {c.table: c.state for c in conflicts(created)} == {
        "rollbook_user": "needed",
        "rollbook_identifier": "changed",
    }
    with pytest.raises(NothingToDo):
        undo(created)
    with_all = undo(created, include_conflicts=True)
    assert differences(before, snapshot()) == set()
    undo(with_all)
    undo(edited)
    undo(created)
    assert differences(before, snapshot()) == set()


def test_a_user_and_the_identifiers_created_with_her_are_removed_together(cast: Cast) -> None:
    before = snapshot()
    nina = Create(User, {"first_name": "Nina", "email": "nina@example.org", "location": cast.oak})
    created = do(
        lambda: nina, lambda: Create(Identifier, {"attribute": cast.student_id, "value": "7", "user": nina})
    )
    undo(created)
    assert differences(before, snapshot()) == set()


def test_a_removed_row_whose_owner_is_gone_stays_removed(cast: Cast) -> None:
    elm = do(lambda: Create(Location, {"name": "Elm", "parent": None}))
    inside = Location.objects.get(name="Elm")
    do(lambda: Create(Location, {"name": "Room", "parent": inside}))
    removed = do(lambda: Remove(Location.objects.filter(name="Room")))
    undo(elm)
    assert [c.state for c in conflicts(removed)] == ["needed"]
    with pytest.raises(NothingToDo):
        undo(removed, include_conflicts=True)


@pytest.mark.parametrize("include_conflicts", [False, True])
def test_what_a_user_had_stays_removed_with_the_user_whose_address_is_taken(
    cast: Cast, include_conflicts: bool
) -> None:
    values = {"first_name": "Nina", "email": "nina@example.org", "location": cast.oak}
    nina, other = Create(User, values), Create(User, {**values, "email": "other@example.org"})
    created = do(
        lambda: nina,
        lambda: other,
        lambda: Create(Identifier, {"attribute": cast.student_id, "value": "7", "user": nina}),
        lambda: Create(Identifier, {"attribute": cast.student_id, "value": "8", "user": other}),
    )
    removed = undo(created)
    do(lambda: Create(User, values))
    assert {c.table: c.state for c in conflicts(removed)} == {
        "rollbook_user": "taken",
        "rollbook_identifier": "needed",
    }
    record = undo(removed, include_conflicts=include_conflicts)
    assert record.counts == {"rollbook_user": {"create": 1}, "rollbook_identifier": {"create": 1}}
    assert Identifier.objects.get(value="8").user.email == "other@example.org"


def test_lists_nulls_and_moments_come_back_exactly(cast: Cast) -> None:
    before = snapshot()
    edited = do(
        lambda: Update(
            LMS.objects.filter(pk=cast.hillside.pk), {"matchers": [], "email_domains": ["a.example", "b"]}
        ),
        lambda: Update(only(cast.dora), {"merged_into": cast.ben}),
        lambda: Remove(LMSAccount.objects.filter(pk=cast.bens_account.pk)),
    )
    undo(edited)
    assert differences(before, snapshot()) == set()


def test_the_preview_of_an_undo_says_what_goes_back_and_what_does_not(cast: Cast) -> None:
    first = do(lambda: Update(User.objects.filter(pk__in=[cast.ben.pk, cast.bea.pk]), {"first_name": "Sam"}))
    rename(cast.ben, first_name="Samuel")
    plan = preview(Undo(operation_id=first.pk), acting=OPERATOR)
    assert plan.counts == {"rollbook_user": {"update": 1}}
    assert list(plan.warnings) == ["1 row cannot simply go back: changed since."]
    (row,) = plan.effects[0].sample(5)
    assert (row.before, row.after) == ({"first_name": "Sam"}, {"first_name": "Bea"})


def test_the_preview_of_an_undo_that_is_to_win_shows_what_it_overwrites(cast: Cast) -> None:
    first = rename(cast.ben, first_name="Sam")
    rename(cast.ben, first_name="Samuel")
    plan = preview(Undo(operation_id=first.pk, include_conflicts=True), acting=OPERATOR)
    (row,) = plan.effects[0].sample(5)
    assert (row.before, row.after) == ({"first_name": "Samuel"}, {"first_name": "Ben"})


def test_the_preview_of_an_undo_shows_no_change_of_what_stays(cast: Cast) -> None:
    people = User.objects.filter(pk__in=[cast.ben.pk, cast.bea.pk])
    both = do(lambda: Update(people, {"first_name": "Ben", "last_name": "X"}))
    rename(cast.ben, first_name="Benedict")
    plan = preview(Undo(operation_id=both.pk), acting=OPERATOR)
    shown = {
        row.after["last_name"]: (row.before, row.after) for row in plan.effects[0].sample(5) if row.after
    }
    assert shown == {
        "Baker": (
            {"first_name": "Benedict", "last_name": "X"},
            {"first_name": "Benedict", "last_name": "Baker"},
        ),
        "Brown": ({"first_name": "Ben", "last_name": "X"}, {"first_name": "Bea", "last_name": "Brown"}),
    }


def test_an_undo_never_takes_the_last_super_user(cast: Cast) -> None:
    promoted = do(lambda: Update(only(cast.carla), {"access_level": "super_user"}))
    do(lambda: Update(only(cast.alice), {"access_level": "learner"}))
    with pytest.raises(Refused, match="nobody who may do everything"):
        undo(promoted)
    assert now(cast.carla).access_level == "super_user"
