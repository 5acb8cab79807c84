"""What an LMS reads about Rollbook."""

import pytest
from django.test import Client

from rollbook.lms.tool_keys import rotate_keys
from tests.lms.platform import OURS, TARGET

pytestmark = pytest.mark.django_db


def test_our_key_set_has_public_keys_only() -> None:
    made = rotate_keys()
    answer = Client().get("/lti/jwks.json")
    assert answer["Content-Type"] == "application/json"
    (key,) = answer.json()["keys"]
    assert key["kid"] == made.kid
    assert key.keys() == {"kid", "kty", "use", "alg", "n", "e"}


def test_our_configuration_names_our_addresses() -> None:
    answer = Client().get("/lti/config.json").json()
    assert answer["oidc_initiation_url"] == f"{OURS}/lti/login"
    assert answer["target_link_uri"] == TARGET
    assert answer["public_jwk_url"] == f"{OURS}/lti/jwks.json"
