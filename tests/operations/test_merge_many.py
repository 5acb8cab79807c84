"""Many merges at once: what becomes of each row of a spreadsheet, all of it done and undone together or one by one."""

from typing import cast

import pytest

from rollbook.common.sheet_in import UnreadableSheet
from rollbook.ledger.errors import NothingToDo, StalePlan
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.ledger.verify import broken_invariants
from rollbook.ledger.writer import Done, apply, preview
from rollbook.operations.merge_many_users import MergeManyPlan, MergeManyUsers
from rollbook.operations.merge_users import MOST, MergeUsers
from rollbook.people.access import actor_for, operator
from rollbook.people.models import AccessLevel, Identifier, User
from rollbook.people.pairs import Outcome, Pair, pairs_in
from rollbook.people.profile_checks import LAST_SUPER_USER
from rollbook.training.records import Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.cast import user as make_user
from tests.operations.doing import do
from tests.operations.merge_cases import two_accounts
from tests.snapshots import differences, snapshot

REFUSED, NOTHING, MERGE = Outcome.REFUSED, Outcome.NOTHING, Outcome.MERGE


def pairs_of(*cells: tuple[object, object]) -> MergeManyUsers:
    """Return the operation of a spreadsheet of (Primary, duplicate), whose first row has number 1."""
    return MergeManyUsers(pairs=tuple(Pair(i, str(p), str(d)) for i, (p, d) in enumerate(cells, 1)))


def plan_of(who: User, operation: MergeManyUsers) -> MergeManyPlan:
    return cast("MergeManyPlan", preview(operation, acting=actor_for(who)))


def results(who: User, *cells: tuple[object, object]) -> list[tuple[Outcome, str]]:
    return [(one.outcome, one.why) for one in plan_of(who, pairs_of(*cells)).results]


def into(user: User) -> User | None:
    return User.objects.get(pk=user.pk).merged_into


@pytest.fixture
def four(cast: Cast) -> list[User]:
    """Return four more learners in North, in the order of their names."""
    with outside_the_ledger():
        return [make_user(name, "North", cast.north) for name in ("Ann", "Bob", "Cem", "Dan")]


# Whom a row means.


def test_primary_and_duplicate_are_named_by_any_username_attribute_e_mail_or_id_number(
    cast: Cast, four: list[User]
) -> None:
    ann, bob, cem, dan = four
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="annie", user=ann)
    record = do(
        cast.carla,
        pairs_of(("00123", "BEA.BROWN@example.org"), ("annie", f"#{bob.pk}"), (cem.email, dan.email)),
    )
    assert [into(user) for user in (cast.bea, bob, dan)] == [cast.ben, ann, cem]
    assert record.summary == "Merge 3 duplicates into 3 Primaries"


def test_a_number_is_an_identifier_and_an_id_number_only_with_its_sign(cast: Cast) -> None:
    assert results(cast.carla, ("00123", cast.bea.pk)) == [
        (REFUSED, f"“{cast.bea.pk}” is not there, or beyond your locations or access level")
    ]


def test_whoever_is_beyond_reach_is_not_told_from_nobody_and_does_not_stop_the_others(cast: Cast) -> None:
    found = results(cast.carla, ("00123", "00999"), ("00123", "nobody"), ("00123", "00124"))
    assert found == [
        (REFUSED, "“00999” is not there, or beyond your locations or access level"),
        (REFUSED, "“nobody” is not there, or beyond your locations or access level"),
        (MERGE, ""),
    ]


def test_a_name_of_several_users_is_refused_with_their_numbers(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="00123", user=cast.bea)
    ((outcome, why),) = results(cast.carla, ("00123", "00124"))
    assert outcome == REFUSED
    assert why == f"“00123” means more than one user: give #{cast.ben.pk} and #{cast.bea.pk} instead"


def test_a_number_shortened_by_a_spreadsheet_program_is_recognised(cast: Cast) -> None:
    ((_, why),) = results(cast.carla, ("2.5499339E+07", "00124"))
    assert (
        why
        == "“2.5499339E+07” is a number that a spreadsheet program has shortened: format the column as text"
    )


