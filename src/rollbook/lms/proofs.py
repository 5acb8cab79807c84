"""A launch that waits for the person to sign in once (DESIGN, section 3, rule 3)."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.utils import timezone

from rollbook.lms.models import Launch, Proof

LIFETIME = timedelta(minutes=15)


def ask(launch: Launch, user_id: int) -> tuple[Proof, str]:
    """Return the row that binds the launch to the user it matched, and the secret that binds both to a session."""
    secret = secrets.token_urlsafe(32)
    made = Proof.objects.create(
        launch=launch,
        user_id=user_id,
        browser_hash=_sha256(secret),
        expires_at=timezone.now() + LIFETIME,
    )
    return made, secret


def find(proof_id: object, secret: object) -> Proof | None:
    """Return the proof that is asked of the session with this secret, while it is open."""
    if not isinstance(proof_id, int) or not isinstance(secret, str):
        return None
    found = Proof.objects.select_related("launch__lms", "user").filter(pk=proof_id).first()
    if found is None or found.expires_at <= timezone.now():
        return None
    return found if hmac.compare_digest(_sha256(secret), bytes(found.browser_hash)) else None


def use_up(proof: Proof) -> bool:
    """Use the proof up; of two that try at once, one gets False."""
    return Proof.objects.filter(pk=proof.pk).delete()[0] == 1


def purge() -> int:
    """Remove proofs that nobody gave in time; return how many."""
    return Proof.objects.filter(expires_at__lte=timezone.now()).delete()[0]


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
