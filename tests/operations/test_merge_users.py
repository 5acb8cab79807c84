"""Merge users, as the seed tells it and CASES 18 to 28 have it. Ben is the Primary, Bea his second account."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rollbook.ledger.undo import Undo
from rollbook.lms.decision import Outcome
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.models import (
    AccessLevel,
    AttributeValue,
    Identifier,
    User,
)
from rollbook.training.catalogue import RoleGrant
from rollbook.training.records import Attempt, Certificate, ChapterProgress, Enrolment, Status, UserCompetency
from rollbook.training.transcript import transcript_of
from tests.cast import Cast, outside_the_ledger
from tests.operations.doing import do
from tests.operations.merge_cases import launch, merge, student, two_accounts
from tests.snapshots import differences, snapshot
from tests.training.stage import LATER, Stage, state

PASSWORD = "correct horse battery staple"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return two_accounts(cast)


def current(user: User) -> dict[str, str]:
    rows = Enrolment.objects.filter(user=user, current=True)
    return dict(rows.values_list("course__title", "status"))


# What the seed says.


def test_all_enrolments_course_progress_certificates_and_other_information_are_in_one_primary_account(
    cast: Cast, stage: Stage
) -> None:
    rows = (Enrolment, Certificate, UserCompetency, LMSAccount, Identifier)
    held = {model: set(model.objects.values_list("pk", flat=True)) for model in rows}
    progress = list(ChapterProgress.objects.order_by("pk").values())
    attempts = list(Attempt.objects.order_by("pk").values())
    merge(cast.carla, cast.ben, cast.bea)
    for model, ids in held.items():
        assert set(model.objects.values_list("pk", flat=True)) == ids
        assert not model.objects.filter(user=cast.bea).exists()
    assert list(ChapterProgress.objects.order_by("pk").values()) == progress
    assert list(Attempt.objects.order_by("pk").values()) == attempts


def test_the_user_will_continue_to_log_in_with_this_accounts_username_and_password(
    cast: Cast, client: Client
) -> None:
    for user, password in ((cast.ben, PASSWORD), (cast.bea, PASSWORD + " of Bea")):
        user.set_password(password)
        user.save(update_fields=["password"])
    merge(cast.carla, cast.ben, cast.bea)
    assert client.login(username="ben", password=PASSWORD)
    assert not client.login(username="bea.brown@example.org", password=PASSWORD + " of Bea")


def test_user_profile_data_from_the_primary_account_will_be_maintained(cast: Cast, stage: Stage) -> None:
    kept = ("first_name", "last_name", "email", "location", "access_level", "status", "language", "password")
    before = User.objects.values(*kept).get(pk=cast.ben.pk)
    with outside_the_ledger():
        AttributeValue.objects.create(attribute=cast.employee_id, user=cast.bea, value="E-8")
    merge(cast.carla, cast.ben, cast.bea)
    assert User.objects.values(*kept).get(pk=cast.ben.pk) == before
    assert cast.ben.attribute_values.get().value == "E-7"


def test_of_the_same_course_the_primary_takes_priority_and_the_other_becomes_historical(
    cast: Cast, stage: Stage
) -> None:
    """Seed: "the Primary account will take priority"; the others "as a historical enrollment"."""
    merge(cast.carla, cast.ben, cast.bea)
    assert current(cast.ben) == {"Fire safety": Status.COMPLETED, "First aid": Status.IN_PROGRESS}
    past = Enrolment.objects.filter(user=cast.ben, current=False)
    assert {(e.course.title, e.status) for e in past} == {
        ("Fire safety", Status.IN_PROGRESS),
        ("First aid", Status.IN_PROGRESS),
    }


def test_a_completed_duplicate_is_what_the_transcript_reflects(cast: Cast, stage: Stage) -> None:
    """Seed: "the User's transcript will reflect a Completed status", the Primary's becomes historical (CASES 22)."""
    merge(cast.carla, cast.bea, cast.ben)
    assert current(cast.bea)["Fire safety"] == Status.COMPLETED
    lines = transcript_of(cast.bea)
    fire = [(line.state, line.current) for line in lines.courses if line.name == "Fire safety"]
    assert fire == [(Status.COMPLETED, True), (Status.IN_PROGRESS, False)]
    assert [(line.name, line.current) for line in lines.certificates] == [("Fire safety", True)]


def test_any_unique_enrolment_of_the_duplicate_is_applied_to_the_primary_as_it_is(
    cast: Cast, stage: Stage
) -> None:
    before = Enrolment.objects.values().get(user=cast.ben, course=stage.fire)
    merge(cast.alice, cast.lou, cast.ben)
    after = Enrolment.objects.values().get(pk=before["id"])
    assert after == {**before, "user_id": cast.lou.pk}


