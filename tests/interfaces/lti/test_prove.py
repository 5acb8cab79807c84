"""Staff, and users known otherwise, are not linked on the LMS's word: they sign in once."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from rollbook.lms.models import Launch, LMSAccount, Proof
from tests.cast import Cast
from tests.interfaces.lti.conftest import Browser

PASSWORD = "correct horse battery staple"
CARLA = {"sub": "h-carla", "email": "carla.clark@example.org", "given_name": "Carla", "family_name": "Clark"}


@pytest.fixture
def asked(cast: Cast, window: Browser) -> Browser:
    """Return a browser in which a launch with the administrator's e-mail address waits for a proof."""
    for user in (cast.carla, cast.mallory):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    response = window.arrive(cast.hillside, **CARLA)
    assert (response.status_code, response["Location"]) == (302, "/lti/prove")
    return window


def test_in_a_frame_the_administrator_is_sent_to_a_window_of_her_own(cast: Cast, framed: Browser) -> None:
    cast.carla.set_password(PASSWORD)
    cast.carla.save(update_fields=["password"])
    page = framed.arrive(cast.hillside, **CARLA)
    assert "You look after others in Rollbook." in page.text
    assert "sessionid" not in page.cookies


def answer(window: Browser, name: str, password: str = PASSWORD) -> HttpResponse:
    """Fill the form in and send it."""
    return window.client.post("/lti/prove", {"username": name, "password": password}, headers=window.headers)


def test_carla_signs_in_once_and_is_linked(cast: Cast, asked: Browser) -> None:
    assert not asked.client.session.get("_auth_user_id")
    assert "Sign in and link" in asked.client.get("/lti/prove").text
    assert answer(asked, cast.carla.email)["Location"] == "/learner/"
    assert LMSAccount.objects.get(subject="h-carla").user == cast.carla
    assert asked.client.session["_auth_user_id"] == str(cast.carla.pk)
    assert Launch.objects.latest("id").outcome == Launch.Outcome.PROVED
    assert not Proof.objects.exists()


def test_the_next_launch_asks_no_more(cast: Cast, asked: Browser) -> None:
    answer(asked, cast.carla.email)
    assert Browser().arrive(cast.hillside, **CARLA)["Location"] == "/learner/"


def test_a_wrong_password_links_nobody_and_may_be_tried_again(cast: Cast, asked: Browser) -> None:
    response = answer(asked, cast.carla.email, "wrong")
    assert response.status_code == 200
    assert not LMSAccount.objects.filter(subject="h-carla").exists()
    assert answer(asked, cast.carla.email)["Location"] == "/learner/"


def test_signing_in_as_another_user_proves_nothing(cast: Cast, asked: Browser) -> None:
    response = answer(asked, cast.mallory.email)
    assert "This is another user" in response.text
    assert not LMSAccount.objects.filter(subject="h-carla").exists()
    assert not asked.client.session.get("_auth_user_id")


def test_guessing_is_slowed_down(cast: Cast, asked: Browser) -> None:
    for _guess in range(11):
        response = answer(asked, cast.carla.email, "wrong")
    assert "Too many tries" in response.text
    assert "Too many tries" in answer(asked, cast.carla.email).text


def test_a_proof_counts_in_the_session_of_its_launch_only(cast: Cast, asked: Browser) -> None:
    mallorys = Browser()
    session = mallorys.client.session
    session["proof_id"], session["proof_secret"] = Proof.objects.get().pk, "guessed"
    session.save()
    assert answer(mallorys, cast.carla.email).status_code == 410
    assert answer(Browser(), cast.carla.email).status_code == 410


def test_a_proof_is_used_once(cast: Cast, asked: Browser) -> None:
    kept = dict(asked.client.session.items())
    answer(asked, cast.carla.email)
    session = asked.client.session
    session.update(kept)
    session.save()
    assert answer(asked, cast.carla.email).status_code == 410


def test_a_proof_is_asked_for_a_quarter_of_an_hour(cast: Cast, asked: Browser) -> None:
    Proof.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert answer(asked, cast.carla.email).status_code == 410
    assert "sign-in is over" in asked.client.get("/lti/prove").text
