"""Taking merges back after other things happened: in either order, and where a place is no longer free (CASES 28)."""

from itertools import product

import pytest

from rollbook.ledger.errors import Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import preview
from rollbook.lms.models import LMSAccount
from rollbook.operations.award_completion import award
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import actor_for
from rollbook.people.models import Identifier, User
from rollbook.training import activity
from rollbook.training.records import Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.operations.merge_cases import launch, merge, two_accounts
from tests.snapshots import differences, snapshot
from tests.training.stage import Stage, progress, state


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return two_accounts(cast)


def undo(cast: Cast, record: OperationRecord, *, conflicts: bool = False) -> OperationRecord:
    return do(cast.alice, Undo(operation_id=record.pk, include_conflicts=conflicts))


def current(user: User, stage: Stage) -> Enrolment | None:
    return Enrolment.objects.filter(user=user, course=stage.fire, current=True).first()


def in_the_way(record: OperationRecord) -> list[tuple[str, str]]:
    return [(c.table, c.state) for c in Undo(operation_id=record.pk).conflicts(10)]


@pytest.mark.parametrize("conflicts", list(product((False, True), repeat=2)))
def test_a_chain_taken_back_from_its_end_is_exact_whatever_is_asked_for(
    cast: Cast, stage: Stage, conflicts: tuple[bool, bool]
) -> None:
    start = snapshot()
    first = merge(cast.alice, cast.ben, cast.bea)
    second = merge(cast.alice, cast.mallory, cast.ben)
    undo(cast, second, conflicts=conflicts[0])
    undo(cast, first, conflicts=conflicts[1])
    assert differences(start, snapshot()) == set()


def test_a_chain_taken_back_from_its_beginning_leaves_what_moved_on_with_whoever_has_it_now(
    cast: Cast, stage: Stage
) -> None:
    first = merge(cast.alice, cast.ben, cast.bea)
    second = merge(cast.alice, cast.mallory, cast.ben)
    moved_on = snapshot()
    plan = preview(Undo(operation_id=first.pk), acting=actor_for(cast.alice))
    assert any("changed since" in warning for warning in plan.warnings)

    undone = undo(cast, first)
    cast.bea.refresh_from_db()
    assert (cast.bea.is_active, cast.bea.merged_into) == (True, None)
    assert Identifier.objects.get(value="00124").user == cast.mallory
    assert LMSAccount.objects.get(subject="v-bea").user == cast.mallory
    assert not Enrolment.objects.filter(user=cast.bea).exists()

    # And from there everything can still be taken back.
    undo(cast, undone)
    assert differences(moved_on, snapshot()) == set()
    undo(cast, second)
    assert Identifier.objects.get(value="00124").user == cast.ben


def test_identifiers_and_lms_accounts_go_back_and_let_the_duplicate_in_again(
    cast: Cast, stage: Stage
) -> None:
    record = merge(cast.alice, cast.ben, cast.bea)
    assert launch(cast.valley, "v-bea").user == cast.ben
    undo(cast, record)
    assert launch(cast.valley, "v-bea").user == cast.bea
    assert set(Identifier.objects.filter(user=cast.bea).values_list("value", flat=True)) == {"bea", "00124"}


def test_where_the_retrieved_duplicate_began_the_course_again_both_enrolments_stay_and_the_undo_says_so(
    cast: Cast, stage: Stage
) -> None:
    # Mallory’s, in progress, gave way to what Bea had completed; the undo would make Mallory’s current again.
    state(cast.bea, stage.fire, Status.COMPLETED)
    record = merge(cast.alice, cast.mallory, cast.bea)
    primarys = Enrolment.objects.get(user=cast.mallory, course=stage.fire, current=False)
    do(cast.alice, RetrieveUsers(user_ids=(cast.bea.pk,)))
    again = progress(cast.bea, stage.film, Status.IN_PROGRESS).enrolment

    assert in_the_way(record) == [("rollbook_enrolment", "taken")] * 2
    undo(cast, record)
    assert current(cast.bea, stage) == again
    assert current(cast.mallory, stage) != primarys


def test_an_enrolment_that_moved_on_is_in_the_way_though_the_merge_had_moved_it(
    cast: Cast, stage: Stage
) -> None:
    # Of the two duplicates Bea’s enrolment stayed current, and it is Mallory’s by now.
    first = merge(cast.alice, cast.lou, cast.bea, cast.mallory)
    do(cast.alice, RetrieveUsers(user_ids=(cast.mallory.pk,)))
    merge(cast.alice, cast.mallory, cast.lou)
    assert ("rollbook_enrolment", "taken") in in_the_way(first)
    kept = current(cast.mallory, stage)
    undo(cast, first)
    assert current(cast.mallory, stage) == kept
    cast.bea.refresh_from_db()
    assert cast.bea.is_active


def test_an_enrolment_of_which_only_the_flag_goes_back_is_in_the_way_of_the_duplicate_s(
    cast: Cast, stage: Stage
) -> None:
    with outside_the_ledger():
        Enrolment.objects.filter(user=cast.ben).update(whole=False)
        Enrolment.objects.filter(user=cast.bea).update(whole=True)
    first = merge(cast.alice, cast.ben, cast.bea)
    do(cast.alice, RetrieveUsers(user_ids=(cast.bea.pk,)))
    merge(cast.alice, cast.bea, cast.ben)
    # Ben’s became Bea’s current ones, where hers were.
    assert in_the_way(first) == [("rollbook_enrolment", "taken")] * 2
    bens = current(cast.bea, stage)
    undone = undo(cast, first)
    assert undone.counts == {"rollbook_enrolment": {"update": 2}}
    assert current(cast.bea, stage) == bens


def test_two_rows_that_would_go_back_to_one_place_are_refused_with_the_remedy(
    cast: Cast, stage: Stage
) -> None:
    start = snapshot()
    first = merge(cast.alice, cast.lou, cast.bea, cast.mallory)
    second = merge(cast.alice, cast.sam, cast.lou)
    third = undo(cast, first, conflicts=True)
    apart = snapshot()
    # Bea’s and Mallory’s are both current again, and this would make both of them Lou’s.
    both = preview(Undo(operation_id=second.pk, include_conflicts=True), acting=actor_for(cast.alice))
    assert not both.can_apply
    assert both.refusals[0].startswith("Several enrolments would take the same place")
    with pytest.raises(Refused, match="Several enrolments would take the same place"):
        undo(cast, second, conflicts=True)
    assert differences(apart, snapshot()) == set()
    for record in (third, second, first):
        undo(cast, record)
    assert differences(start, snapshot()) == set()


def test_what_the_learner_did_in_the_merged_record_stays_where_it_was_done(cast: Cast, stage: Stage) -> None:
    start = snapshot()
    record = merge(cast.alice, cast.bea, cast.mallory)
    begun = activity.start(cast.bea, stage.extra, award=award)
    activity.finish_video(begun.pk, begun.resets, seconds=60, duration=60, user=cast.bea, award=award)
    undo(cast, record)
    changed = {table for table, _ in differences(start, snapshot())}
    assert changed == {"rollbook_chapter_progress", "rollbook_attempt"}
