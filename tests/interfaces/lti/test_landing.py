"""A launch may name a course or chapter, and lands there."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse

from rollbook.lms.models import LMS
from rollbook.training.records import Enrolment
from tests.cast import Cast
from tests.interfaces.lti.conftest import Browser
from tests.interfaces.lti.test_prove import CARLA, PASSWORD
from tests.lms.platform import OURS, Visit
from tests.training.stage import Stage, furnish

LTI = "https://purl.imsglobal.org/spec/lti/claim/"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    """Return the catalogue; Ben is enrolled on Fire safety."""
    stage = furnish()
    Enrolment.objects.create(user=cast.ben, course=stage.fire)
    return stage


def to(browser: Browser, lms: LMS, target: str, **claims: Any) -> HttpResponse:
    """Launch with a target link."""
    visit = browser.visit(lms, target_link_uri=target)
    token = visit.token(target_link_uri=target, **claims)
    return browser.launch(id_token=token, state=visit.state)


@pytest.mark.parametrize("kind", ["course", "chapter"])
def test_the_target_link_leads_there(cast: Cast, stage: Stage, window: Browser, kind: str) -> None:
    path = {"course": f"/learner/courses/{stage.fire.pk}/", "chapter": f"/learner/chapters/{stage.film.pk}/"}[
        kind
    ]
    assert to(window, cast.hillside, f"{OURS}{path}")["Location"] == path
    page = window.client.get(path)
    assert (page.status_code, "Start" in page.text) == (200, True)


def test_a_custom_claim_leads_there_by_id_number(cast: Cast, stage: Stage, window: Browser) -> None:
    course = window.arrive(cast.hillside, **{LTI + "custom": {"course": str(stage.fire.pk)}})
    assert course["Location"] == f"/learner/courses/{stage.fire.pk}/"
    both = {LTI + "custom": {"course": stage.fire.pk, "chapter": stage.film.pk}}
    assert Browser().arrive(cast.hillside, **both)["Location"] == f"/learner/chapters/{stage.film.pk}/"


@pytest.mark.parametrize(
    "custom",
    [
        {},
        {"course": "x"},
        {"course": "$CourseSection.id"},
        {"course": -1},
        {"course": ["1"]},
        {"course": "9" * 30},
    ],
)
def test_a_custom_claim_that_is_no_number_leads_home(cast: Cast, window: Browser, custom: Any) -> None:
    assert window.arrive(cast.hillside, **{LTI + "custom": custom})["Location"] == "/learner/"


@pytest.mark.parametrize(
    "path", ["/console/users/", "/learner/reset/", "/sign-in/out/", "/nowhere", "//evil.example"]
)
def test_any_other_target_leads_home(cast: Cast, window: Browser, path: str) -> None:
    assert to(window, cast.hillside, f"{OURS}{path}")["Location"] == "/learner/"


def test_without_access_one_is_told_so_and_given_the_reference(
    cast: Cast, stage: Stage, window: Browser
) -> None:
    path = f"/learner/courses/{stage.first_aid.pk}/"
    assert to(window, cast.hillside, f"{OURS}{path}")["Location"] == path
    page = window.client.get(path)
    assert page.status_code == 404
    assert "This course is not open to you" in page.text
    assert cast.ben.launches.latest("id").reference in page.text


def test_in_a_frame_it_leads_there_too(cast: Cast, stage: Stage, framed: Browser) -> None:
    path = f"/learner/courses/{stage.fire.pk}/"
    assert to(framed, cast.hillside, f"{OURS}{path}")["Location"] == path


def test_a_frame_that_keeps_no_cookies_goes_on_there_in_a_window(
    cast: Cast, stage: Stage, framed: Browser, window: Browser
) -> None:
    path = f"/learner/courses/{stage.fire.pk}/"
    target = f"{OURS}{path}"
    begun = framed.login(cast.hillside, target_link_uri=target, lti_storage_target="_parent").context["begun"]  # type: ignore[attr-defined]  # Django's test client adds it
    nonce = parse_qs(urlsplit(begun.auth_request).query)["nonce"][0]
    token = Visit(cast.hillside, begun.state, "", nonce).token(target_link_uri=target)
    framed.client.cookies.clear()
    framed.headers["Origin"] = window.headers["Origin"] = OURS
    page = framed.launch(id_token=token, state=begun.state, binding=begun.binding)
    (ticket,) = re.findall(r'name="ticket" value="(\w+)"', page.content.decode())
    continued = window.client.post("/lti/continue", {"ticket": ticket}, headers=window.headers)
    assert continued["Location"] == path


def test_after_a_proof_it_leads_there_too(cast: Cast, stage: Stage, window: Browser) -> None:
    cast.carla.set_password(PASSWORD)
    cast.carla.save(update_fields=["password"])
    path = f"/learner/courses/{stage.fire.pk}/"
    assert to(window, cast.hillside, f"{OURS}{path}", **CARLA)["Location"] == "/lti/prove"
    form = {"username": cast.carla.email, "password": PASSWORD}
    assert window.client.post("/lti/prove", form, headers=window.headers)["Location"] == path
