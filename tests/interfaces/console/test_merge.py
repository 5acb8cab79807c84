"""Merge user in the console: choosing the duplicate, the review, and the pages of those who were merged."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.undo import Undo
from rollbook.lms.models import Launch
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.models import AccessLevel, AttributeValue, ManagedLocation, User, UserAttribute
from rollbook.training.catalogue import Course
from rollbook.training.records import Certificate, Enrolment, Status
from tests.cast import Cast, outside_the_ledger, user
from tests.interfaces.console.conftest import Browsers, confirm
from tests.operations.doing import do
from tests.operations.merge_cases import merge, two_accounts
from tests.snapshots import snapshot
from tests.training.stage import LATER, LONG_AGO, Stage

MERGE = "Merge Bea Brown into Ben Baker"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Ben has completed Fire safety and is in First aid, Bea is in both."""
    return two_accounts(cast)


def address(name: str, of: User) -> str:
    return reverse(f"console:{name}", args=[of.pk])


def review(client: Any, primary: User, *duplicates: User) -> Any:
    return client.get(address("merge_user", primary), {"user": [each.pk for each in duplicates]})


def section(page: Any, name: str) -> str:
    """Return what a section of the page says, without tags."""
    found = re.search(rf'aria-labelledby="{name}".*?</section>', page.text, re.DOTALL)
    assert found, f"no section {name}"
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def may_merge(page: Any) -> bool:
    return 'value="apply"' in page.text


def test_it_works(cast: Cast, stage: Stage, at: Browsers) -> None:
    """Seed: "select a user from the USERS report", "Select MERGE USER", "select the Duplicate", "select MERGE"."""
    assert address("merge_user", cast.ben) in at.carla.get(reverse("console:users")).text
    assert "Merge User" in at.carla.get(address("user", cast.ben)).text
    page = confirm(at.carla, address("merge_user", cast.ben), user=[cast.bea.pk])
    assert page.request["PATH_INFO"] == address("user", cast.ben)
    assert f"{MERGE}: done." in page.text
    cast.bea.refresh_from_db()
    assert cast.bea.merged_into == cast.ben


def test_it_checks_access(cast: Cast, stage: Stage, at: Browsers) -> None:
    for client in (at.lou, at.sam, at.mallory):
        assert review(client, cast.ben, cast.bea).status_code == 403
    assert "Merge User" not in at.lou.get(address("user", cast.ben)).text
    assert review(at.carla, cast.mallory, cast.ben).status_code == 404, "the Primary is in South"


def test_who_manages_one_side_only_sees_nothing_of_the_other(cast: Cast, stage: Stage, at: Browsers) -> None:
    page = review(at.carla, cast.ben, cast.mallory)
    assert page.status_code == 403
    assert "Mallory" not in page.text
    found = at.carla.post(address("merge_user", cast.ben), {"step": "look", "look_for_user": "Mallory"})
    assert "No other user whom you may change fits “Mallory”." in found.text


def test_accounts_that_are_called_alike_are_offered_at_once_and_never_the_primary(
    cast: Cast, at: Browsers
) -> None:
    with outside_the_ledger():
        benny = user("Benn", "Baker", cast.oak)
    offered = at.carla.get(address("merge_user", cast.ben)).text
    assert f'name="user" value="{benny.pk}"' in offered
    assert f'name="user" value="{cast.ben.pk}"' not in offered


def test_the_duplicate_is_searched_for_without_a_script_and_what_is_ticked_stays_ticked(
    cast: Cast, at: Browsers
) -> None:
    entered = {"step": "look", "look_for_user": "00124", "user": [cast.dora.pk]}
    page = at.carla.post(address("merge_user", cast.ben), entered).text
    assert f'name="user" value="{cast.dora.pk}" checked' in page
    assert f'name="user" value="{cast.bea.pk}">' in page
    assert "Student ID 00124" in page


def test_whoever_chooses_nobody_is_asked_to(cast: Cast, at: Browsers) -> None:
    page = at.carla.post(address("merge_user", cast.ben), {})
    assert page.status_code == 422
    assert "Choose the account that is to be merged into Ben Baker." in page.text


