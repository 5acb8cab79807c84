"""A launch of the demo LMS, seen from the tool's side."""

from tests.demo.launching import CLAIM, ask, asking, begin, verified
from tests.interop.http_browser import HttpBrowser


def claims_sent(lms: str, person: str = "hillside/ben", **changed: str) -> dict[str, object]:
    page = HttpBrowser().post(f"{lms}/auth", asking(begin(lms, person, **changed)))
    assert page.form.action == "http://127.0.0.1:8000/lti/launch"
    assert page.form.fields["state"] == "the-state"
    return verified(lms, page.form.fields["id_token"])


def test_the_login_names_the_lms_the_person_and_the_deployment(lms: str) -> None:
    login = begin(lms)
    assert login.pop("lti_message_hint")
    assert login == {
        "iss": lms,
        "client_id": "rollbook-hillside",
        "lti_deployment_id": "hillside-1",
        "login_hint": "hillside:ben",
        "target_link_uri": "http://127.0.0.1:8000/lti/launch",
    }


def test_the_launch_is_signed_and_says_what_the_form_said(lms: str) -> None:
    claims = claims_sent(lms, sourcedid="00123", custom="ward=3\nshift = night")
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (lms, "rollbook-hillside", "the-nonce")
    assert (claims["sub"], claims["email"]) == ("77", "ben.baker@example.edu")
    assert (claims["given_name"], claims["family_name"], claims["name"]) == ("Ben", "Baker", "Ben Baker")
    assert claims[CLAIM + "lis"] == {"person_sourcedid": "00123"}
    assert claims[CLAIM + "custom"] == {"ward": "3", "shift": "night"}
    assert claims[CLAIM + "deployment_id"] == "hillside-1"
    assert claims[CLAIM + "message_type"] == "LtiResourceLinkRequest"
    assert claims[CLAIM + "version"] == "1.3.0"


def test_the_two_lmss_share_an_issuer_and_differ_by_client_id(lms: str) -> None:
    hillside = claims_sent(lms)
    valley = claims_sent(lms, "valley/omar", deployment_id="valley-1")
    assert hillside["iss"] == valley["iss"]
    assert hillside["aud"] != valley["aud"]


def test_an_empty_field_is_not_sent(lms: str) -> None:
    claims = claims_sent(lms, sub="", email="", given_name="", family_name="")
    assert not {"sub", "email", "given_name", "family_name", "name", CLAIM + "lis"} & claims.keys()


def test_other_claims_win_so_that_a_launch_can_be_spoiled(lms: str) -> None:
    claims = claims_sent(lms, other='{"aud": "another-tool", "email": null}')
    assert (claims["aud"], claims["email"]) == ("another-tool", None)


def test_a_launch_can_be_too_old_or_without_times(lms: str) -> None:
    old = claims_sent(lms, lifetime="-60")
    assert int(str(old["exp"])) == int(str(old["iat"])) - 60
    assert not {"iat", "exp"} & claims_sent(lms, lifetime="0").keys()


def test_in_a_frame_the_tool_is_told_where_to_keep_data(lms: str) -> None:
    page = HttpBrowser().post(f"{lms}/hillside/ben/launch", {"where": "frame", **_without_where()})
    frame = page.text.split('src="/start/')[1].split('"')[0]
    login = ask("GET", f"{lms}/start/{frame}")
    assert "lti_storage_target=_parent" in login.location
    assert "lti_storage_target" not in begin(lms)


def test_nobody_else_gets_the_launch(lms: str) -> None:
    login = begin(lms)
    for name, wrong in {
        "redirect_uri": "http://elsewhere.example.org/",
        "login_hint": "hillside:bea",
        "client_id": "rollbook-valley",
        "nonce": "",
        "response_mode": "query",
        "lti_message_hint": "invented",
    }.items():
        page = ask("GET", f"{lms}/auth", asking(login, **{name: wrong}))
        assert page.status == 400, name
        assert "id_token" not in page.text or "instead of" in page.text


def _without_where() -> dict[str, str]:
    return {"sub": "77", "role": "Learner", "deployment_id": "hillside-1", "lifetime": "300"}
