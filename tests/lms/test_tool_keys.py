"""Our own keys are changed without a gap."""

from datetime import timedelta

import pytest
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import KeySet

from rollbook.lms.models import ToolKey
from rollbook.lms.tool_keys import OVERLAP, public_key_set, rotate_keys, signing_key

pytestmark = pytest.mark.django_db


def test_the_first_use_makes_a_key() -> None:
    key = signing_key()
    assert signing_key().kid == key.kid
    assert ToolKey.objects.count() == 1


def test_what_the_old_key_signed_can_still_be_checked_after_a_change() -> None:
    old = signing_key()
    signed = jws.serialize_compact({"alg": "RS256", "kid": old.kid}, b"hello", old)
    rotate_keys()
    assert jws.deserialize_compact(signed, KeySet.import_key_set(public_key_set())).payload == b"hello"


def test_after_a_change_the_new_key_signs() -> None:
    old = signing_key()
    assert rotate_keys().kid == signing_key().kid != old.kid


def test_a_retired_key_is_published_for_a_while_and_deleted_at_the_next_change() -> None:
    old = signing_key()
    rotate_keys()
    assert old.kid in {key["kid"] for key in public_key_set()["keys"]}
    ToolKey.objects.filter(kid=old.kid).update(retired_at=timezone.now() - OVERLAP - timedelta(seconds=1))
    assert old.kid not in {key["kid"] for key in public_key_set()["keys"]}
    rotate_keys()
    assert not ToolKey.objects.filter(kid=old.kid).exists()


def test_nothing_private_is_published() -> None:
    rotate_keys()
    assert all(not {"d", "p", "q", "dp", "dq", "qi"} & key.keys() for key in public_key_set()["keys"])
