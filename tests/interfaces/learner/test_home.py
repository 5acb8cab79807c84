"""The learner's landing page."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from rollbook.lms.models import Launch
from rollbook.training.catalogue import Course
from rollbook.training.records import Enrolment, Status
from tests.cast import Cast, outside_the_ledger
from tests.training.stage import Stage, progress


def arrive(client: Client, cast: Cast, launch: Launch) -> str:
    """Return the landing page of Ben's browser after a launch."""
    client.force_login(cast.ben)
    session = client.session
    session.update({"lms_account_id": cast.bens_account.pk, "launch_id": launch.pk})
    session.save()
    return client.get("/learner/").text


def launch_of(cast: Cast, outcome: Launch.Outcome, **fields: object) -> Launch:
    return Launch.objects.create(
        reference="BBBB-0002",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-ben",
        outcome=outcome,
        **fields,
    )


def test_it_greets_by_name_and_says_where_one_came_from(client: Client, cast: Cast) -> None:
    page = arrive(client, cast, launch_of(cast, Launch.Outcome.KNOWN, user=cast.ben))
    for part in ("Hello, Ben Baker", "Hillside", "LMSBEN000001", "BBBB-0002", "already linked to you"):
        assert part in page


def test_it_names_what_matched(client: Client, cast: Cast) -> None:
    found = [{"user": cast.ben.pk, "name": "Ben Baker", "as": "Student ID"}]
    matcher = {"value": "00123", "found": found, "witness": False}
    witness = {"value": "ben@elsewhere.example", "found": found, "witness": True}
    evidence = {"matchers": [matcher, witness]}
    page = arrive(client, cast, launch_of(cast, Launch.Outcome.MATCHED, user=cast.ben, evidence=evidence))
    assert "fits you and nobody else (Student ID 00123)" in page
    assert "elsewhere" not in page


def test_it_does_not_show_somebody_elses_launch(client: Client, cast: Cast) -> None:
    page = arrive(client, cast, launch_of(cast, Launch.Outcome.KNOWN, user=cast.bea))
    assert "BBBB-0002" not in page


def test_who_signed_in_with_a_password_is_told_so(client: Client, cast: Cast) -> None:
    client.force_login(cast.ben)
    assert "You signed in with your password" in client.get("/learner/").text


def test_my_training_shows_each_course_with_status_chapters_done_and_when_it_is_due(
    cast: Cast, stage: Stage, ben: Client
) -> None:
    progress(cast.ben, stage.film, Status.COMPLETED)
    Enrolment.objects.filter(course=stage.fire).update(
        status=Status.IN_PROGRESS, due_at=timezone.now() - timedelta(days=2)
    )
    page = ben.get("/learner/").text
    for part in (
        "Fire safety",
        "1 of 2 required chapters",
        "In progress",
        "Overdue since",
        "First aid",
        "Reset in-progress",
        "Transcript and certificates",
    ):
        assert part in page


def test_a_course_without_chapters_says_so(cast: Cast, stage: Stage, ben: Client) -> None:
    with outside_the_ledger():
        empty = Course.objects.create(title="Knife skills", category=stage.safety)
    Enrolment.objects.create(user=cast.ben, course=empty)
    assert "no chapters yet" in ben.get("/learner/").text


def test_who_has_no_courses_is_told_where_they_come_from(ben: Client) -> None:
    page = ben.get("/learner/").text
    assert "You have no courses yet" in page
    assert "Reset in-progress" not in page
