"""Links that prove an e-mail address: whoever opens one reads that mailbox.

A link holds the user, the address to come and the last change of the user's address, encrypted: an address in it would
be read in the logs of every proxy. So it counts once, also if the address of before comes back: that is a change.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from rollbook.people.history import last_change_of
from rollbook.people.models import User

VALID_FOR = timedelta(days=3)
HEADER = {"alg": "dir", "enc": "A256GCM"}
PURPOSE = "rollbook.people.email_links"


@dataclass(frozen=True)
class EmailChange:
    """What a link stands for. `after`: the id of the last change of the user's address when it was asked for, or 0."""

    user_id: int
    new: str
    after: int

    def counts_for(self, user: User) -> bool:
        """Say whether it is this user's, and the address has not changed since."""
        return self.user_id == user.pk and self.after == last_change_of(user, "email")


def email_token(user: User, new: str) -> str:
    """Return the text of a link for a new address."""
    held = json.dumps([user.pk, new, last_change_of(user, "email"), time.time()])
    return jwe.encrypt_compact(HEADER, held, _key())


def read_email_token(token: str) -> EmailChange | None:
    """Return what a link stands for, or None for one that is forged or older than VALID_FOR."""
    try:
        held = jwe.decrypt_compact(token, _key()).plaintext
    except (JoseError, ValueError):
        return None
    user_id, new, after, at = json.loads(held or b"")
    return EmailChange(user_id, new, after) if time.time() - at < VALID_FOR.total_seconds() else None


def _key() -> OctKey:
    return OctKey.import_key(hashlib.sha256(f"{PURPOSE}:{settings.SECRET_KEY}".encode()).digest())