def test_both_people_stand_side_by_side_and_what_differs_is_marked(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        birthday = UserAttribute.objects.create(code="born", label="Born", kind=UserAttribute.Kind.DATE)
        for who, day in ((cast.ben, "1999-01-02"), (cast.bea, "2001-03-04")):
            AttributeValue.objects.create(attribute=birthday, user=who, value=day)
    page = review(at.carla, cast.ben, cast.bea)
    people = section(page, "people")
    assert people.index("Primary Ben Baker") < people.index("Duplicate Bea Brown")
    for shown in (
        "Born 1999-01-02 2001-03-04 (differs)",
        "First name Ben Bea (differs)",
        "Location Oak Oak",
        "Student ID 00123 00124",
        "Hillside h-ben",
        "Valley v-bea",
        "1 completed",
        "2 in progress",
        "1 certificate",
    ):
        assert shown in people, people
    assert "Oak (differs)" not in people
    assert "Born: Ben Baker has 1999-01-02, Bea Brown 2001-03-04." in page.text, "it is a warning as well"


def test_each_course_says_what_stays_current_what_becomes_history_and_why(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        ladders = Course.objects.create(title="Ladders", category=stage.safety)
    Enrolment.objects.create(user=cast.bea, course=ladders, status=Status.IN_PROGRESS)
    Enrolment.objects.create(user=cast.bea, course=stage.fire, current=False, status=Status.COMPLETED)
    courses = section(review(at.carla, cast.ben, cast.bea), "courses")
    assert "On 2 courses several were enrolled" in courses
    fire = "Fire safety Ben Baker Completed 5 Jan 2026 Bea Brown In progress since 5 Jan 2026"
    assert f"{fire} 1 earlier one stays history The Primary’s enrolment takes priority." in courses
    assert "1 course where nothing is in each other’s way" in courses
    assert "Ladders Bea Brown In progress nothing Only the duplicate is on this course" in courses


def test_the_review_and_what_happens_are_the_same(cast: Cast, stage: Stage, at: Browsers) -> None:
    Enrolment.objects.filter(user=cast.bea, course=stage.first_aid).update(
        status=Status.COMPLETED, completed_at=LATER
    )
    page = review(at.carla, cast.ben, cast.bea)
    said = {
        course.course: (course.kept.pk, [row.pk for row in course.overruled])
        for course in page.context["review"].contested
    }
    confirm(at.carla, address("merge_user", cast.ben), user=[cast.bea.pk])
    rows = Enrolment.objects.filter(user=cast.ben)
    assert said == {
        course: (
            rows.get(course=course, current=True).pk,
            list(rows.filter(course=course, current=False).values_list("pk", flat=True)),
        )
        for course in (stage.fire, stage.first_aid)
    }


def test_of_many_courses_the_first_are_shown_and_the_others_are_there_when_asked_for(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    with outside_the_ledger():
        courses = [
            Course.objects.create(title=f"Course {number:02}", category=stage.safety) for number in range(30)
        ]
    for course in courses:
        Enrolment.objects.create(user=cast.ben, course=course)
        Enrolment.objects.create(user=cast.bea, course=course)
    page = review(at.carla, cast.ben, cast.bea)
    shown, _, hidden = page.text.partition("12 more of these")
    assert "Course 00" in shown
    assert "Course 29" not in shown
    assert "Course 29" in hidden


def test_of_two_certificates_it_says_which_will_be_shown_as_current(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    enrolment = Enrolment.objects.get(user=cast.bea, course=stage.fire)
    with outside_the_ledger():
        Certificate.objects.create(
            user=cast.bea, course=stage.fire, enrolment=enrolment, code="CERT-BEA-0001",
            issued_at=LONG_AGO, expires_at=LATER,
        )  # fmt: skip
    earned = section(review(at.carla, cast.ben, cast.bea), "earned")
    assert "Fire safety Ben Baker 5 Jan 2026 – no end Shown as current" in earned
    assert "Fire safety Bea Brown 5 Jan 2026 – 5 Jun 2026 Expired" in earned
    confirm(at.carla, address("merge_user", cast.ben), user=[cast.bea.pk])
    assert Certificate.objects.filter(user=cast.ben).count() == 2


def test_it_says_what_moves_what_stays_and_what_ends(cast: Cast, stage: Stage, at: Browsers) -> None:
    with outside_the_ledger():
        User.objects.filter(pk=cast.bea.pk).update(access_level=AccessLevel.LOCATION_MANAGER)
        ManagedLocation.objects.create(user=cast.bea, location=cast.oak)
    rest = section(review(at.alice, cast.ben, cast.bea), "rest")
    moves, _, others = rest.partition("Stays with the duplicate")
    stays, _, ends = others.partition("Ends")
    for part, told in (
        (moves, "Becomes Ben Baker’s"),
        (moves, "2 enrolments with all attempts, scores and dates as they are"),
        (moves, "1 LMS account whoever launches with it is the Primary"),
        (moves, "2 identifiers"),
        (stays, "1 content role the Primary has it already"),
        (stays, "1 pair declared wrong the Primary has it already"),
        (ends, "Access as location manager rights never travel"),
        (ends, "1 managed location rights never travel"),
    ):
        assert told in part, rest


def test_the_two_can_change_places_and_of_three_nobody_does(cast: Cast, stage: Stage, at: Browsers) -> None:
    swap = f'formaction="{address("merge_user", cast.bea)}" name="swap" value="{cast.ben.pk}"'
    assert swap in review(at.carla, cast.ben, cast.bea).text
    page = at.carla.post(address("merge_user", cast.bea), {"user": cast.bea.pk, "swap": cast.ben.pk})
    assert "Merge Ben Baker into Bea Brown" in page.text
    assert may_merge(page)
    three = review(at.alice, cast.ben, cast.bea, cast.mallory)
    assert "Merge 2 users into Ben Baker" in three.text
    assert "Swap Primary and duplicate" not in three.text


def test_a_reason_that_was_typed_stays_when_the_two_change_places_or_somebody_else_is_to_be_chosen(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    sent = {"user": cast.bea.pk, "swap": cast.ben.pk, "reason": "One person, two addresses."}
    page = at.carla.post(address("merge_user", cast.bea), sent)
    assert "One person, two addresses.</textarea>" in page.text
    assert User.objects.get(pk=cast.ben.pk).is_active
    other = at.carla.post(address("merge_user", cast.bea), {**sent, "step": "change"})
    assert 'name="reason" value="One person, two addresses."' in other.text
    confirm(
        at.carla, address("merge_user", cast.bea), user=[cast.ben.pk], reason="One person, two addresses."
    )
    assert User.objects.get(pk=cast.ben.pk).merged_into == cast.bea


@pytest.mark.parametrize("nonsense", ["", "abc"])
def test_changing_places_with_nobody_is_a_form_and_no_error(
    nonsense: str, cast: Cast, stage: Stage, at: Browsers
) -> None:
    page = at.carla.post(address("merge_user", cast.bea), {"user": cast.bea.pk, "swap": nonsense})
    assert page.status_code == 422


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("ben", "Nobody is merged into the same account"),
        ("dora", "Dora Dunn is inactive. Retrieve the user first."),
        ("alice", "You cannot merge your own account away"),
    ],
)
def test_a_merge_that_may_not_be_says_why_and_has_no_button(
    who: str, told: str, cast: Cast, stage: Stage, at: Browsers
) -> None:
    page = review(at.alice, cast.ben, getattr(cast, who))
    assert told in page.text
    assert "Nothing will happen" in page.text
    assert not may_merge(page)


def test_one_who_is_above_learner_is_a_super_users_to_merge_away(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    page = review(at.carla, cast.ben, cast.lou)
    assert "Only a super user merges an account above learner away" in page.text
    assert not may_merge(page)
    assert may_merge(review(at.alice, cast.ben, cast.lou))


def test_nobody_merges_who_is_not_there(cast: Cast, stage: Stage, at: Browsers) -> None:
    page = at.alice.get(address("merge_user", cast.ben), {"user": "987654321"})
    assert "There is no user #987654321." in page.text
    assert not may_merge(page)
    assert at.alice.get(address("merge_user", cast.ben), {"user": "x" * 30}).status_code == 422


def test_a_reason_is_asked_for(cast: Cast, stage: Stage, at: Browsers) -> None:
    before = snapshot()
    page = confirm(at.carla, address("merge_user", cast.ben), reason=" ", user=[cast.bea.pk])
    assert page.status_code == 422
    assert may_merge(page)
    assert snapshot() == before


def test_a_review_that_is_no_longer_true_is_shown_anew(cast: Cast, stage: Stage, at: Browsers) -> None:
    where, entered = address("merge_user", cast.ben), {"user": [cast.bea.pk]}
    plan = at.carla.post(where, entered).context["plan"]
    Enrolment.objects.filter(user=cast.bea, course=stage.fire).update(status=Status.COMPLETED)
    sent = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": plan.key, "reason": "one person"}
    page = at.carla.post(where, {**entered, **sent})
    assert page.status_code == 409
    assert "one person" in page.text, "what was typed is not lost"
    assert page.context["plan"].fingerprint != plan.fingerprint
    assert may_merge(page)
    cast.bea.refresh_from_db()
    assert cast.bea.is_active


def test_the_review_costs_the_same_number_of_queries_whatever_there_is(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            review(at.carla, cast.ben, cast.bea)
        return len(found)

    first = queries()
    with outside_the_ledger():
        courses = [Course.objects.create(title=f"Course {n}", category=stage.safety) for n in range(30)]
    for course in courses:
        Enrolment.objects.create(user=cast.ben, course=course)
        Enrolment.objects.create(user=cast.bea, course=course)
    assert queries() == first


def test_the_primarys_page_lists_who_was_merged_when_by_whom_and_offers_undo(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    first = merge(cast.alice, cast.bea, cast.mallory)
    second = merge(cast.carla, cast.ben, cast.bea)
    merged = section(at.alice.get(address("user", cast.ben)), "merged")
    assert merged.index("Bea Brown") < merged.index("Mallory Malik"), "the last merge first"
    assert "by Carla Clark: a test" in merged
    assert "by way of Bea Brown" in merged
    page = at.alice.get(address("user", cast.ben)).text
    assert all(reverse("console:undo", args=[record.pk]) in page for record in (first, second))

    page = at.lou.get(address("user", cast.ben)).text
    assert "Bea Brown" in page
    assert "Mallory" not in page
    assert "Another user" in page
    assert reverse("console:undo", args=[first.pk]) not in page, "Lou may not look at that operation"
    assert reverse("console:undo", args=[second.pk]) not in page, "Lou may not merge, and so not undo"


def test_after_the_undo_nothing_is_listed_any_more(cast: Cast, stage: Stage, at: Browsers) -> None:
    record = merge(cast.carla, cast.ben, cast.bea)
    do(cast.carla, Undo(operation_id=record.pk))
    assert "Merged into this account" not in at.carla.get(address("user", cast.ben)).text


def test_the_merge_itself_is_offered_for_undo_where_a_retrieval_was_taken_back(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    record = merge(cast.carla, cast.ben, cast.bea)
    retrieved = do(cast.carla, RetrieveUsers(user_ids=(cast.bea.pk,)))
    do(cast.carla, Undo(operation_id=retrieved.pk))
    assert reverse("console:undo", args=[record.pk]) in at.carla.get(address("user", cast.ben)).text


def test_a_duplicates_page_leads_to_the_primary_and_says_what_retrieve_means(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    """Seed: "it will be marked as inactive. The account can be accessed by filtering the USERS report"."""
    record = merge(cast.carla, cast.ben, cast.bea)
    page = at.carla.get(address("user", cast.bea)).text
    assert f'Merged into <a href="{address("user", cast.ben)}">Ben Baker</a> by Carla Clark' in page
    assert "Retrieve makes this account active again, but as an empty one" in page
    assert reverse("console:undo", args=[record.pk]) in page
    assert "Merge User" not in page
    report = at.carla.get(reverse("console:users"), {"merged": "yes"}).text
    assert f'into <a href="{address("user", cast.ben)}">Ben Baker</a>' in report
    assert "Bea Brown" in report


def test_the_users_report_names_no_primary_out_of_scope(cast: Cast, stage: Stage, at: Browsers) -> None:
    merge(cast.alice, cast.mallory, cast.bea)
    report = at.lou.get(reverse("console:users"), {"merged": "yes"}).text
    assert "into another user" in report
    assert "Mallory" not in report


def test_a_primarys_launches_show_those_that_arrived_as_its_duplicates(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    Launch.objects.create(
        reference="BEAS-0001", lms=cast.valley, deployment_id="1", subject="v-bea", user=cast.bea
    )
    merge(cast.carla, cast.ben, cast.bea)
    page = at.carla.get(address("user_launches", cast.ben)).text
    assert "AAAA-0001" in page
    assert "BEAS-0001" in page
    assert page.count("Merged since") == 1
    assert "Bea Brown" in page
    assert "AAAA-0001" not in at.carla.get(address("user_launches", cast.bea)).text


def test_an_undo_from_the_primarys_page_brings_everything_back(
    cast: Cast, stage: Stage, at: Browsers
) -> None:
    before = snapshot()
    confirm(at.carla, address("merge_user", cast.ben), user=[cast.bea.pk])
    record = OperationRecord.objects.latest("pk")
    page = confirm(at.carla, reverse("console:undo", args=[record.pk]))
    assert "done." in page.text
    assert snapshot() == before
