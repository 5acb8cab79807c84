"""Who arrives, as CASES 1 to 9 and DESIGN section 3 have it."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from rollbook.ledger.models import OperationRecord
from rollbook.lms import arrival as rules
from rollbook.lms.claim_values import LTI
from rollbook.lms.decision import Outcome
from rollbook.lms.models import LMS, DeclaredWrong, Launch, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations import arrive as arriving
from rollbook.operations.arrive import Arrival, arrive, prove
from rollbook.people.models import Identifier, User, UserAttribute
from tests.cast import Cast, outside_the_ledger


def launch(lms: LMS, subject: str, **claims: object) -> Arrival:
    return arrive(
        VerifiedLaunch(lms, "1", subject, "https://rollbook.example.org/", {"sub": subject, **claims})
    )


def student(number: object) -> dict[str, Any]:
    return {LTI + "lis": {"person_sourcedid": number}}


def change(row: Any, **values: object) -> None:
    with outside_the_ledger():
        type(row).objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()


def give_password(user: User) -> None:
    user.set_password("correct horse battery staple")
    with outside_the_ledger():
        user.save()


def test_a_known_lms_account_is_let_in_with_two_queries_and_no_operation(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        arrival = launch(cast.hillside, "h-ben", email="ben.baker@example.org")
    assert (arrival.user, arrival.account_id) == (cast.ben, cast.bens_account.pk)
    assert (arrival.launch.outcome, arrival.launch.user_id) == (Outcome.KNOWN, cast.ben.pk)
    assert not OperationRecord.objects.exists()


def test_a_match_links_and_is_known_from_then_on(cast: Cast) -> None:
    first = launch(cast.hillside, "h-bea", email="Bea.Brown@Example.ORG")
    assert (first.launch.outcome, first.user) == (Outcome.MATCHED, cast.bea)
    assert first.operation is not None
    assert (first.operation.actor, first.operation.verb) == ("lms:Hillside", "admit_launch")
    assert launch(cast.hillside, "h-bea", email="changed@example.org").launch.outcome == Outcome.KNOWN


def test_the_record_of_an_arrival_holds_no_claims(cast: Cast) -> None:
    arrival = launch(cast.hillside, "h-bea", email="bea.brown@example.org")
    assert arrival.operation is not None
    assert set(arrival.operation.params) == {"lms_id", "subject", "user_id", "lms_user_id"}


def test_nobody_matches_and_the_user_is_created(cast: Cast) -> None:
    arrival = launch(
        cast.hillside, "h-nina", email="nina@example.org", given_name=" Nina\x07 ", family_name="Novák" * 100
    )
    assert arrival.launch.outcome == Outcome.CREATED
    assert arrival.user is not None
    assert (arrival.user.first_name, len(arrival.user.last_name)) == ("Nina", 200)
    assert (arrival.user.email, arrival.user.location) == ("nina@example.org", cast.north)
    assert arrival.user.access_level == "learner"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ada King Lovelace"}, ("Ada King", "Lovelace")),
        ({"name": "Sting"}, ("Sting", "")),
        ({"family_name": "Novak"}, ("Novak", "")),
        ({"given_name": "$Person.name.given", "name": "Ada Lovelace"}, ("Ada", "Lovelace")),
        ({"given_name": 7, "name": None}, ("Learner", None)),
    ],
)
def test_a_created_user_gets_a_name_from_what_was_sent(
    cast: Cast, claims: dict[str, object], name: tuple[str, str | None]
) -> None:
    arrival = launch(cast.hillside, "h-new", **claims)
    assert arrival.user is not None
    assigned = LMSAccount.objects.get(user=arrival.user).lms_user_id
    assert (arrival.user.first_name, arrival.user.last_name) == (
        name[0],
        assigned if name[1] is None else name[1],
    )


def test_a_created_user_keeps_the_id_that_it_would_be_matched_by(cast: Cast) -> None:
    change(cast.valley, when_missing="create")
    arrival = launch(cast.valley, "v-1", **student("00777"), email="not.asked@example.org")
    assert arrival.user is not None
    assert Identifier.objects.get(value="00777", attribute=cast.student_id).user == arrival.user
    assert arrival.user.email == ""


def test_case_1_an_administrators_email_is_not_enough(cast: Cast) -> None:
    give_password(cast.alice)
    asked = launch(cast.hillside, "h-eve", email="alice.archer@example.org")
    assert (asked.launch.outcome, asked.user, asked.launch.user_id) == (
        Outcome.PROOF_ASKED,
        None,
        cast.alice.pk,
    )
    assert not LMSAccount.objects.filter(user=cast.alice).exists()


def test_case_1_the_administrator_proves_it_by_signing_in(cast: Cast) -> None:
    give_password(cast.alice)
    asked = launch(cast.hillside, "h-alice", email="alice.archer@example.org")
    proved = prove(asked.launch, cast.alice)
    assert (proved.launch.outcome, proved.user) == (Outcome.PROVED, cast.alice)
    assert proved.operation is not None
    assert proved.operation.actor == f"user:{cast.alice.pk}"
    assert launch(cast.hillside, "h-alice").user == cast.alice


def test_case_1_somebody_elses_sign_in_proves_nothing(cast: Cast) -> None:
    give_password(cast.alice)
    asked = launch(cast.hillside, "h-alice", email="alice.archer@example.org")
    assert prove(asked.launch, cast.carla).user is None
    assert not LMSAccount.objects.filter(subject="h-alice").exists()


def test_who_became_inactive_before_the_proof_is_refused(cast: Cast) -> None:
    give_password(cast.carla)
    asked = launch(cast.hillside, "h-carla", email="carla.clark@example.org")
    change(cast.carla, status="inactive")
    assert prove(asked.launch, cast.carla).launch.outcome == Outcome.INACTIVE


def test_who_has_no_password_waits_for_an_administrator_instead(cast: Cast) -> None:
    assert launch(cast.hillside, "h-alice", email="alice.archer@example.org").launch.outcome == Outcome.QUEUED


def test_the_policy_may_prefer_the_queue_to_a_sign_in(cast: Cast) -> None:
    give_password(cast.alice)
    change(cast.hillside, when_unproven="queue")
    assert launch(cast.hillside, "h-alice", email="alice.archer@example.org").launch.outcome == Outcome.QUEUED


def test_case_2_the_second_of_two_people_with_one_email_does_not_get_the_firsts_record(cast: Cast) -> None:
    assert launch(cast.hillside, "h-bea", email="bea.brown@example.org").user == cast.bea
    give_password(cast.bea)
    second = launch(cast.hillside, "h-twin", email="bea.brown@example.org")
    assert (second.launch.outcome, second.user) == (Outcome.PROOF_ASKED, None)


@pytest.mark.parametrize("email", ["bea@example.org", "BEA@example.org"])
def test_case_3_the_email_is_another_users_username(cast: Cast, email: str) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="bea@example.org", user=cast.bea)
        User.objects.filter(pk=cast.ben.pk).update(email="bea@example.org")
    arrival = launch(cast.hillside, "h-new", email=email)
    assert (arrival.launch.outcome, arrival.user) == (Outcome.AMBIGUOUS, None)
    matcher = arrival.launch.evidence["matchers"][0]
    assert [found["user"] for found in matcher["found"]] == [cast.ben.pk]
    assert [(found["user"], found["as"]) for found in matcher["crosswise"]] == [(cast.bea.pk, "Username")]


def test_case_3_nobody_is_created_whose_email_is_anothers_username(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="bea@example.org", user=cast.bea)
    assert launch(cast.hillside, "h-new", email="bea@example.org").launch.outcome == Outcome.AMBIGUOUS


def test_ones_own_email_as_username_is_no_contradiction(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="bea.brown@example.org", user=cast.bea)
    assert launch(cast.hillside, "h-bea", email="bea.brown@example.org").user == cast.bea


def test_case_4_the_student_id_is_two_users_through_two_attributes(cast: Cast) -> None:
    with outside_the_ledger():
        Identifier.objects.create(attribute=cast.username, value="00123", user=cast.bea)
    matchers = [["lis.person_sourcedid", "student_id"], ["lis.person_sourcedid", "username"]]
    change(cast.valley, matchers=matchers)
    arrival = launch(cast.valley, "v-1", **student("00123"))
    assert arrival.launch.outcome == Outcome.AMBIGUOUS
    assert set(arrival.launch.evidence["several"]) == {cast.ben.pk, cast.bea.pk}


def test_leading_zeros_count_and_surrounding_blanks_do_not(cast: Cast) -> None:
    assert launch(cast.valley, "v-1", **student("123")).launch.outcome == Outcome.NOBODY
    assert launch(cast.valley, "v-1", **student("\t00123 ")).user == cast.ben


@pytest.mark.parametrize(
    "number",
    [None, "", "   ", "$Canvas.user.sisid", "$Person.sourcedId", ["00123"], True, "00123\x00", "0" * 3000],
)
def test_case_5_empty_blank_and_unexpanded_claims_match_nobody(cast: Cast, number: object) -> None:
    with outside_the_ledger():
        for value in ("", "$Canvas.user.sisid", "True"):
            Identifier.objects.create(attribute=cast.student_id, value=value, user=cast.mallory)
    arrival = launch(cast.valley, "v-1", **student(number))
    assert arrival.launch.outcome == Outcome.NOBODY
    assert arrival.launch.evidence["matchers"][0]["absent"]


def test_case_6_one_subject_at_two_lmss_is_two_people(cast: Cast) -> None:
    assert launch(cast.hillside, "h-ben").user == cast.ben
    assert launch(cast.valley, "h-ben").launch.outcome == Outcome.NOBODY
    assert launch(cast.valley, "h-ben", **student("00124")).user == cast.bea


def test_case_7_one_issuer_and_two_client_ids_are_two_lmss(cast: Cast) -> None:
    assert cast.hillside.issuer == cast.valley.issuer
    launch(cast.hillside, "1001", email="bea.brown@example.org")
    launch(cast.valley, "1001", **student("00123"))
    users = dict(LMSAccount.objects.filter(subject="1001").values_list("lms__name", "user__first_name"))
    assert users == {"Hillside": "Bea", "Valley": "Ben"}


def test_case_8_one_person_under_a_second_id_of_the_same_lms_proves_it(cast: Cast) -> None:
    give_password(cast.ben)
    asked = launch(cast.hillside, "h-ben-2", email="ben.baker@example.org")
    assert asked.launch.outcome == Outcome.PROOF_ASKED
    assert prove(asked.launch, cast.ben).user == cast.ben
    assert LMSAccount.objects.filter(user=cast.ben, lms=cast.hillside).count() == 2


def test_case_9_an_inactive_user_is_refused_known_or_matched(cast: Cast) -> None:
    matched = launch(cast.hillside, "h-dora", email="dora.dunn@example.org")
    change(cast.ben, status="inactive")
    known = launch(cast.hillside, "h-ben")
    assert [a.launch.outcome for a in (matched, known)] == [Outcome.INACTIVE] * 2
    assert [a.user for a in (matched, known)] == [None, None]


def test_a_pair_declared_wrong_is_not_linked_again(cast: Cast) -> None:
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-1", user=cast.bea)
    arrival = launch(cast.hillside, "h-1", email="bea.brown@example.org")
    assert (arrival.launch.outcome, arrival.user) == (Outcome.DECLARED_WRONG, None)
    assert launch(cast.hillside, "h-2", email="bea.brown@example.org").user == cast.bea


def test_the_other_matcher_still_finds_the_right_user_after_a_pair_was_declared_wrong(cast: Cast) -> None:
    change(cast.valley, matchers=[["email", "email"], ["lis.person_sourcedid", "student_id"]])
    sent = {"email": "bea.brown@example.org", **student("00123")}
    assert launch(cast.valley, "v-ben", **sent).launch.outcome == Outcome.AMBIGUOUS
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.valley, subject="v-ben", user=cast.bea)
    assert launch(cast.valley, "v-ben", **sent).user == cast.ben


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "bea.brown@example.org", "email_verified": False},
        {"email": "bea.brown@elsewhere.org"},
        {"email": "not an address"},
        {"email": ["bea.brown@example.org"]},
    ],
)
def test_an_email_that_cannot_be_trusted_matches_nobody_and_is_not_stored(
    cast: Cast, claims: dict[str, object]
) -> None:
    change(cast.mallory, email="bea.brown@elsewhere.org")
    arrival = launch(cast.hillside, "h-new", **claims)
    assert arrival.launch.outcome == Outcome.CREATED
    assert arrival.user is not None
    assert arrival.user.email == ""


def test_the_kelvin_sign_is_no_k(cast: Cast) -> None:
    arrival = launch(cast.hillside, "h-new", email="ben.ba\u212aer@example.org")
    assert arrival.user != cast.ben
    assert arrival.launch.evidence["matchers"][0]["absent"]


def test_email_is_not_used_where_the_policy_does_not_name_it(cast: Cast) -> None:
    assert launch(cast.valley, "v-1", email="ben.baker@example.org").launch.outcome == Outcome.NOBODY


def test_explicit_links_only_refuses_everybody_unknown(cast: Cast) -> None:
    change(cast.hillside, matchers=[], when_missing="refuse", policy="explicit")
    assert launch(cast.hillside, "h-new", email="bea.brown@example.org").launch.outcome == Outcome.NOBODY
    assert launch(cast.hillside, "h-ben").user == cast.ben


@pytest.mark.parametrize("claims", [{"email": "bea.brown@example.org"}, student("00124")])
def test_a_known_account_whose_claims_are_anothers_goes_on_and_is_flagged(
    cast: Cast, claims: dict[str, object]
) -> None:
    with outside_the_ledger():
        LMSAccount.objects.create(lms=cast.valley, subject="v-ben", user=cast.ben, lms_user_id="X")
    arrival = launch(cast.valley, "v-ben", **claims)
    assert (arrival.user, arrival.launch.contradicts_id) == (cast.ben, cast.bea.pk)


def test_a_custom_claim_and_the_ext_claim_can_be_matched_by(cast: Cast) -> None:
    change(cast.valley, matchers=[["custom.sis", "student_id"], ["ext.user_username", "username"]])
    arrival = launch(
        cast.valley, "v-1", **{LTI + "custom": {"sis": 124}, LTI + "ext": {"user_username": "ben"}}
    )
    assert arrival.user == cast.ben


def test_a_matcher_whose_attribute_lost_its_key_matches_nobody(cast: Cast) -> None:
    with outside_the_ledger():
        UserAttribute.objects.filter(pk=cast.student_id.pk).update(key=False)
    assert launch(cast.valley, "v-1", **student("00123")).launch.outcome == Outcome.NOBODY


def test_the_log_keeps_who_was_named_and_not_the_course(cast: Cast) -> None:
    arrival = launch(
        cast.valley, "v-1", **student("00123"), nonce="n", **{LTI + "context": {"title": "Maths"}}
    )
    assert set(Launch.objects.get(pk=arrival.launch.pk).claims) == {"sub", LTI + "lis"}


def test_two_first_launches_at_the_same_instant_end_with_one_account(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other launch commits between this one's decision and its writing.
    others = [lambda: launch(cast.hillside, "h-bea", email="bea.brown@example.org")]

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        decision = rules.decide(*args, **kwargs)
        while others:
            others.pop()()
        return decision

    monkeypatch.setattr(arriving, "decide", overtaken)
    arrival = launch(cast.hillside, "h-bea", email="bea.brown@example.org")
    assert (arrival.user, arrival.launch.outcome) == (cast.bea, Outcome.KNOWN)
    assert LMSAccount.objects.filter(user=cast.bea).count() == 1
    assert OperationRecord.objects.count() == 1
