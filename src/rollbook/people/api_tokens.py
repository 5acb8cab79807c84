"""API tokens: what a system of others shows to act as `api:<name>`, with named rights, in a location and below it."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from rollbook.ledger.errors import NotAllowed
from rollbook.ledger.recorded import RegisterModel
from rollbook.people.access import RIGHTS, ClientActor
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, Revoke
from rollbook.people.models import Location, User

# By it a secret is known for one, in logs and in repositories that are searched for them.
PREFIX = "rollbook_"
# How exact "last used" is: a write for every request would be a price for nothing.
USED = timedelta(minutes=1)


class ApiToken(RegisterModel):
    """What was given to a system: who gave it, which rights, where and until when. Its secret is shown once.

    It works as long as whoever created it is active and still holds these rights.
    """

    UNCAPTURED = frozenset({"secret_hash", "last_used_at"})
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"created_by": Revoke()}

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    rights: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, related_name="api_tokens", help_text="empty: everywhere"
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # SHA-256 of the secret, in hexadecimal. Empty for one that an undo has put back: no secret opens it again.
    secret_hash = models.CharField(max_length=64, default="", db_default="", editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "rollbook_api_token"
        verbose_name = "API token"
        verbose_name_plural = "API tokens"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["secret_hash"], condition=~Q(secret_hash=""), name="api_token_secret_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stopped(self) -> str:
        """Return why it does not work, or nothing."""
        if self.revoked_at:
            return "Revoked"
        if self.expires_at and self.expires_at <= timezone.now():
            return "Expired"
        if not self.secret_hash:
            return "Its secret is gone"
        return "" if self.created_by.is_active else "Its creator is inactive"


@dataclass(frozen=True)
class TokenActor(ClientActor):
    """What acts with an API token."""

    token_id: int = 0

    def now(self) -> "TokenActor":
        """Return it with the rights of now. Raises NotAllowed for one that does not work any more."""
        acting = _actor(ApiToken.objects.filter(pk=self.token_id))
        if acting is None:
            raise NotAllowed
        return acting


def issue(token_id: int) -> str:
    """Give a token that has none its secret, and return it: 256 random bits, of which only the SHA-256 is kept."""
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.filter(pk=token_id, secret_hash="").update(secret_hash=_hash(secret))
    return secret


def token_actor(secret: str) -> TokenActor | None:
    """Return whoever a secret belongs to, or None where it opens nothing (any more); notes that it was used."""
    if not secret.startswith(PREFIX):
        return None
    acting = _actor(ApiToken.objects.filter(secret_hash=_hash(secret)))
    if acting:
        before = timezone.now() - USED
        unused = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiToken.objects.filter(unused, pk=acting.token_id).update(last_used_at=Now())
    return acting


def token_actor_named(name: str) -> TokenActor:
    """Return whoever acts with the token of this name. Raises NotAllowed."""
    acting = _actor(ApiToken.objects.filter(name=name))
    if acting is None:
        raise NotAllowed
    return acting


def _actor(tokens: "models.QuerySet[ApiToken]") -> TokenActor | None:
    token = tokens.select_related("created_by").first()
    if token is None or token.stopped:
        return None
    return TokenActor(
        kind="api",
        label=token.name,
        rights=frozenset(token.rights) & RIGHTS[token.created_by.level],
        everywhere=token.location_id is None,
        location_id=token.location_id,
        token_id=token.pk,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
