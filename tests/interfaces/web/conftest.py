"""Pages are tested with the cast on the stage; who signs in has this password."""

import pytest
from django.contrib.auth.hashers import make_password
from pytest_django import Settings

from tests.cast import Cast, assemble

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    """Hash passwords quickly: what they are guarded with is Django's matter."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def cast(db: None) -> Cast:
    """Return the cast, of whom Alice, Ben, Dora and Lou have a password."""
    made = assemble()
    for user in (made.alice, made.ben, made.dora, made.lou):
        user.password = make_password(PASSWORD)
        user.save(update_fields=["password"])
    return made
