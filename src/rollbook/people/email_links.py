"""Links that prove an e-mail address: whoever opens one reads that mailbox.

The link holds the user, the address that the user has and the one to come. So it counts once: afterwards the user has
another address than it says.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing

from rollbook.people.models import User

SALT = "rollbook.people.email_links"
VALID_FOR = timedelta(days=3)


@dataclass(frozen=True)
class EmailChange:
    """What a link stands for."""

    user_id: int
    old: str
    new: str


def email_token(user: User, new: str) -> str:
    """Return the signed text of a link for a new address."""
    return signing.dumps([user.pk, user.email, new], salt=SALT)


def read_email_token(token: str) -> EmailChange | None:
    """Return what a link stands for, or None for one that is forged or older than VALID_FOR."""
    try:
        user_id, old, new = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    return EmailChange(user_id, old, new)
