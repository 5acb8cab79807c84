"""Rollbook in an LMS's frame: cookies that work there, pages that only the LMS may frame, and a way out."""

from http.cookies import Morsel
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse

from rollbook.lms.models import Launch
from rollbook.people.models import User
from tests.cast import Cast, outside_the_ledger
from tests.interfaces.lti.conftest import IN_FRAME, Browser
from tests.lms.platform import OURS, Visit

PRESENTATION = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"


def ancestors(response: HttpResponse) -> set[str]:
    """Return who may frame a page."""
    rules = dict(rule.strip().partition(" ")[::2] for rule in response["Content-Security-Policy"].split(";"))
    return set(rules["frame-ancestors"].split())


def attributes(cookie: Morsel[str]) -> set[str]:
    """Return a cookie's attributes as the header has them."""
    return {part.strip() for part in cookie.OutputString().split(";")[1:]}


def arrive_framed(framed: Browser, cast: Cast, **claims: object) -> HttpResponse:
    """Launch in the frame of a school whose LMS signs in elsewhere, as hosted Canvas does."""
    visit = framed.visit(cast.hillside)
    back = {PRESENTATION: {"return_url": "https://school.example.org/courses/7"}}
    return framed.launch(id_token=visit.token(**back, **claims), state=visit.state)


def test_a_login_in_a_frame_is_a_page_that_tries_storage_and_cookie(cast: Cast, framed: Browser) -> None:
    response = framed.login(cast.hillside, lti_storage_target="_parent")
    assert response.status_code == 200
    assert 'data-frame="_parent"' in response.text
    assert 'data-origin="https://lms.example.org"' in response.text
    assert "rollbook/lti.js" in response.text
    assert {"Secure", "SameSite=None", "Partitioned"} <= attributes(response.cookies["rollbook-browser"])
    assert "HttpOnly" in attributes(response.cookies["rollbook-browser"])
    assert "Partitioned" in attributes(response.cookies["rollbook-probe"])


def test_the_new_window_begins_the_login_anew(cast: Cast, framed: Browser, window: Browser) -> None:
    response = framed.login(cast.hillside, lti_storage_target="_parent", lti_message_hint="a&b=c")
    asked = parse_qs(urlsplit(response.context["new_window"]).query)
    assert asked["lti_message_hint"] == ["a&b=c"]
    assert "lti_storage_target" not in asked
    again = window.client.get(response.context["new_window"], headers=window.headers)
    assert again["Location"].startswith(cast.hillside.auth_url)


def test_only_the_lms_and_the_page_that_asked_may_frame_a_login(cast: Cast, framed: Browser) -> None:
    assert ancestors(framed.login(cast.hillside)) == {"https://lms.example.org", "https://school.example.org"}


def test_a_strange_frame_name_is_not_used(cast: Cast, framed: Browser) -> None:
    response = framed.login(cast.hillside, lti_storage_target='x" onload="alert(1)')
    assert response.context["begun"].frame == ""


def test_a_launch_in_a_frame_has_cookies_that_work_there(cast: Cast, framed: Browser) -> None:
    response = arrive_framed(framed, cast)
    assert (response.status_code, response["Location"]) == (302, "/learner/")
    assert {"Secure", "SameSite=None", "Partitioned", "HttpOnly"} <= attributes(response.cookies["sessionid"])
    page = framed.client.get("/learner/", headers=framed.headers)
    assert ancestors(page) == {"https://lms.example.org", "https://school.example.org"}
    assert "X-Frame-Options" not in page


def test_the_page_that_began_the_login_may_not_frame_the_session(cast: Cast, framed: Browser) -> None:
    framed.headers["Referer"] = "https://mallory.example.com/"
    arrive_framed(framed, cast)
    page = framed.client.get("/learner/", headers=framed.headers)
    assert "https://mallory.example.com" not in ancestors(page)


def test_a_launch_in_a_window_has_ordinary_cookies_and_no_frame(cast: Cast, window: Browser) -> None:
    response = window.arrive(cast.hillside)
    assert "SameSite=Lax" in attributes(response.cookies["sessionid"])
    assert "Partitioned" not in attributes(response.cookies["sessionid"])
    page = window.client.get("/learner/")
    assert ancestors(page) == {"'none'"}
    assert page["X-Frame-Options"] == "DENY"


def test_a_frame_of_the_same_site_has_ordinary_cookies(cast: Cast, framed: Browser) -> None:
    framed.headers["Sec-Fetch-Site"] = "same-site"
    assert "SameSite=Lax" in attributes(arrive_framed(framed, cast).cookies["sessionid"])


def test_pages_without_a_launch_are_framed_by_nobody(cast: Cast, framed: Browser) -> None:
    response = framed.client.get("/sign-in/", headers=framed.headers)
    assert ancestors(response) == {"'none'"}
    assert response["X-Frame-Options"] == "DENY"


def test_a_refusal_can_be_read_inside_the_frame(cast: Cast, framed: Browser) -> None:
    visit = framed.visit(cast.hillside)
    response = framed.launch(id_token="hello", state=visit.state)
    assert "token-malformed" in response.text
    assert "https://school.example.org" in ancestors(response)


