"""Beginning a launch: the browser is sent to the right LMS, with everything that makes the way back safe."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rollbook.lms.models import LMS, Deployment, Login
from tests.cast import Cast, lms, outside_the_ledger
from tests.interfaces.lti.conftest import Browser
from tests.lms.platform import TARGET

METHODS = ["get", "post"]


@pytest.mark.parametrize("method", METHODS)
def test_the_browser_is_sent_to_the_lms(cast: Cast, window: Browser, method: str) -> None:
    response = window.login(cast.hillside, method, lti_message_hint="course 7&8")
    assert response.status_code == 302
    address = urlsplit(response["Location"])
    assert address._replace(query="").geturl() == cast.hillside.auth_url
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert len(query.pop("state")) > 40
    assert len(query.pop("nonce")) > 40
    assert query == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "hillside",
        "redirect_uri": TARGET,
        "login_hint": "ben",
        "lti_message_hint": "course 7&8",
    }
    assert response["Cache-Control"] == "no-store"


def test_only_hashes_are_stored(cast: Cast, window: Browser) -> None:
    visit = window.visit(cast.hillside)
    row = Login.objects.get()
    assert (row.lms, row.target) == (cast.hillside, TARGET)
    stored = b"".join(map(bytes, (row.state_hash, row.nonce_hash, row.browser_hash)))
    assert len(stored) == 96
    assert visit.state.encode() not in stored
    assert visit.nonce.encode() not in stored


def test_an_address_with_a_query_of_its_own_keeps_it(cast: Cast, window: Browser) -> None:
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.hillside.pk).update(
            auth_url="https://lms.example.org/auth?tenant=7&scope=evil"
        )
    query = parse_qs(urlsplit(window.login(cast.hillside)["Location"]).query)
    assert (query["tenant"], query["scope"]) == (["7"], ["openid"])


def test_lmss_of_one_issuer_are_told_apart_by_client_id(cast: Cast, window: Browser) -> None:
    assert window.login(cast.valley)["Location"].startswith(cast.valley.auth_url)


def test_without_a_client_id_the_deployment_decides(cast: Cast, window: Browser) -> None:
    with outside_the_ledger():
        Deployment.objects.create(lms=cast.valley, deployment_id="of-valley")
    response = window.login(cast.hillside, client_id=None, lti_deployment_id="of-valley")
    assert response["Location"].startswith(cast.valley.auth_url)


def test_without_a_client_id_an_only_lms_of_its_issuer_is_found(cast: Cast, window: Browser) -> None:
    with outside_the_ledger():
        made = lms("Lonely", cast.north)
        LMS.objects.filter(pk=made.pk).update(issuer="https://lonely.example.org")
        made.refresh_from_db()
    assert window.login(made, client_id=None)["Location"].startswith(made.auth_url)


ELSEWHERE = [
    "https://mallory.example.com/",
    "//mallory.example.com/",
    "http://localhost@mallory.example.com/",
    "http://localhost:pw@mallory.example.com/",
    "http://localhost.mallory.example.com/",
    "http://mallory.example.com#http://localhost/",
    "http://mallory.example.com\\@localhost/",
    "http://localhost\\@mallory.example.com/",
    "http://localhost:8080/lti/launch",
    "https://localhost/lti/launch",
    "javascript:alert(1)//http://localhost/",
    "data:text/html,hello",
    "/lti/launch",
    "http:/localhost/lti/launch",
    "http://local\thost/lti/launch",
    " http://localhost/lti/launch",
    "http://[::1/",
    "http://localhost/" + "x" * 1000,
]
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no issuer": ("login-incomplete", {"iss": None}),
    "no login hint": ("login-incomplete", {"login_hint": ""}),
    "no target": ("login-incomplete", {"target_link_uri": None}),
    "an unknown issuer": ("lms-unknown", {"iss": "https://mallory.example.com"}),
    "an issuer with a slash more": ("lms-unknown", {"iss": "https://lms.example.org/"}),
    "an unknown client id": ("lms-unknown", {"client_id": "mallory"}),
    "a client id in capitals": ("lms-unknown", {"client_id": "HILLSIDE"}),
    "no client id, several LMSs": ("lms-ambiguous", {"client_id": None}),
    "no client id, a deployment that several have": (
        "lms-ambiguous",
        {"client_id": None, "lti_deployment_id": "1"},
    ),
    "no client id, an unknown deployment": ("lms-unknown", {"client_id": None, "lti_deployment_id": "9"}),
    "two issuers": (
        "duplicate-parameter",
        {"iss": ["https://lms.example.org", "https://mallory.example.com"]},
    ),
    "two targets": ("duplicate-parameter", {"target_link_uri": [TARGET, TARGET]}),
    "a hint without end": ("parameter-too-long", {"login_hint": "x" * 8001}),
    "a NUL": ("parameter-too-long", {"iss": "https://lms.example.org\x00"}),
} | {f"the target {url[:40]}": ("target-elsewhere", {"target_link_uri": url}) for url in ELSEWHERE}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("code", "request_"), REFUSED.values(), ids=REFUSED)
def test_a_login_that_is_not_in_order_is_refused_with_its_reason_and_leaves_no_row(
    cast: Cast, window: Browser, method: str, code: str, request_: dict[str, Any]
) -> None:
    response = window.login(cast.hillside, method, **request_)
    assert response.status_code == 400
    assert f"<code>{code}</code>" in response.text
    assert "Location" not in response
    assert not Login.objects.exists()


def test_a_disabled_lms_is_refused_and_its_contact_is_named(cast: Cast, window: Browser) -> None:
    with outside_the_ledger():
        LMS.objects.filter(pk=cast.hillside.pk).update(enabled=False, contact="Hillside help desk")
    response = window.login(cast.hillside)
    assert response.status_code == 403
    assert "lms-disabled" in response.text
    assert "Hillside help desk" in response.text


def test_other_methods_are_refused(window: Browser) -> None:
    response = window.client.put("/lti/login", headers=window.headers)
    assert response.status_code == 405
    assert "wrong-method" in response.text


def test_what_an_lms_sends_is_shown_as_text(cast: Cast, window: Browser) -> None:
    text = window.login(cast.hillside, iss='"><script>alert(1)</script>').text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