def test_rather_than_deleted_the_duplicate_is_inactive_and_says_into_whom_it_was_merged(cast: Cast) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    assert (cast.bea.status, cast.bea.merged_into) == (User.Status.INACTIVE, cast.ben)


def test_the_duplicate_can_be_retrieved_as_an_empty_account(cast: Cast, stage: Stage) -> None:
    """Seed: "it is possible to retrieve the Duplicate account"."""
    merge(cast.carla, cast.ben, cast.bea)
    do(cast.carla, RetrieveUsers(user_ids=(cast.bea.pk,)))
    cast.bea.refresh_from_db()
    assert cast.bea.is_active
    for model in (Enrolment, Certificate, UserCompetency, LMSAccount, Identifier, RoleGrant):
        assert not model._default_manager.filter(user=cast.bea).exists()
    assert launch(cast.valley, "v-bea").user == cast.ben


# Who is the Primary from now on.


def test_whoever_launches_with_the_duplicates_lms_account_is_the_primary(cast: Cast, stage: Stage) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    arrival = launch(cast.valley, "v-bea")
    assert (arrival.decision.outcome, arrival.user) == (Outcome.KNOWN, cast.ben)


def test_case_24_a_first_launch_with_the_duplicates_student_id_is_the_primarys(cast: Cast) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    arrival = launch(cast.valley, "v-new", **student("00124"))
    assert (arrival.decision.outcome, arrival.user) == (Outcome.MATCHED, cast.ben)


def test_a_first_launch_with_the_duplicates_email_is_the_primarys_through_any_chain(cast: Cast) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    merge(cast.alice, cast.mallory, cast.ben)
    do(cast.alice, ResetLMSAccounts(user_id=cast.mallory.pk))
    arrival = launch(cast.hillside, "h-new", email="Bea.Brown@example.org")
    assert (arrival.decision.outcome, arrival.user) == (Outcome.MATCHED, cast.mallory)


def test_case_8_a_second_id_of_one_lms_is_proved_or_looked_at_also_where_it_names_the_duplicate(
    cast: Cast,
) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    arrival = launch(cast.hillside, "h-bea", email="bea.brown@example.org")
    assert arrival.decision.outcome == Outcome.QUEUED
    assert (arrival.launch.user, arrival.user) == (cast.ben, None)


def test_what_two_of_one_persons_accounts_are_known_by_is_no_ambiguity_any_more(cast: Cast) -> None:
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.valley.pk).update(
            matchers=[["email", "email"], ["lis.person_sourcedid", "student_id"]],
            email_domains=["example.org"],
        )
    cast.valley.refresh_from_db()
    sent = {"email": "bea.brown@example.org", **student("00123")}
    assert launch(cast.valley, "v-1", **sent).decision.outcome == Outcome.AMBIGUOUS
    merge(cast.carla, cast.ben, cast.bea)
    arrival = launch(cast.valley, "v-1", **sent)
    assert (arrival.decision.outcome, arrival.user) == (Outcome.MATCHED, cast.ben)


def test_a_pair_declared_wrong_of_the_duplicate_is_never_linked_to_the_primary(cast: Cast) -> None:
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.valley, subject="v-1", user=cast.bea)
    merge(cast.carla, cast.ben, cast.bea)
    assert launch(cast.valley, "v-1", **student("00124")).decision.outcome == Outcome.DECLARED_WRONG


def test_a_possible_cross_link_between_the_two_is_settled(cast: Cast) -> None:
    arrival = launch(cast.hillside, "h-ben", email="bea.brown@example.org")
    assert arrival.decision.contradicts is not None
    merge(cast.carla, cast.ben, cast.bea)
    again = launch(cast.hillside, "h-ben", email="bea.brown@example.org")
    assert again.decision.contradicts is None


# Certificates, competencies, content roles.