def test_a_row_with_too_few_cells_says_what_is_missing(cast: Cast) -> None:
    operation = MergeManyUsers(pairs=pairs_in("Primary,Duplicate\n00123\n,00124\n00123,00124\n"))
    assert [(one.pair.row, one.why) for one in plan_of(cast.carla, operation).results] == [
        (2, "the duplicate is missing"),
        (3, "the Primary is missing"),
        (4, ""),
    ]


# The rules of a merge hold for each row.


def test_each_row_is_refused_by_itself_for_what_a_merge_is_refused_for(cast: Cast, four: list[User]) -> None:
    ann, bob, cem, dan = four
    do(cast.carla, MergeUsers(primary_id=ann.pk, duplicate_ids=(bob.pk,)))
    found = results(
        cast.carla,
        ("00123", cast.dora.email),
        ("00123", f"#{cast.ben.pk}"),
        (f"#{cem.pk}", f"#{bob.pk}"),
        ("00124", cast.lou.email),
        (f"#{cem.pk}", f"#{dan.pk}"),
    )
    assert found == [
        (REFUSED, "Dora Dunn is inactive. Retrieve the user first."),
        (REFUSED, "both are Ben Baker: nobody is merged into the same account"),
        (
            REFUSED,
            "Bob North was merged into Ann North already. Choose Ann North instead, or retrieve Bob North first.",
        ),
        (
            REFUSED,
            "Lou Lane is location manager. Only a super user merges an account above learner away: ask one.",
        ),
        (MERGE, ""),
    ]


def test_a_spreadsheet_that_would_leave_nobody_who_may_do_everything_is_refused(cast: Cast) -> None:
    with outside_the_ledger():
        sue = make_user("Sue", "Super", cast.north, access_level=AccessLevel.SUPER_USER)
    one, both = pairs_of(("00123", "alice")), pairs_of(("00123", "alice"), ("00124", sue.email))
    assert preview(one, acting=operator("tests")).can_apply
    plan = preview(both, acting=operator("tests"))
    assert plan.refusals == [LAST_SUPER_USER]


def test_more_duplicates_of_one_primary_than_one_merge_takes_are_refused(cast: Cast) -> None:
    with outside_the_ledger():
        many = [make_user(f"Twin{i}", "Oak", cast.oak) for i in range(MOST + 1)]
    found = results(cast.carla, *((cast.ben.email, user.email) for user in many))
    assert set(found) == {
        (REFUSED, f"Ben Baker has {MOST + 1} duplicates here: give {MOST} at most at one time")
    }


# Chains and circles.


def test_pairs_in_a_circle_are_refused_and_the_circle_is_named(cast: Cast, four: list[User]) -> None:
    a, b, c, _ = (user.email for user in four)
    circle = f"row 1: {b} → {a}, row 2: {c} → {b} and row 4: {a} → {c}"
    assert results(cast.carla, (a, b), (b, c), ("00123", "00124"), (c, a)) == [
        (REFUSED, f"these go in a circle ({circle}): decide which account remains"),
        (REFUSED, f"these go in a circle ({circle}): decide which account remains"),
        (MERGE, ""),
        (REFUSED, f"these go in a circle ({circle}): decide which account remains"),
    ]


def test_two_accounts_each_into_the_other_are_a_circle(cast: Cast) -> None:
    said = "these go in a circle (row 1: 00124 → 00123 and row 2: ben → bea): decide which account remains"
    assert results(cast.carla, ("00123", "00124"), ("bea", "ben")) == [(REFUSED, said)] * 2


def test_pairs_in_a_chain_are_refused_with_the_chain_and_others_go_on(cast: Cast, four: list[User]) -> None:
    a, b, c, d = (user.email for user in four)
    chain = f"these form a chain (row 1: {b} → {a} and row 2: {c} → {b})"
    found = results(cast.carla, (a, b), (b, c), (a, d))
    assert found[:2] == [(REFUSED, f"{chain}: give each duplicate the account that remains in the end")] * 2
    assert found[2] == (MERGE, "")


def test_one_duplicate_of_two_primaries_is_refused(cast: Cast, four: list[User]) -> None:
    a, b, c, _ = (user.email for user in four)
    said = f"one duplicate has several Primaries (row 1: {c} → {a} and row 2: {c} → {b}): leave out all of these rows but one"
    assert results(cast.carla, (a, c), (b, c)) == [(REFUSED, said)] * 2


# Nothing to do.


