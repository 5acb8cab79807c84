"""The Training tab, and enrolling, withdrawing and content roles from the console."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from rollbook.training.catalogue import Course, RoleGrant
from rollbook.training.records import Enrolment
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.conftest import SignIn
from tests.training.stage import LONG_AGO, Stage, furnish, study


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = furnish()
    study(cast, made)
    return made


def go_on(client: Client, url: str, **entered: object) -> str:
    """Preview, then press the button; return the preview's text."""
    shown = client.post(url, entered)
    assert shown.status_code == 200, shown.content.decode()
    plan = shown.context["plan"]
    confirmed = {"step": "apply", "fingerprint": plan.fingerprint, "plan_key": str(plan.key)}
    done = client.post(url, {**entered, **confirmed})
    assert done.status_code == 302, done.content.decode()
    return shown.content.decode()


def test_it_shows_what_a_user_is_on_and_what_was_earned(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    page = signed_in(cast.lou).get(reverse("console:user_training", args=[cast.ben.pk]))
    text = page.content.decode()

    for told in (
        "Fire safety",
        "2 of 2",
        "80 %",
        "First aid",
        "0 of 1",
        "CERT-BEN-0001",
        "Alertness",
        "Crew",
    ):
        assert told in text


def test_the_due_date_of_what_is_completed_is_no_alarm(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    Enrolment.objects.filter(user=cast.ben, course=stage.fire).update(due_at=LONG_AGO)
    page = signed_in(cast.lou).get(reverse("console:user_training", args=[cast.ben.pk]))
    due = date_format(localtime(LONG_AGO), "j M Y")
    assert f'data-label="Due"><span class="text-secondary">{due}</span>' in page.content.decode()


def test_a_user_is_enrolled_from_their_page(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    url = reverse("console:enrol_user", args=[cast.bea.pk])
    lou = signed_in(cast.lou)
    assert f'value="{cast.bea.pk}" checked' in lou.get(url).content.decode()

    text = go_on(lou, url, user=cast.bea.pk, course=stage.first_aid.pk)
    assert "1 user enrolled on First aid" in text
    assert "Enrol 1 user" in text
    assert Enrolment.objects.filter(user=cast.bea, course=stage.first_aid).exists()


def test_many_are_enrolled_by_pasted_addresses_and_by_location(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    url, carla = reverse("console:enrol_users"), signed_in(cast.carla)
    text = go_on(carla, url, names="bea.brown@example.org, nobody@example.org", course=stage.first_aid.pk)
    assert "nobody@example.org" in text
    go_on(carla, url, location=cast.oak.pk, course=stage.fire.pk, again="on")
    assert Enrolment.objects.filter(user=cast.ben, course=stage.fire).count() == 2


def test_courses_to_enrol_on_are_searched_for_and_closed_ones_are_not_found(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    with outside_the_ledger():
        Course.objects.filter(pk=stage.first_aid.pk).update(open=False)
    lou = signed_in(cast.lou)
    for name, found in (("enrol_users", 0), ("withdraw_enrolments", 1)):
        sought = {"step": "look", "look_for_training": "first aid", "course": stage.fire.pk}
        text = lou.post(reverse(f"console:{name}"), sought).content.decode()
        assert text.count(f'name="course" value="{stage.first_aid.pk}"') == found
        assert f'name="course" value="{stage.fire.pk}" checked' in text
    page = lou.post(reverse("console:enrol_users"), {"names": "ben"})
    assert page.status_code == 422
    assert "Choose at least one course." in page.content.decode()


def test_a_user_is_withdrawn_from_the_course_of_the_row(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    url = reverse("console:withdraw_user", args=[cast.ben.pk])
    lou = signed_in(cast.lou)
    form = lou.get(url, {"course": stage.first_aid.pk}).content.decode()
    assert f'name="course" value="{stage.first_aid.pk}"' in form
    assert form.count(" checked") == 2

    go_on(lou, url, user=cast.ben.pk, course=stage.first_aid.pk)
    assert not Enrolment.objects.get(user=cast.ben, course=stage.first_aid).current


def test_content_roles_are_given_and_taken_away(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    url, lou = reverse("console:grant_content_roles"), signed_in(cast.lou)
    both = f"#{cast.ben.pk} #{cast.bea.pk}"
    go_on(lou, url, names=both, role=stage.crew.pk, take_away="no")
    assert RoleGrant.objects.filter(content_role=stage.crew).count() == 2
    go_on(lou, url, names=both, role=stage.crew.pk, take_away="yes")
    assert not RoleGrant.objects.exists()


def test_nobody_enrols_beyond_their_scope(cast: Cast, stage: Stage, signed_in: SignIn) -> None:
    entered = {"user": cast.mallory.pk, "course": stage.first_aid.pk}
    text = signed_in(cast.lou).post(reverse("console:enrol_users"), entered).content.decode()

    assert f"User #{cast.mallory.pk}" in text
    assert "None of these users can be enrolled" in text
    assert "Mallory" not in text


def test_staff_take_a_transcript_and_a_certificate_of_whom_they_see(
    cast: Cast, stage: Stage, signed_in: SignIn
) -> None:
    lou, sam = signed_in(cast.lou), signed_in(cast.sam)
    for url in (
        reverse("console:user_transcript_pdf", args=[cast.ben.pk]),
        reverse("console:certificate", args=["CERT-BEN-0001"]),
    ):
        assert lou.get(url).content.startswith(b"%PDF-")
        assert sam.get(url).status_code == 404
