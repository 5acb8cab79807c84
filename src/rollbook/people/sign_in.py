"""Signing in with e-mail or any identifier, and a password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from rollbook.people.lookups import known_as
from rollbook.people.models import User


class IdentifierBackend(BaseBackend):
    """Signs an active user in whose e-mail (ignoring case) or identifier (exact text) was given."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Return the user, or None; an ambiguous name signs nobody in."""
        if not username or not password:
            return None
        found = list(known_as(username)[:2])
        if len(found) != 1:
            make_password(password)  # the same time as for a user who exists
            return None
        user = found[0]
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session while active, so that deactivating ends every session."""
        return User.objects.filter(pk=user_id, status=User.Status.ACTIVE).first()
