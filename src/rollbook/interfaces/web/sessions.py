"""Sessions in the database, as Django keeps them, with two differences."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string

KEY_LENGTH = 32


class SessionStore(db.SessionStore):
    """A cookie with a key that cannot be ours asks the database nothing; a new key is not looked up first."""

    def _validate_session_key(self, key: Any) -> bool:
        # A quoted cookie may hold what PostgreSQL cannot store, such as NUL.
        return bool(key) and len(key) == KEY_LENGTH and set(key) <= set(VALID_KEY_CHARS)

    def _get_new_session_key(self) -> str:
        # Should the key be taken, the insert says so and `create` draws another one.
        return get_random_string(KEY_LENGTH, VALID_KEY_CHARS)
