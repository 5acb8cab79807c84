"""The cast, and a browser for each of them."""

from collections.abc import Callable

import pytest
from django.test import Client

from rollbook.people.models import User
from tests.cast import Cast, assemble

BACKEND = "rollbook.people.sign_in.IdentifierBackend"
SignIn = Callable[[User], Client]


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast."""
    return assemble()


@pytest.fixture
def signed_in() -> SignIn:
    """Return a function that signs somebody in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in
