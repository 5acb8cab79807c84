"""A launch is let through only if everything about it is in order, and a refused one leaves nothing behind."""

import time
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from rollbook.lms.claim_refusals import DeploymentUnknown, NonceOther
from rollbook.lms.login_refusals import LMSDisabled, StateExpired, StateUsed
from rollbook.lms.models import Deployment, KeySet, Login
from rollbook.lms.refusal import LaunchRefused
from rollbook.lms.token_refusals import KeySetUnreachable, KeyUnknown, SignatureWrong
from rollbook.lms.verification import VerifiedLaunch, verify_launch
from tests.cast import Cast, outside_the_ledger
from tests.lms.forgeries import FORGERIES, Forgery
from tests.lms.platform import OURS, TARGET, Visit, begin, ec_key, publish, rsa_key


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.managed:
                cursor.execute(
                    f"SELECT t::text FROM {connection.ops.quote_name(model._meta.db_table)} t ORDER BY 1"
                )
                rows[model._meta.db_table] = cursor.fetchall()
    return rows


def accepted(visit: Visit, **changes: Any) -> VerifiedLaunch:
    """Return a good launch with some claims changed."""
    return verify_launch(visit.token(**changes), visit.state, visit.binding)


@pytest.mark.parametrize(("reason", "forge"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_or_malformed_launch_is_refused_with_its_own_reason_and_leaves_nothing_behind(
    visit: Visit, requests_out: list[str], reason: type[LaunchRefused], forge: Forgery
) -> None:
    sent = forge(visit)
    before = all_rows()
    with pytest.raises(reason) as refused:
        verify_launch(sent.id_token, sent.state, sent.binding)
    assert type(refused.value) is reason
    assert all_rows() == before
    assert requests_out == []


def test_there_are_at_least_forty_different_reasons() -> None:
    assert len({reason for reason, _forge in FORGERIES.values()}) >= 40


def test_each_reason_has_a_code_a_sentence_and_a_remedy_of_its_own() -> None:
    reasons = [cls("a detail") for cls in LaunchRefused.__subclasses__()]
    assert len({one.code for one in reasons}) == len({one.reason for one in reasons}) == len(reasons)
    assert all(one.reason.endswith(".") and one.remedy.endswith(".") for one in reasons)
    assert all(one.code.replace("-", "").islower() for one in reasons)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"aud": ["hillside"]},
        {"aud": ["hillside"], "azp": "hillside"},
        {"aud": ["another-tool", "hillside"], "azp": "hillside"},
        {"azp": None},
        {"roles": []},
        {"given_name": "Ḃén 🎓", "family_name": "بيكر", "name": None},
        {"sub": "Ünï cøde/+='\"<&>"},
        {"sub": "x" * 255},
        {"exp": 4102444800.5},
    ],
)
def test_a_good_launch_is_accepted(visit: Visit, requests_out: list[str], changes: dict[str, Any]) -> None:
    launch = accepted(visit, **changes)
    assert (launch.lms, launch.deployment_id, launch.target) == (visit.lms, "1", TARGET)
    assert launch.subject == changes.get("sub", "h-ben")
    assert launch.claims["nonce"] == visit.nonce
    assert requests_out == []
    assert not Login.objects.exists()


def test_the_clocks_may_differ_by_a_minute(visit: Visit) -> None:
    assert accepted(visit, exp=int(time.time()) - 58, iat=int(time.time()) + 58)


def test_a_launch_is_good_for_ten_minutes_whatever_its_expiry_says(visit: Visit) -> None:
    assert accepted(visit, iat=int(time.time()) - 600)


def test_a_deployment_may_have_any_characters(visit: Visit) -> None:
    odd = "7:8865aa05b4b79b64a91a86042e43af5ea8ae79eb/ü %&'\"<"
    with outside_the_ledger():
        Deployment.objects.create(lms=visit.lms, deployment_id=odd)
    assert accepted(visit, deployment_id=odd).deployment_id == odd


def test_an_elliptic_curve_key_is_accepted(visit: Visit) -> None:
    token = visit.token({"alg": "ES256", "kid": "elliptic"}, ec_key("elliptic"))
    assert verify_launch(token, visit.state, visit.binding).subject == "h-ben"


def test_a_verified_launch_cannot_be_changed(visit: Visit) -> None:
    launch = accepted(visit)
    with pytest.raises(TypeError):
        launch.claims["sub"] = "h-alice"  # type: ignore[index]  # that it cannot be written is the point


def test_a_replayed_token_is_refused(visit: Visit) -> None:
    token = visit.token()
    verify_launch(token, visit.state, visit.binding)
    with pytest.raises(StateUsed):
        verify_launch(token, visit.state, visit.binding)


def test_a_replayed_token_is_refused_in_a_new_login(visit: Visit) -> None:
    token = visit.token()
    verify_launch(token, visit.state, visit.binding)
    again = begin(visit.lms)
    with pytest.raises(NonceOther):
        verify_launch(token, again.state, again.binding)


def test_a_state_that_took_too_long_is_refused(visit: Visit) -> None:
    late = time.time() + 601
    with patch("time.time", return_value=late), pytest.raises(StateExpired):
        verify_launch(visit.token(), visit.state, visit.binding)


def test_a_forged_token_does_not_use_up_the_login(visit: Visit) -> None:
    with pytest.raises(SignatureWrong):
        verify_launch(visit.token(key=rsa_key("mallory")), visit.state, visit.binding)
    assert accepted(visit)


def test_the_state_of_one_lms_does_not_take_the_token_of_another(cast: Cast, visit: Visit) -> None:
    publish(cast.valley, rsa_key("valley").as_dict(private=False))
    other = begin(cast.valley)
    with pytest.raises(KeyUnknown):
        verify_launch(other.token({"kid": "valley"}, rsa_key("valley")), visit.state, visit.binding)


def test_a_deployment_of_another_lms_of_the_same_issuer_is_unknown(cast: Cast, visit: Visit) -> None:
    with outside_the_ledger():
        Deployment.objects.create(lms=cast.valley, deployment_id="of-valley")
    with pytest.raises(DeploymentUnknown):
        accepted(visit, deployment_id="of-valley")


def test_an_lms_that_was_disabled_in_between_is_refused(visit: Visit) -> None:
    with outside_the_ledger():
        type(visit.lms).objects.filter(pk=visit.lms.pk).update(enabled=False)
    with pytest.raises(LMSDisabled) as refused:
        accepted(visit)
    assert refused.value.lms == visit.lms


def test_an_unknown_key_asks_the_lms_once_and_not_each_time(visit: Visit, requests_out: list[str]) -> None:
    KeySet.objects.update(asked_at=timezone.now() - timedelta(minutes=5))
    for _attempt in range(3):
        with pytest.raises(KeyUnknown):
            verify_launch(visit.token({"kid": "key-2"}), visit.state, visit.binding)
    assert requests_out == [visit.lms.key_set_url]


def test_an_lms_whose_keys_were_never_fetched_and_that_is_down_is_refused(
    cast: Cast, requests_out: list[str]
) -> None:
    visit = begin(cast.valley)
    with pytest.raises(KeySetUnreachable):
        accepted(visit)
    assert requests_out == [cast.valley.key_set_url]


def test_verifying_takes_one_query_and_using_the_login_up_a_second(
    visit: Visit, django_assert_num_queries: Any
) -> None:
    token = visit.token()
    with django_assert_num_queries(2):
        verify_launch(token, visit.state, visit.binding)


def test_our_own_address_is_the_one_that_tests_use() -> None:
    assert TARGET.startswith(OURS)
