"""A session that began with a launch lasts as long as its LMS account belongs to the person (case 17)."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.cast import Cast, outside_the_ledger
from tests.interfaces.web.conftest import PASSWORD


@pytest.fixture
def launched(client: Client, cast: Cast) -> Client:
    """Return Ben's browser after a launch."""
    client.login(username="ben", password=PASSWORD)
    session = client.session
    session["lms_account_id"] = cast.bens_account.pk
    session.save()
    return client


def ended(client: Client) -> bool:
    answer = client.get("/profile/")
    over = answer.status_code == 403 and "Your session has ended" in answer.text
    assert over is ("_auth_user_id" not in client.session)
    return over


def test_it_lasts_while_the_account_is_the_persons(launched: Client) -> None:
    assert not ended(launched)


def test_it_ends_when_the_account_is_removed(launched: Client, cast: Cast) -> None:
    with outside_the_ledger():
        cast.bens_account.delete()
    assert ended(launched)
    assert launched.get("/sign-in/").status_code == 200


def test_it_ends_when_the_account_points_to_somebody_else(launched: Client, cast: Cast) -> None:
    with outside_the_ledger():
        cast.bens_account.user = cast.bea
        cast.bens_account.save()
    assert ended(launched)


def test_a_session_by_password_does_not_depend_on_lms_accounts(client: Client, cast: Cast) -> None:
    client.login(username="ben", password=PASSWORD)
    with outside_the_ledger():
        cast.bens_account.delete()
    assert not ended(client)


def test_nobody_else_can_take_the_session_over(launched: Client, cast: Cast) -> None:
    launched.post("/sign-in/out/")
    launched.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    assert "lms_account_id" not in launched.session


def test_the_check_costs_one_query(
    launched: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The session, the account, the user.
    with django_assert_num_queries(3) as seen:
        launched.get("/")
    assert sum("rollbook_lms_account" in query["sql"] for query in seen.captured_queries) == 1


def test_a_new_launch_from_the_same_browser_is_not_held_up_by_the_session_that_ended(
    launched: Client, cast: Cast
) -> None:
    with outside_the_ledger():
        cast.bens_account.delete()
    asked = {"iss": cast.hillside.issuer, "login_hint": "ben", "client_id": cast.hillside.client_id}
    answer = launched.get("/lti/login", {**asked, "target_link_uri": "http://localhost/lti/launch"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(cast.hillside.auth_url)
    assert "_auth_user_id" not in launched.session