def test_the_same_pair_twice_is_done_once_and_said(cast: Cast) -> None:
    operation = pairs_of(("00123", "00124"), ("ben.baker@example.org", "bea"))
    assert [one.why for one in plan_of(cast.carla, operation).results] == ["", "the same as row 1"]
    assert do(cast.carla, operation).parts.count() == 1


def test_the_same_file_again_changes_nothing_and_says_so(cast: Cast, four: list[User]) -> None:
    ann, bob, *_ = four
    operation = pairs_of(("00123", "00124"), (ann.email, bob.email))
    do(cast.carla, operation)
    assert [(one.outcome, one.why) for one in plan_of(cast.carla, operation).results] == [
        (NOTHING, "both lead to Ben Baker already"),
        (NOTHING, "Bob North was merged into Ann North already"),
    ]
    with pytest.raises(NothingToDo):
        do(cast.carla, operation)


def test_a_duplicate_that_leads_to_the_primary_by_a_chain_of_merges_is_done_already(
    cast: Cast, four: list[User]
) -> None:
    ann, bob, cem, _ = four
    do(cast.carla, pairs_of((bob.email, cem.email)))
    do(cast.carla, pairs_of((ann.email, bob.email)))
    assert results(cast.carla, (ann.email, cem.email)) == [
        (NOTHING, "Cem North was merged into Ann North already")
    ]


# One operation, and its parts.


def test_duplicates_of_one_primary_are_merged_together_in_the_order_of_the_rows(
    cast: Cast, four: list[User]
) -> None:
    ann, bob, cem, dan = four
    record = do(cast.carla, pairs_of((ann.email, cem.email), ("00123", "00124"), (ann.email, bob.email)))
    assert [part.params for part in record.parts.order_by("pk")] == [
        {"primary_id": ann.pk, "duplicate_ids": [cem.pk, bob.pk]},
        {"primary_id": cast.ben.pk, "duplicate_ids": [cast.bea.pk]},
    ]
    assert into(dan) is None


def test_the_batch_counts_what_its_parts_changed_and_changes_nothing_itself(
    cast: Cast, four: list[User]
) -> None:
    two_accounts(cast)
    ann, bob, *_ = four
    operation = pairs_of(("00123", "00124"), (ann.email, bob.email))
    plan = plan_of(cast.carla, operation)
    record = apply(plan, acting=actor_for(cast.carla), reason="a test")
    assert not Change.objects.filter(operation=record).exists()
    assert record.counts == plan.counts
    assert record.counts["rollbook_user"] == {"update": 2}
    assert {part.reason for part in record.parts.all()} == {"a test"}
    assert broken_invariants() == []


def test_the_batch_is_undone_together_and_the_undo_can_be_undone(cast: Cast, four: list[User]) -> None:
    two_accounts(cast)
    ann, bob, *_ = four
    before = snapshot()
    record = do(cast.carla, pairs_of(("00123", "00124"), (ann.email, bob.email)))
    done = snapshot()
    undone = do(cast.carla, Undo(operation_id=record.pk))
    assert differences(before, snapshot()) == set()
    assert [part.undoes_id for part in undone.parts.order_by("pk")] == [
        part.pk for part in record.parts.order_by("-pk")
    ]
    with pytest.raises(NothingToDo):
        do(cast.carla, Undo(operation_id=record.pk))
    do(cast.carla, Undo(operation_id=undone.pk))
    assert differences(done, snapshot()) == set()
    assert broken_invariants() == []


def test_one_part_is_undone_by_itself_and_the_undo_of_the_batch_leaves_it_alone(
    cast: Cast, four: list[User]
) -> None:
    ann, bob, *_ = four
    record = do(cast.carla, pairs_of(("00123", "00124"), (ann.email, bob.email)))
    first, second = record.parts.order_by("pk")
    do(cast.carla, Undo(operation_id=first.pk))
    assert (into(cast.bea), into(bob)) == (None, ann)
    # Merged once more by hand: that is not the batch's to take back.
    do(cast.carla, MergeUsers(primary_id=cast.ben.pk, duplicate_ids=(cast.bea.pk,)))
    undone = do(cast.carla, Undo(operation_id=record.pk))
    assert [part.undoes_id for part in undone.parts.all()] == [second.pk]
    assert (into(cast.bea), into(bob)) == (cast.ben, None)


