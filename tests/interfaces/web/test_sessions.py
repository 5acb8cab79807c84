"""Cookies that cannot be a session of ours."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.mark.parametrize("key", ['"\\000' + "a" * 31 + '"', "a" * 31 + "'", "ä" * 32, "a" * 500, ""])
@pytest.mark.django_db
def test_a_cookie_that_cannot_be_ours_signs_nobody_in_and_breaks_nothing(client: Client, key: str) -> None:
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}

    assert client.get("/sign-in/", headers=headers).status_code == 200
