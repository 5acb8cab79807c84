"""One LMS account is pointed at the right user, or removed, or its pair declared wrong; what waits is decided."""

from typing import Any

import pytest

from rollbook.ledger.errors import NotAllowed, NothingToDo, OutOfScope
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.writer import apply, preview
from rollbook.lms.decision import Outcome
from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.lms.queue import cross_linked_users, possible_cross_links, visible_launches, waiting
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import Arrival, arrive
from rollbook.operations.declare_wrong import DeclareWrong
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.withdraw_wrong import WithdrawWrong
from rollbook.people.access import actor_for
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger


def link(cast: Cast, subject: str, user: User | None, **more: Any) -> LinkLMSAccount:
    return LinkLMSAccount(lms_id=cast.hillside.pk, subject=subject, user_id=user.pk if user else None, **more)


def plan(cast: Cast, operation: Operation, by: User | None = None) -> Plan:
    return preview(operation, acting=actor_for(by or cast.carla))


def do(cast: Cast, operation: Operation) -> None:
    apply(plan(cast, operation), acting=actor_for(cast.carla), reason="told so by the school")


def launch(cast: Cast, subject: str, email: str) -> Arrival:
    claims = {"sub": subject, "email": email}
    return arrive(VerifiedLaunch(cast.hillside, "1", subject, "https://rollbook.example.org/", claims))


def test_an_lms_account_is_pointed_at_the_right_user_with_a_new_lms_user_id(cast: Cast) -> None:
    do(cast, link(cast, "h-ben", cast.bea))
    account = LMSAccount.objects.get(pk=cast.bens_account.pk)
    assert account.user == cast.bea
    assert account.lms_user_id != "LMSBEN000001"
    assert launch(cast, "h-ben", "whoever@example.org").user == cast.bea


def test_just_one_lms_account_is_removed(cast: Cast) -> None:
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.valley, subject="v-ben", user=cast.ben, lms_user_id="X")
    do(cast, link(cast, "h-ben", None))
    assert [account.subject for account in LMSAccount.objects.filter(user=cast.ben)] == ["v-ben"]


def test_the_old_pair_can_be_declared_wrong_with_it(cast: Cast) -> None:
    do(cast, link(cast, "h-ben", None, declare_wrong=True))
    assert launch(cast, "h-ben", "ben.baker@example.org").launch.outcome == Outcome.DECLARED_WRONG


def test_linking_a_pair_by_hand_withdraws_that_it_was_declared_wrong(cast: Cast) -> None:
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-1", user=cast.bea)
    do(cast, link(cast, "h-1", cast.bea))
    assert not DeclaredWrong.objects.exists()
    assert launch(cast, "h-1", "").user == cast.bea


def test_somebody_is_linked_before_the_first_launch(cast: Cast) -> None:
    do(cast, link(cast, "h-soon", cast.bea))
    assert launch(cast, "h-soon", "").launch.outcome == Outcome.KNOWN


@pytest.mark.parametrize(
    ("subject", "who", "more", "refusal"),
    [
        ("h-ben", "ben", {}, "h-ben already leads to Ben Baker."),
        ("h-new", "dora", {}, "Dora Dunn is inactive. Retrieve the user first."),
        ("h-new", None, {}, "h-new has no LMS account: there is nothing to remove."),
        (
            "h-new",
            "bea",
            {"declare_wrong": True},
            "h-new leads to nobody now: there is no pair to declare wrong.",
        ),
        (
            "h-new",
            "bea",
            {"lms_user_id": "chosen"},
            "The LMS User ID is assigned by Rollbook. Open the preview again.",
        ),
        (
            " ",
            "bea",
            {},
            "The id of the person at Hillside must be a text of 1 to 255 characters that can be seen.",
        ),
        (
            "h\x00",
            "bea",
            {},
            "The id of the person at Hillside must be a text of 1 to 255 characters that can be seen.",
        ),
    ],
)
def test_what_cannot_be_linked_is_refused_with_the_reason(
    cast: Cast, subject: str, who: str | None, more: dict[str, Any], refusal: str
) -> None:
    user = getattr(cast, who) if who else None
    assert plan(cast, link(cast, subject, user, **more)).refusals == [refusal]


def test_a_merged_duplicate_leads_to_its_primary(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.dora.pk).update(merged_into=cast.bea)
    (refusal,) = plan(cast, link(cast, "h-new", cast.dora)).refusals
    assert refusal == "Dora Dunn was merged into Bea Brown. Link it to Bea Brown instead."


