"""Secrets and signatures (Standard Webhooks 1.0.0, "Signature scheme": symmetric, `v1`)."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from rollbook.people.webhooks.models import WebhookSecret

PREFIX = "whsec_"
# The specification asks for 24 to 64.
BYTES = 32
# How long a secret goes on signing after another one has taken its place.
OVERLAP = timedelta(hours=24)


def signature(signing: Sequence[str], event_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one `v1,<base64>` for each secret, separated by blanks."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_mac(secret, signed)}" for secret in signing)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def issue(webhook_id: int, *, anew: bool = False) -> str:
    """Give a webhook its first secret, or `anew` one in the place of those that it has, and return it.

    Returns nothing for a webhook that has one already, unless `anew`: a secret is shown once. It is kept as it is,
    since it must sign.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two at the same moment would both be the first.
            cursor.execute("SELECT FROM rollbook_webhook WHERE id = %s FOR UPDATE", [webhook_id])
        held = WebhookSecret.objects.filter(webhook=webhook_id, ends_at=None)
        if not anew and held.exists():
            return ""
        held.update(ends_at=timezone.now() + OVERLAP)
        secret = PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()
        WebhookSecret.objects.create(webhook_id=webhook_id, secret=secret)
    return secret


def secrets_of(webhook_id: int) -> list[str]:
    """Return the secrets that sign what a webhook is sent now, the newest first."""
    valid = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
    found = WebhookSecret.objects.filter(valid, webhook=webhook_id)
    return list(found.order_by("-pk").values_list("secret", flat=True))
