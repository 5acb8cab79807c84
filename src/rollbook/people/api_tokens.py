"""API tokens: what a system of others shows to act as `api:<name>`, with named rights, in a location and below it."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from rollbook.ledger.errors import NotAllowed
from rollbook.ledger.recorded import RegisterModel
from rollbook.people.access import RIGHTS, ClientActor, Right
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, Revoke
from rollbook.people.models import AccessLevel, Location, User
from rollbook.people.scim import ScimUser
from rollbook.people.tree import locations_managed

M = TypeVar("M", bound=Model)

# By it a secret is known for one, in logs and in repositories that are searched for them.
PREFIX = "rollbook_"
# How exact "last used" is: a write for every request would be a price for nothing.
USED = timedelta(minutes=1)


class ApiToken(RegisterModel):
    """What was given to a system: who gave it, which rights, where and until when. Its secret is shown once.

    It works as long as whoever created it is active, reaches as far and still holds these rights.
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
        if not self.created_by.is_active:
            return "Its creator is inactive"
        return "" if self._is_in_reach else "It reaches further than its creator"

    @property
    def _is_in_reach(self) -> bool:
        """Say whether its creator still manages its location, or everything."""
        creator = self.created_by
        if creator.level == AccessLevel.SUPER_USER:
            return True
        return Location.objects.filter(
            pk=self.location_id or 0, pk__in=locations_managed(creator.pk)
        ).exists()


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


@dataclass(frozen=True)
class ScimActor(TokenActor):
    """An identity provider (`scim:<name>`): it changes only the learners that it created or was given.

    With the right `scim:adopt` it sees, and is given as soon as it changes them, the learners in its scope whom no
    other client that works holds. `creating` is for an operation that touches nobody who is there already.
    """

    creating: bool = False

    def now(self) -> "ScimActor":
        """Return it with the rights of now. Raises NotAllowed for one that does not work any more."""
        acting = super().now()
        if not isinstance(acting, ScimActor):
            raise NotAllowed
        return replace(acting, creating=self.creating)

    def to_create(self) -> "ScimActor":
        """Return it as the actor of an operation that touches no user who is there already."""
        return replace(self, creating=True)

    def reach(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return what a token reaches; of the users only those that are its own."""
        found = super().reach(rows)
        return found.filter(self._own()) if rows.model is User and not self.creating else found

    def sees_users(self, users: "QuerySet[User] | None" = None) -> "QuerySet[User]":
        """Return its own users in scope, and those that it may adopt."""
        seen = super().sees_users(users)
        return seen.filter(self._own() | self._adoptable() if self.may(Right.SCIM_ADOPT) else self._own())

    def is_held_elsewhere(self, user: User) -> bool:
        """Say whether another client that works was given a user, or created it."""
        return _held().exclude(client=self.token_id).filter(user=user).exists()

    def _own(self) -> Q:
        mine = ScimUser.objects.filter(user=OuterRef("pk"), client=self.token_id, ended_at=None)
        return Q(Exists(mine))

    def _adoptable(self) -> Q:
        of = ScimUser.objects.filter(user=OuterRef("pk"))
        taken = of.filter(Q(client=self.token_id) | Q(pk__in=_held().values("pk")))
        return Q(~Exists(taken), access_level=AccessLevel.LEARNER, merged_into=None)


def _held() -> "QuerySet[ScimUser]":
    """Return whom clients that work hold."""
    working = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), revoked_at=None)
    return ScimUser.objects.filter(client__in=working.values("pk"), ended_at=None)


def issue(token_id: int) -> str:
    """Give a token that has none its secret, and return it: 256 random bits, of which only the SHA-256 is kept."""
    secret = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.filter(pk=token_id, secret_hash="").update(secret_hash=_hash(secret))
    return secret


def token_actor(secret: str) -> TokenActor | None:
    """Return whoever may use the API with a secret, or None where it opens nothing (any more), or SCIM instead."""
    acting = _bearer(secret)
    return None if isinstance(acting, ScimActor) else acting


def scim_actor(secret: str) -> ScimActor | None:
    """Return the identity provider that a secret belongs to, or None where it opens nothing (any more)."""
    acting = _bearer(secret)
    return acting if isinstance(acting, ScimActor) else None


def _bearer(secret: str) -> TokenActor | None:
    """Return whoever a secret belongs to, and note that it was used."""
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
    rights = frozenset(token.rights) & RIGHTS[token.created_by.level]
    # What holds this right acts by the rules of SCIM alone: it gets around them by no other door.
    kind, actor = ("scim", ScimActor) if Right.SCIM_CONNECT in token.rights else ("api", TokenActor)
    return actor(
        kind=kind,
        label=token.name,
        rights=rights,
        everywhere=token.location_id is None,
        answers_to=token.created_by_id,
        location_id=token.location_id,
        token_id=token.pk,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
