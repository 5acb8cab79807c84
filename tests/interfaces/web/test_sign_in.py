"""Signing in and out, and how guessing is slowed down."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from rollbook.people.models import RecentCount
from rollbook.people.throttle import SIGN_IN_AS, SIGN_IN_FROM, clear_expired
from tests.cast import Cast
from tests.interfaces.web.conftest import PASSWORD

SIGN_IN = "/sign-in/"


def sign_in(client: Client, name: str, password: str = PASSWORD, address: str = "192.0.2.1") -> bool:
    answer = client.post(SIGN_IN, {"username": name, "password": password}, REMOTE_ADDR=address)
    return answer.status_code == 302


@pytest.mark.parametrize("name", ["ben.baker@example.org", "Ben.Baker@Example.org", "ben", "00123", " ben "])
def test_any_identifier_or_the_e_mail_signs_in(client: Client, cast: Cast, name: str) -> None:
    assert sign_in(client, name)
    assert client.session["_auth_user_id"] == str(cast.ben.pk)


@pytest.mark.parametrize(
    ("name", "password"), [("ben", "wrong"), ("nobody", PASSWORD), ("dora.dunn@example.org", PASSWORD)]
)
def test_a_wrong_name_a_wrong_password_and_an_inactive_user_get_the_same_answer(
    client: Client, cast: Cast, name: str, password: str
) -> None:
    answer = client.post(SIGN_IN, {"username": name, "password": password})
    assert "This name and password do not belong together." in answer.text
    assert "_auth_user_id" not in client.session


def test_the_right_password_is_refused_after_too_many_wrong_ones_from_anywhere(
    client: Client, cast: Cast
) -> None:
    for number in range(SIGN_IN_AS.most):
        assert not sign_in(client, "ben", "wrong", f"192.0.2.{number}")
    answer = client.post(SIGN_IN, {"username": "BEN", "password": PASSWORD})
    assert "Too many tries." in answer.text
    assert sign_in(client, "alice", address="192.0.2.99")


def test_one_address_that_tries_many_names_is_slowed_down(client: Client, cast: Cast) -> None:
    for number in range(SIGN_IN_FROM.most):
        SIGN_IN_FROM.count("192.0.2.7")
        assert number < SIGN_IN_FROM.most
    assert not sign_in(client, "ben", address="192.0.2.7")
    assert sign_in(client, "ben", address="192.0.2.8")


def test_signing_in_rightly_counts_neither_against_the_name_nor_the_address(
    client: Client, cast: Cast
) -> None:
    for _ in range(SIGN_IN_AS.most + 5):
        assert sign_in(client, "ben")
        client.post("/sign-in/out/")
    assert not RecentCount.objects.filter(count__gt=0).exists()


def test_the_wait_ends(client: Client, cast: Cast) -> None:
    for _ in range(SIGN_IN_AS.most + 1):
        sign_in(client, "ben", "wrong")
    RecentCount.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sign_in(client, "ben")


def test_what_was_typed_as_a_name_is_not_kept(client: Client, cast: Cast) -> None:
    sign_in(client, "my secret password", "wrong")
    kept = RecentCount.objects.get(key_hash=SIGN_IN_AS._hash("my secret password"))
    assert b"secret" not in bytes(kept.key_hash)


def test_counts_whose_time_is_over_are_cleared_and_others_stay(cast: Cast) -> None:
    SIGN_IN_AS.count("ben")
    RecentCount.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    SIGN_IN_AS.count("bea")
    assert clear_expired() == 1
    assert RecentCount.objects.count() == 1


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, cast: Cast) -> None:
    sign_in(client, "ben")
    assert client.get("/sign-in/out/").status_code == 405
    client.post("/sign-in/out/")
    assert "_auth_user_id" not in client.session
    assert "You are signed out." in client.get(SIGN_IN).text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(client: Client, cast: Cast, elsewhere: str) -> None:
    answer = client.post(SIGN_IN, {"username": "ben", "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_behind_a_trusted_proxy_the_visitor_is_whom_the_proxy_saw(
    client: Client, cast: Cast, settings: Settings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client.post(
        SIGN_IN,
        {"username": "ben", "password": "wrong"},
        headers={"X-Forwarded-For": "198.51.100.1, 2001:db8:0:1::7"},
        REMOTE_ADDR="10.0.0.1",
    )
    assert RecentCount.objects.filter(key_hash=SIGN_IN_FROM._hash("2001:db8:0:1::/64"), count=1).exists()


def test_signing_in_writes_nothing_of_the_register(client: Client, cast: Cast) -> None:
    before = type(cast.ben).objects.filter(pk=cast.ben.pk).values("email", "status", "first_name").get()
    assert sign_in(client, "ben")
    cast.ben.refresh_from_db()
    assert cast.ben.last_login is not None
    assert (
        type(cast.ben).objects.filter(pk=cast.ben.pk).values("email", "status", "first_name").get() == before
    )


def test_a_session_that_was_framed_is_not_framed_after_signing_in(client: Client, cast: Cast) -> None:
    session = client.session
    session["framed_by"] = ["https://lms.example.org"]
    session.save()
    assert sign_in(client, "ben")
    page = client.get("/learner/")
    assert page["X-Frame-Options"] == "DENY"
    assert "https://lms.example.org" not in page["Content-Security-Policy"]
