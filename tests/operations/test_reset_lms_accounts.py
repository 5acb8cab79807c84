"""Reset LMS accounts, as the seed tells it and CASES 14 to 17 have it."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rollbook.ledger.errors import OutOfScope, ReasonMissing, Refused
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Plan
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.lms.decision import Outcome
from rollbook.lms.landing import landings
from rollbook.lms.models import LMS, DeclaredWrong, Launch, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import arrive
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.people.access import actor_for
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger


def planned(cast: Cast, user: User, *declared: int, by: User | None = None) -> Plan:
    operation = ResetLMSAccounts(user_id=user.pk, declare_wrong=declared)
    return preview(operation, acting=actor_for(by or cast.carla))


def reset(cast: Cast, user: User, *declared: int) -> OperationRecord:
    return apply(planned(cast, user, *declared), acting=actor_for(cast.carla), reason="cross-linked")


def launch(lms: LMS, subject: str, email: str) -> tuple[str, User | None]:
    arrival = arrive(
        VerifiedLaunch(lms, "1", subject, "https://rollbook.example.org/", {"sub": subject, "email": email})
    )
    return arrival.launch.outcome, arrival.user


def cross_link(cast: Cast) -> LMSAccount:
    """Let Ben's first launch carry Bea's e-mail, so that he is taken for her."""
    with outside_the_ledger():
        cast.bens_account.delete()
    assert launch(cast.hillside, "h-ben", "bea.brown@example.org") == (Outcome.MATCHED, cast.bea)
    return LMSAccount.objects.get(subject="h-ben")


def test_this_removes_all_lms_user_ids_from_the_users_account(cast: Cast) -> None:
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.valley, subject="v-ben", user=cast.ben, lms_user_id="LMSBEN000002")
    plan = planned(cast, cast.ben)
    assert plan.counts == {"rollbook_lms_account": {"remove": 2}}
    reset(cast, cast.ben)
    assert not LMSAccount.objects.filter(user=cast.ben).exists()


def test_the_user_has_a_new_lms_user_id_assigned_the_next_time_they_come_through_the_lms(cast: Cast) -> None:
    reset(cast, cast.ben)
    assert launch(cast.hillside, "h-ben", "ben.baker@example.org") == (Outcome.MATCHED, cast.ben)
    assert LMSAccount.objects.get(user=cast.ben).lms_user_id != "LMSBEN000001"


def test_doing_so_has_no_negative_effects_on_user_accounts(cast: Cast) -> None:
    before = User.objects.filter(pk=cast.ben.pk).values().get()
    identifiers = list(cast.ben.identifiers.values_list("value", flat=True))
    reset(cast, cast.ben)
    assert User.objects.filter(pk=cast.ben.pk).values().get() == before
    assert list(cast.ben.identifiers.values_list("value", flat=True)) == identifiers


def test_resetting_the_user_who_is_identified_as_another_resolves_the_cross_link(cast: Cast) -> None:
    cross_link(cast)
    reset(cast, cast.bea)
    assert launch(cast.hillside, "h-ben", "ben.baker@example.org") == (Outcome.MATCHED, cast.ben)
    assert launch(cast.hillside, "h-bea", "bea.brown@example.org") == (Outcome.MATCHED, cast.bea)


def test_case_16_you_can_reset_both_users(cast: Cast) -> None:
    cross_link(cast)
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.hillside, subject="h-bea", user=cast.ben, lms_user_id="Y")
    reset(cast, cast.bea)
    reset(cast, cast.ben)
    assert launch(cast.hillside, "h-ben", "ben.baker@example.org") == (Outcome.MATCHED, cast.ben)
    assert launch(cast.hillside, "h-bea", "bea.brown@example.org") == (Outcome.MATCHED, cast.bea)


def test_case_14_who_never_came_through_an_lms_has_nothing_to_reset(cast: Cast) -> None:
    plan = planned(cast, cast.bea)
    assert plan.refusals == ["Bea Brown has never come through an LMS: there is nothing to reset."]
    with pytest.raises(Refused):
        apply(plan, acting=actor_for(cast.carla), reason="to see")


def test_case_15_the_preview_warns_that_the_same_wrong_user_would_be_linked_again(cast: Cast) -> None:
    cross_link(cast)
    plan = planned(cast, cast.bea)
    assert [note.why for note in plan.notes] == [
        "its next launch would be linked to Bea Brown again, because the e-mail bea.brown@example.org is Bea Brown’s"
    ]
    assert len(plan.warnings) == 1


def test_case_15_declared_wrong_it_is_not_linked_again(cast: Cast) -> None:
    account = cross_link(cast)
    plan = planned(cast, cast.bea, account.pk)
    assert not plan.warnings
    assert "would be refused: it was declared not to be Bea Brown" in plan.notes[0].why
    reset(cast, cast.bea, account.pk)
    assert launch(cast.hillside, "h-ben", "bea.brown@example.org") == (Outcome.DECLARED_WRONG, None)


def test_another_pair_of_the_same_user_can_still_be_declared_wrong(cast: Cast) -> None:
    account = cross_link(cast)
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-else", user=cast.bea)
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-ben", user=cast.mallory)
    reset(cast, cast.bea, account.pk)
    assert DeclaredWrong.objects.filter(user=cast.bea, subject="h-ben").exists()


def test_only_the_users_own_accounts_can_be_declared_wrong(cast: Cast) -> None:
    cross_link(cast)
    assert planned(cast, cast.bea, 999_999).refusals == [
        "There is no LMS account 999999 of Bea Brown to declare wrong."
    ]


def test_case_17_a_session_that_began_from_the_removed_account_ends(cast: Cast, client: Client) -> None:
    client.force_login(cast.ben, backend="rollbook.people.sign_in.IdentifierBackend")
    session = client.session
    session["lms_account_id"] = cast.bens_account.pk
    session.save()
    assert client.get(reverse("learner:home")).status_code == 200
    reset(cast, cast.ben)
    assert client.get(reverse("learner:home")).status_code == 403
    assert "_auth_user_id" not in client.session


def test_an_undo_puts_the_account_and_its_lms_user_id_back(cast: Cast) -> None:
    before = LMSAccount.objects.filter(pk=cast.bens_account.pk).values().get()
    record = reset(cast, cast.ben, cast.bens_account.pk)
    acting = actor_for(cast.carla)
    apply(preview(Undo(operation_id=record.pk), acting=acting), acting=acting)
    assert LMSAccount.objects.filter(pk=cast.bens_account.pk).values().get() == before
    assert not DeclaredWrong.objects.exists()


def test_a_location_manager_resets_only_in_scope_and_never_without_a_reason(cast: Cast) -> None:
    assert planned(cast, cast.ben, by=cast.lou).can_apply
    with pytest.raises(OutOfScope):
        planned(cast, cast.ben, by=cast.sam)
    with pytest.raises(ReasonMissing):
        apply(planned(cast, cast.ben), acting=actor_for(cast.carla), reason=" ")


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        (
            {"email": "bea.brown@example.org"},
            "be linked to Bea Brown, because the e-mail bea.brown@example.org is Bea Brown’s",
        ),
        ({"email": "new@example.org"}, "create a new user, because nobody has the e-mail new@example.org"),
        ({}, "create a new user, because the claim email does not count (not sent)"),
        (
            {"email": "dora.dunn@example.org"},
            "be refused: Dora Dunn is inactive, because the e-mail dora.dunn@example.org is Dora Dunn’s",
        ),
        (
            {"email": "alice.archer@example.org"},
            "wait until an administrator says whether it is Alice Archer, because the e-mail alice.archer@example.org is Alice Archer’s",
        ),
    ],
)
def test_the_preview_says_where_the_account_would_land(
    cast: Cast, claims: dict[str, str], sentence: str
) -> None:
    Launch.objects.create(
        reference="AAAA-0002",
        lms=cast.hillside,
        subject="h-ben",
        outcome=Outcome.KNOWN,
        user=cast.ben,
        claims=claims,
    )
    assert planned(cast, cast.ben).notes[0].why == f"its next launch would {sentence}"


def test_of_an_account_that_never_launched_nobody_knows_where_it_would_land(cast: Cast) -> None:
    Launch.objects.all().delete()
    assert (
        planned(cast, cast.ben).notes[0].why
        == "it never launched, so nobody knows where its first launch would lead"
    )


def test_the_landings_of_many_accounts_take_two_queries_and_one_each(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.valley, subject="v-ben", user=cast.ben, lms_user_id="LMSBEN000002")
    with django_assert_num_queries(3):
        assert len(landings(LMSAccount.objects.filter(user=cast.ben))) == 2
