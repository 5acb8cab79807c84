"""Walk through a launch of the demo LMS up to Rollbook's door, and look at what it would have said there."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.interop.http_browser import send

FORM = {
    "sub": "77",
    "email": "ben.baker@example.edu",
    "given_name": "Ben",
    "family_name": "Baker",
    "sourcedid": "",
    "role": "Learner",
    "deployment_id": "hillside-1",
    "lifetime": "300",
    "custom": "",
    "other": "",
    "where": "window",
}
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"


@dataclass(frozen=True)
class Answer:
    """An answer, with nothing followed."""

    status: int
    text: str
    location: str


def ask(method: str, url: str, fields: dict[str, str] | None = None) -> Answer:
    """Send one request and follow nothing."""
    answer = send(method, url, fields or {})
    return Answer(answer.status, answer.data.decode(), answer.headers.get("Location", ""))


def begin(lms: str, person: str = "hillside/ben", **changed: str) -> dict[str, str]:
    """Launch in a new window; return what the LMS would send to Rollbook's login."""
    chosen = ask("POST", f"{lms}/{person}/launch", {**FORM, **changed})
    login = ask("GET", f"{lms}{chosen.location}")
    return dict(parse_qsl(urlsplit(login.location).query))


def asking(login: dict[str, str], **changed: str) -> dict[str, str]:
    """Return the authentication request by which a tool answers a login initiation."""
    return {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login["client_id"],
        "redirect_uri": login["target_link_uri"],
        "login_hint": login["login_hint"],
        "lti_message_hint": login["lti_message_hint"],
        "state": "the-state",
        "nonce": "the-nonce",
        **changed,
    }


def verified(lms: str, id_token: str) -> dict[str, Any]:
    """Return the claims of a launch whose signature the LMS's published keys confirm."""
    keys = KeySet.import_key_set(json.loads(ask("GET", f"{lms}/jwks").text))
    return dict(jwt.decode(id_token, keys, algorithms=["RS256"]).claims)