def test_linking_staff_is_warned_of_and_nobody_links_who_is_above_them(cast: Cast) -> None:
    assert "Lou Lane is no learner" in plan(cast, link(cast, "h-lou", cast.lou)).warnings[0]
    with pytest.raises(OutOfScope):
        plan(cast, link(cast, "h-alice", cast.alice))
    with pytest.raises(OutOfScope):
        plan(cast, link(cast, "h-ben", cast.mallory))
    with pytest.raises(NotAllowed):
        plan(cast, link(cast, "h-ben", cast.bea), by=cast.lou)


def test_who_leads_there_now_cannot_be_declared_wrong_only(cast: Cast) -> None:
    operation = DeclareWrong(lms_id=cast.hillside.pk, subject="h-ben", user_id=cast.ben.pk)
    assert "h-ben leads to Ben Baker now" in plan(cast, operation).refusals[0]


def test_declaring_wrong_twice_changes_nothing_and_says_so(cast: Cast) -> None:
    operation = DeclareWrong(lms_id=cast.hillside.pk, subject="h-1", user_id=cast.bea.pk)
    do(cast, operation)
    assert "already declared" in plan(cast, operation).notes[0].what
    with pytest.raises(NothingToDo):
        do(cast, operation)


def test_a_withdrawn_declaration_lets_the_matcher_link_again(cast: Cast) -> None:
    do(cast, DeclareWrong(lms_id=cast.hillside.pk, subject="h-bea", user_id=cast.bea.pk))
    assert launch(cast, "h-bea", "bea.brown@example.org").user is None
    operation = WithdrawWrong(declared_id=DeclaredWrong.objects.get().pk)
    do(cast, operation)
    assert launch(cast, "h-bea", "bea.brown@example.org").user == cast.bea
    assert plan(cast, operation).refusals == ["This declaration is no longer there."]


def test_a_launch_waits_once_until_somebody_says_yes(cast: Cast) -> None:
    launch(cast, "h-lou", "lou.lane@example.org")
    last = launch(cast, "h-lou", "lou.lane@example.org").launch
    assert list(waiting()) == [last]
    do(cast, link(cast, "h-lou", cast.lou))
    assert not waiting().exists()
    assert launch(cast, "h-lou", "").user == cast.lou


def test_a_launch_waits_until_somebody_says_no(cast: Cast) -> None:
    launch(cast, "h-lou", "lou.lane@example.org")
    do(cast, DeclareWrong(lms_id=cast.hillside.pk, subject="h-lou", user_id=cast.lou.pk))
    assert not waiting().exists()


def test_a_possible_cross_link_shows_until_the_next_launch_is_right(cast: Cast) -> None:
    flagged = launch(cast, "h-ben", "bea.brown@example.org").launch
    assert list(possible_cross_links()) == [flagged]
    assert list(cross_linked_users()) == [cast.ben]
    launch(cast, "h-ben", "ben.baker@example.org")
    assert not possible_cross_links().exists()


def test_a_possible_cross_link_is_settled_by_a_reset_or_a_declaration(cast: Cast) -> None:
    launch(cast, "h-ben", "bea.brown@example.org")
    do(cast, DeclareWrong(lms_id=cast.hillside.pk, subject="h-ben", user_id=cast.bea.pk))
    assert not possible_cross_links().exists()
    assert launch(cast, "h-ben", "bea.brown@example.org").launch.contradicts is None


def test_launches_are_seen_in_scope_only(cast: Cast) -> None:
    nobody = launch(cast, "h-x", "not an address").launch
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.hillside, subject="h-m", user=cast.mallory, lms_user_id="M")
        User.objects.filter(launches=nobody).update(location=cast.south)
    Launch.objects.filter(pk=nobody.pk).update(user=None)
    of_mallory = launch(cast, "h-m", "").launch
    of_ben = Launch.objects.get(subject="h-ben")
    seen = {
        name: set(visible_launches(actor_for(getattr(cast, name))))
        for name in ("alice", "carla", "lou", "sam", "ben")
    }
    assert seen == {
        "alice": {nobody, of_mallory, of_ben},
        "carla": {nobody, of_ben},
        "lou": {of_ben},
        "sam": {of_mallory},
        "ben": set(),
    }