def test_what_an_lms_sends_cannot_widen_the_policy(cast: Cast, framed: Browser) -> None:
    visit = framed.visit(cast.hillside)
    evil = {PRESENTATION: {"return_url": "https://x;script-src *"}}
    framed.launch(id_token=visit.token(**evil), state=visit.state)
    page = framed.client.get("/learner/", headers=framed.headers)
    assert "script-src *" not in page["Content-Security-Policy"]


def test_without_cookies_the_binding_comes_from_the_lmss_storage_and_a_new_window_opens(
    cast: Cast, framed: Browser, window: Browser
) -> None:
    response = framed.login(cast.hillside, lti_storage_target="_parent")
    begun = response.context["begun"]
    query = parse_qs(urlsplit(begun.auth_request).query)
    framed.client.cookies.clear()
    token = _token(cast, query["state"][0], query["nonce"][0])
    asks = framed.launch(id_token=token, state=begun.state)
    assert asks.status_code == 200
    assert f'name="state" value="{begun.state}"' in asks.text
    assert f'value="{token}"' in asks.text
    framed.headers["Origin"] = OURS
    arrived = framed.launch(id_token=token, state=begun.state, binding=begun.binding)
    assert "Continue in a new window" in arrived.text
    assert "sessionid" not in arrived.cookies
    window.headers["Origin"] = OURS
    continued = window.client.post(
        "/lti/continue", {"ticket": arrived.context["ticket"]}, headers=window.headers
    )
    assert continued["Location"] == "/learner/"
    assert "Ben" in window.client.get("/learner/").text
    again = window.client.post("/lti/continue", {"ticket": arrived.context["ticket"]}, headers=window.headers)
    assert "state-used" in again.text


@pytest.mark.parametrize("binding", ["", "0" * 64])
def test_without_cookies_and_with_nothing_or_something_else_in_the_storage_a_launch_is_refused(
    cast: Cast, framed: Browser, binding: str
) -> None:
    visit = framed.visit(cast.hillside, lti_storage_target="_parent")
    framed.client.cookies.clear()
    framed.headers["Origin"] = OURS
    response = framed.launch(id_token=visit.token(), state=visit.state, binding=binding)
    assert ("browser-other" if binding else "browser-unknown") in response.text
    assert Launch.objects.count() == 1


def test_a_ticket_is_no_session_and_works_from_our_own_page_only(
    cast: Cast, framed: Browser, window: Browser
) -> None:
    ticket = _ticket(cast, framed)
    window.client.cookies["sessionid"] = ticket
    assert window.client.get("/learner/").status_code == 302
    for origin in ("https://mallory.example.com", "null", ""):
        window.headers["Origin"] = origin
        response = window.client.post("/lti/continue", {"ticket": ticket}, headers=window.headers)
        assert "browser-other" in response.text


@pytest.mark.parametrize("origin", ["https://mallory.example.com", "null", ""])
def test_nobody_is_signed_in_as_a_stranger_who_hands_over_the_binding_of_a_launch(
    cast: Cast, framed: Browser, window: Browser, origin: str
) -> None:
    begun = framed.login(cast.hillside, lti_storage_target="_parent").context["begun"]
    nonce = parse_qs(urlsplit(begun.auth_request).query)["nonce"][0]
    window.headers["Origin"] = origin
    response = window.launch(
        id_token=_token(cast, begun.state, nonce), state=begun.state, binding=begun.binding
    )
    assert "browser-other" in response.text
    assert "sessionid" not in response.cookies


def test_a_window_of_its_own_is_framed_by_nobody_whatever_the_session_before_was(
    cast: Cast, framed: Browser, window: Browser
) -> None:
    framed.headers["Sec-Fetch-Site"] = "same-site"
    framed.arrive(cast.hillside)
    assert framed.client.session["framed_by"]
    ticket = _ticket(cast, Browser(dict(IN_FRAME)))
    window.headers["Origin"] = OURS
    framed.client.post("/lti/continue", {"ticket": ticket}, headers=window.headers)
    page = framed.client.get("/learner/", headers=window.headers)
    assert page.status_code == 200
    assert page["X-Frame-Options"] == "DENY"


def test_a_ticket_that_no_database_can_hold_is_refused(cast: Cast, window: Browser) -> None:
    window.headers["Origin"] = OURS
    response = window.client.post("/lti/continue", {"ticket": "abcdefgh\x00"}, headers=window.headers)
    assert "state-used" in response.text


def test_a_ticket_of_a_user_who_was_deactivated_meanwhile_opens_nothing(
    cast: Cast, framed: Browser, window: Browser
) -> None:
    ticket = _ticket(cast, framed)
    with outside_the_ledger():
        User.objects.filter(pk=cast.ben.pk).update(status=User.Status.INACTIVE)
    window.headers["Origin"] = OURS
    window.client.post("/lti/continue", {"ticket": ticket}, headers=window.headers)
    assert window.client.get("/learner/").status_code == 302


def _token(cast: Cast, state: str, nonce: str) -> str:
    return Visit(cast.hillside, state, "", nonce).token()


def _ticket(cast: Cast, framed: Browser) -> str:
    begun = framed.login(cast.hillside, lti_storage_target="_parent").context["begun"]
    nonce = parse_qs(urlsplit(begun.auth_request).query)["nonce"][0]
    framed.client.cookies.clear()
    token = _token(cast, begun.state, nonce)
    framed.headers["Origin"] = OURS
    arrived = framed.launch(id_token=token, state=begun.state, binding=begun.binding)
    ticket: str = arrived.context["ticket"]
    return ticket
