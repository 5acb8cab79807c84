"""The launch at the door: whoever is let in has a fresh session, and a forged launch gets a page and nothing else."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session

from rollbook.lms.models import LMS, KeySet, Launch, LMSAccount, Login
from rollbook.lms.refusal import LaunchRefused
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.lti.conftest import Browser
from tests.lms.forgeries import FORGERIES, Forgery
from tests.lms.platform import by_hand

OF_THE_BROWSER = {"a browser that shows nothing", "another browser"}
AT_THE_DOOR = {name: case for name, case in FORGERIES.items() if name not in OF_THE_BROWSER}


def counts() -> dict[str, int]:
    """Return how many rows there are of everything that a launch could write."""
    return {
        model.__name__: model.objects.count() for model in (User, LMSAccount, Launch, Login, KeySet, Session)
    }


@pytest.mark.parametrize(("reason", "forge"), AT_THE_DOOR.values(), ids=AT_THE_DOOR)
def test_a_forged_launch_gets_a_page_with_its_code_and_nothing_is_written(
    cast: Cast, window: Browser, reason: type[LaunchRefused], forge: Forgery
) -> None:
    sent = forge(window.visit(cast.hillside))
    before = counts()
    response = window.launch(id_token=sent.id_token, state=sent.state)
    assert response.status_code == reason.status
    assert f"<code>{reason().code}</code>" in response.text
    assert counts() == before
    assert "sessionid" not in response.cookies


def test_ben_is_let_in_and_greeted(cast: Cast, window: Browser) -> None:
    response = window.arrive(cast.hillside)
    assert (response.status_code, response["Location"]) == (302, "/learner/")
    page = window.client.get("/learner/")
    assert page.status_code == 200
    assert "Ben" in page.text
    launch = Launch.objects.latest("id")
    assert (launch.user, launch.outcome) == (cast.ben, Launch.Outcome.KNOWN)
    session = window.client.session
    assert (session["lms_account_id"], session["launch_id"]) == (cast.bens_account.pk, launch.pk)


def test_a_launch_starts_a_fresh_session_whoever_was_signed_in(cast: Cast, window: Browser) -> None:
    window.client.force_login(cast.carla)
    session = window.client.session
    session["of_carla"] = "secret"
    session.save()
    before = window.client.cookies["sessionid"].value
    window.arrive(cast.hillside)
    assert window.client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()
    assert "of_carla" not in window.client.session
    assert window.client.session["_auth_user_id"] == str(cast.ben.pk)


def test_removing_the_lms_account_ends_the_session_that_began_from_it(cast: Cast, window: Browser) -> None:
    window.arrive(cast.hillside)
    with outside_the_ledger():
        cast.bens_account.delete()
    assert window.client.get("/learner/").status_code == 403


def test_a_launch_begun_in_one_browser_does_not_end_in_another(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    mallorys = Browser()
    mallorys.visit(cast.hillside)
    response = mallorys.launch(id_token=visit.token(), state=visit.state)
    assert "browser-other" in response.text
    assert "sessionid" not in response.cookies
    assert window.launch(id_token=visit.token(), state=visit.state).status_code == 302


def test_a_browser_without_the_cookie_is_refused(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    response = Browser().launch(id_token=visit.token(), state=visit.state)
    assert "browser-unknown" in response.text


def test_the_same_form_sent_twice_opens_rollbook_once(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    sent = {"id_token": visit.token(), "state": visit.state}
    assert window.launch(**sent).status_code == 302
    response = window.launch(**sent)
    assert "state-used" in response.text
    assert Launch.objects.filter(lms=cast.hillside).count() == 2  # one is in the cast


def test_two_tabs_may_log_in_at_once(cast: Cast, window: Browser) -> None:
    first, second = window.visit(cast.hillside), window.visit(cast.hillside)
    assert window.launch(id_token=first.token(), state=first.state).status_code == 302
    assert window.launch(id_token=second.token(), state=second.state).status_code == 302


MALFORMED: dict[str, tuple[str, dict[str, Any]]] = {
    "two tokens": ("duplicate-parameter", {"id_token": ["a", "b"]}),
    "two states": ("duplicate-parameter", {"state": ["a", "b"]}),
    "no token": ("token-missing", {"id_token": ""}),
    "an error of the LMS": (
        "lms-reported-error",
        {"error": "login_required", "error_description": "Who are you?"},
    ),
}


@pytest.mark.parametrize(("code", "sent"), MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_is_not_in_order_is_refused(
    cast: Cast, window: Browser, code: str, sent: dict[str, Any]
) -> None:
    visit = window.visit(cast.hillside)
    response = window.launch(**({"id_token": visit.token(), "state": visit.state} | sent))
    assert response.status_code == 400
    assert f"<code>{code}</code>" in response.text


def test_a_launch_is_not_opened_by_an_address(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    response = window.client.get("/lti/launch", {"id_token": visit.token(), "state": visit.state})
    assert response.status_code == 405
    assert "wrong-method" in response.text


def test_an_lms_that_was_disabled_meanwhile_is_refused(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.hillside.pk).update(enabled=False)
    assert "lms-disabled" in window.launch(id_token=visit.token(), state=visit.state).text


def test_the_same_subject_of_two_lmss_is_two_people(cast: Cast, window: Browser) -> None:
    response = window.arrive(cast.valley, sub="h-ben", aud="valley", email=None)
    assert response.status_code == 403
    assert Launch.objects.latest("id").outcome == Launch.Outcome.NOBODY


def test_whoever_is_not_known_sees_what_was_sent_whom_to_ask_and_a_reference(
    cast: Cast, window: Browser
) -> None:
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.valley.pk).update(contact="Valley help desk")
    response = window.arrive(
        cast.valley, sub="v-1", aud="valley", given_name="<b>Zoë</b>", email="zoe@example.org"
    )
    assert response.status_code == 403
    assert Launch.objects.latest("id").reference in response.text
    assert "Valley help desk" in response.text
    assert "zoe@example.org" in response.text
    assert "&lt;b&gt;Zoë&lt;/b&gt;" in response.text
    assert not window.client.session.get("_auth_user_id")


def test_an_inactive_user_is_not_let_in(cast: Cast, window: Browser) -> None:
    response = window.arrive(cast.hillside, sub="h-dora", email="dora.dunn@example.org")
    assert response.status_code == 403
    assert "inactive" in response.text


def test_a_refused_launch_ends_nobodys_session(cast: Cast, window: Browser) -> None:
    window.client.force_login(cast.carla)
    visit = window.visit(cast.hillside)
    window.launch(id_token=by_hand({"alg": "none", "kid": "x"}, visit.claims()), state=visit.state)
    assert window.client.session["_auth_user_id"] == str(cast.carla.pk)


def test_a_launch_by_a_known_lms_account_takes_four_queries_and_a_session(
    cast: Cast, window: Browser, django_assert_num_queries: Any
) -> None:
    visit = window.visit(cast.hillside)
    token = visit.token()
    # Two to verify and use the login up, two to decide and log. The other three are Django's session: its
    # row within a transaction.
    with django_assert_num_queries(7):
        window.launch(id_token=token, state=visit.state)