def test_an_undo_of_one_part_that_was_taken_back_counts_for_nothing(cast: Cast) -> None:
    record = do(cast.carla, pairs_of(("00123", "00124")))
    undone = do(cast.carla, Undo(operation_id=record.parts.get().pk))
    do(cast.carla, Undo(operation_id=undone.pk))
    do(cast.carla, Undo(operation_id=record.pk))
    assert into(cast.bea) is None


def test_whoever_reaches_one_part_only_undoes_that_one(cast: Cast) -> None:
    with outside_the_ledger():
        mo = make_user("Mo", "Malik", cast.south)
    record = do(cast.alice, pairs_of(("00123", "00124"), ("00999", mo.email)))
    first, second = record.parts.order_by("pk")
    for beyond in (record, second):
        with pytest.raises(Exception, match="beyond the users"):
            do(cast.carla, Undo(operation_id=beyond.pk))
    do(cast.carla, Undo(operation_id=first.pk))
    assert (into(cast.bea), into(mo)) == (None, cast.mallory)


def test_a_row_that_changed_between_preview_and_ok_stops_all_of_it(cast: Cast, four: list[User]) -> None:
    ann, bob, *_ = four
    plan = plan_of(cast.carla, pairs_of(("00123", "00124"), (ann.email, bob.email)))
    do(cast.carla, MergeUsers(primary_id=ann.pk, duplicate_ids=(bob.pk,)))
    with pytest.raises(StalePlan):
        apply(plan, acting=actor_for(cast.carla), reason="a test")
    assert into(cast.bea) is None


# More users than stand still while people learn: here more than three.


@pytest.fixture
def crowd(cast: Cast, four: list[User], monkeypatch: pytest.MonkeyPatch) -> MergeManyUsers:
    """Return an operation on six users, whose first pair is Ben and Bea."""
    for module in ("rollbook.operations.merge_many_users", "rollbook.ledger.undo"):
        monkeypatch.setattr(f"{module}.MANY", 3)
    two_accounts(cast)
    a, b, c, d = (user.email for user in four)
    return pairs_of(("00123", "00124"), (a, b), (c, d))


def test_a_large_batch_is_not_stale_because_somebody_learnt_and_counts_when_it_is_done(
    cast: Cast, crowd: MergeManyUsers
) -> None:
    plan = preview(crowd, acting=actor_for(cast.carla))
    assert (plan.live, plan.can_apply, plan.counts) == (True, True, {})
    Enrolment.objects.filter(user=cast.bea).update(status=Status.COMPLETED)
    steps: list[Done] = []
    record = apply(plan, acting=actor_for(cast.carla), reason="a test", progress=steps.append)
    assert record.counts["rollbook_user"] == {"update": len(crowd.pairs)}
    assert (steps[-1].step, steps[-1].steps) == (len(crowd.pairs), len(crowd.pairs))
    assert broken_invariants() == []


def test_a_large_batch_is_stale_when_a_row_means_something_else(cast: Cast, crowd: MergeManyUsers) -> None:
    plan = preview(crowd, acting=actor_for(cast.carla))
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(status=User.Status.INACTIVE)
    with pytest.raises(StalePlan):
        apply(plan, acting=actor_for(cast.carla), reason="a test")


def test_a_large_batch_is_undone_exactly(cast: Cast, crowd: MergeManyUsers) -> None:
    before = snapshot()
    record = do(cast.carla, crowd)
    do(cast.carla, Undo(operation_id=record.pk))
    assert differences(before, snapshot()) == set()
    assert OperationRecord.objects.filter(part_of__isnull=True).count() == 2


# The spreadsheet.


def test_headings_may_be_left_out_and_may_stand_in_any_order() -> None:
    with_headings = pairs_in("Notes;Duplicate account;Primary\nx;00124;00123\n")
    assert with_headings == (Pair(2, "00123", "00124"),)
    assert pairs_in("00123,00124\n") == (Pair(1, "00123", "00124"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file names nobody"),
        ("Primary,Duplicate\n", "The file names nobody"),
        ("Primary,Second\n1,2\n", "no column is called “Duplicate”"),
        ("Primary,Duplicate,Duplicate\n1,2,3\n", "more than one column is called “Duplicate”"),
    ],
)
def test_a_file_without_pairs_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnreadableSheet, match=why):
        pairs_in(text)
