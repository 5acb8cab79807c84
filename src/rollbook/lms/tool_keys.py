"""Our own signing keys: what we publish, and how they are changed without a gap."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from joserfc.jwk import RSAKey

from rollbook.lms.models import ToolKey

BITS = 2048
# Twice the longest time for which an LMS is known to cache a tool's key set (one day).
OVERLAP = timedelta(hours=48)


def signing_key() -> RSAKey:
    """Return the private key that signs what we send to an LMS, made now if there is none yet."""
    row = ToolKey.objects.filter(retired_at=None).order_by("-id").first() or rotate_keys()
    return RSAKey.import_key(row.private_pem, {"kid": row.kid, "use": "sig", "alg": "RS256"})


def rotate_keys() -> ToolKey:
    """Make a new signing key and retire the others; those retired longer than `OVERLAP` ago are deleted.

    A retired key signs nothing more and stays published for `OVERLAP`: what it signed can still be checked.
    """
    made = RSAKey.generate_key(BITS)
    now = timezone.now()
    with transaction.atomic():
        ToolKey.objects.filter(retired_at=None).update(retired_at=now)
        ToolKey.objects.filter(retired_at__lt=now - OVERLAP).delete()
        return ToolKey.objects.create(kid=made.thumbprint(), private_pem=made.as_pem(private=True).decode())


def public_key_set() -> dict[str, list[dict[str, Any]]]:
    """Return the public halves of all keys an LMS may meet: `{"keys": [JWK...]}`, newest first."""
    wanted = timezone.now() - OVERLAP
    rows = ToolKey.objects.exclude(retired_at__lt=wanted).order_by("-id")
    keys = [
        RSAKey.import_key(row.private_pem, {"kid": row.kid, "use": "sig", "alg": "RS256"}) for row in rows
    ]
    return {"keys": [key.as_dict(private=False) for key in keys]}
