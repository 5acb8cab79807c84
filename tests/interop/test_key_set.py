"""Other LMSs understand the key set that Rollbook publishes: they take what is signed with it."""

import json
import time
import uuid

from joserfc import jwt

from rollbook.lms.models import LMS
from rollbook.lms.tool_keys import rotate_keys, signing_key
from tests.interop.http_browser import send
from tests.interop.platforms import Platform


def asked_for_a_token(platform: Platform) -> tuple[int, dict[str, str]]:
    """Ask for an access token with a signed assertion (1EdTech Security Framework 1.0, 4.1.1)."""
    key, now = signing_key(), int(time.time())
    client, times = platform.client_id, {"iat": now, "exp": now + 60}
    assertion = {"iss": client, "sub": client, "aud": platform.token_url, "jti": str(uuid.uuid4()), **times}
    asked = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "RS256", "kid": key.kid}, assertion, key),
        "scope": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    }
    answer = send("POST", platform.token_url, asked)
    return answer.status, json.loads(answer.data)


def test_what_we_sign_is_accepted_before_and_after_a_rotation(platform: Platform, lms: LMS) -> None:
    for _ in range(2):
        status, answer = asked_for_a_token(platform)
        assert (status, answer.get("token_type")) == (200, "bearer"), answer
        rotate_keys()