def test_case_21_of_two_certificates_both_are_kept_and_the_valid_one_is_current(
    cast: Cast, stage: Stage
) -> None:
    mine = Certificate.objects.get(user=cast.ben)
    with outside_the_ledger():
        Certificate.objects.filter(pk=mine.pk).update(expires_at=LATER)
        Certificate.objects.create(
            user=cast.bea, course=stage.fire, enrolment=cast.bea.enrolments.get(course=stage.fire),
            code="CERT-BEA-0001", issued_at=LATER,
        )  # fmt: skip
        UserCompetency.objects.create(
            user=cast.bea, competency=stage.alertness, enrolment=cast.bea.enrolments.get(course=stage.fire),
            level=4, earned_at=LATER,
        )  # fmt: skip
    merge(cast.carla, cast.ben, cast.bea)
    lines = transcript_of(cast.ben)
    assert {(line.code, line.current) for line in lines.certificates} == {
        ("CERT-BEN-0001", False),
        ("CERT-BEA-0001", True),
    }
    assert {(line.result, line.current) for line in lines.competencies} == {
        ("Level 2", False),
        ("Level 4", True),
    }


def test_a_content_role_that_both_have_is_kept_on_both_sides(cast: Cast, stage: Stage) -> None:
    merge(cast.carla, cast.ben, cast.bea)
    holders = RoleGrant.objects.filter(content_role=stage.crew).values_list("user", flat=True)
    assert set(holders) == {cast.ben.pk, cast.bea.pk}


def test_preview_and_merge_take_at_most_60_queries(
    cast: Cast, stage: Stage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(60):
        merge(cast.carla, cast.ben, cast.bea)


@pytest.mark.parametrize("primary_first", [True, False])
def test_who_had_the_whole_course_in_one_account_has_it_and_not_single_chapters_of_it(
    cast: Cast, stage: Stage, primary_first: bool
) -> None:
    Enrolment.objects.filter(user=cast.ben, course=stage.first_aid).update(whole=False)
    Enrolment.objects.filter(user=cast.bea, course=stage.first_aid).update(whole=True)
    users = (cast.ben, cast.bea) if primary_first else (cast.bea, cast.ben)
    merge(cast.carla, *users)
    assert Enrolment.objects.get(user=users[0], course=stage.first_aid, current=True).whole


# Several at once, chains, and the way back.


def test_of_several_duplicates_the_first_completed_stays_current(cast: Cast, stage: Stage) -> None:
    state(cast.mallory, stage.fire, Status.COMPLETED)
    merge(cast.alice, cast.bea, cast.ben, cast.mallory)
    kept = Enrolment.objects.get(user=cast.bea, course=stage.fire, current=True)
    assert kept.certificates.get().code == "CERT-BEN-0001"


def test_several_at_once_end_as_one_after_the_other(cast: Cast, stage: Stage) -> None:
    state(cast.mallory, stage.fire, Status.COMPLETED)
    ends = []
    for steps in ([(cast.bea, cast.ben, cast.mallory)], [(cast.bea, cast.ben), (cast.bea, cast.mallory)]):
        records = [merge(cast.alice, *step) for step in steps]
        ends.append(snapshot())
        for record in reversed(records):
            do(cast.alice, Undo(operation_id=record.pk))
    assert differences(ends[0], ends[1]) == set()


def test_case_28_undo_of_a_into_b_after_b_into_c_gives_a_back_its_own_where_that_is_asked_for(
    cast: Cast, stage: Stage
) -> None:
    start = snapshot()
    first = merge(cast.alice, cast.ben, cast.bea)
    second = merge(cast.alice, cast.mallory, cast.ben)
    do(cast.alice, Undo(operation_id=first.pk, include_conflicts=True))
    assert Identifier.objects.get(value="00124").user == cast.bea
    assert Identifier.objects.get(value="00123").user == cast.mallory
    do(cast.alice, Undo(operation_id=second.pk))
    assert differences(start, snapshot()) == set()


def test_case_28_what_the_learner_has_done_since_stays_after_an_undo(cast: Cast, stage: Stage) -> None:
    record = merge(cast.carla, cast.ben, cast.bea)
    working = ChapterProgress.objects.get(enrolment__user=cast.ben, chapter=stage.bandage, bookmark=75)
    ChapterProgress.objects.filter(pk=working.pk).update(bookmark=99)
    do(cast.carla, Undo(operation_id=record.pk))
    working.refresh_from_db()
    assert (working.bookmark, working.enrolment.user) == (99, cast.ben)
    assert current(cast.bea) == {"Fire safety": Status.IN_PROGRESS, "First aid": Status.IN_PROGRESS}


def test_case_27_what_names_who_acted_stays(cast: Cast) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.lou.pk).update(access_level=AccessLevel.ADMINISTRATOR)
    cast.lou.refresh_from_db()
    acted = do(cast.lou, DeactivateUsers(user_ids=(cast.bea.pk,)))
    merge(cast.alice, cast.ben, cast.lou)
    acted.refresh_from_db()
    assert acted.actor_user == cast.lou
