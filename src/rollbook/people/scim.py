"""What identity providers do through SCIM: whose users are whose, and what was refused to whom."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.common.text import storable
from rollbook.ledger.recorded import LogModel
from rollbook.people.merge_rules import MergeRule, Stay
from rollbook.people.models import User

# How many refusals of a client are kept.
KEPT = 50


class ScimUser(LogModel):
    """A user whom a client (an API token with the right `scim:connect`) created or was given, and so may change.

    `ended_at` says since when the client has deleted it: for the client it is not there any more.
    """

    WHY = "says which client may change whom; what it changes is in the record"
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {
        "user": Stay("the client goes on seeing the duplicate, as inactive, and is told whom to use instead")
    }

    client = models.ForeignKey(
        "rollbook.ApiToken", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # Without a constraint: an undo of its creation may remove the user.
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="scim_users")
    external_id = models.CharField(
        max_length=255, blank=True, help_text="the client's own id; empty for none"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_scim_user"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "user"], name="scim_user_once"),
            models.UniqueConstraint(
                fields=["client", "external_id"],
                condition=Q(ended_at=None) & ~Q(external_id=""),
                name="scim_user_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} of {self.client_id}"


class ScimRefusal(LogModel):
    """A request of a client that was refused; the last ones of each client are kept."""

    WHY = "a log of what was not done"

    client = models.ForeignKey(
        "rollbook.ApiToken", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())
    method = models.CharField(max_length=10)
    # Without what was searched for: that is often somebody's name.
    path = models.CharField(max_length=300)
    status = models.PositiveSmallIntegerField()
    detail = models.CharField(max_length=500)

    class Meta:
        db_table = "rollbook_scim_refusal"
        indexes: ClassVar = [models.Index(fields=["client", "-id"], name="scim_refusal_newest")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"


def note_refusal(client_id: int, *, method: str, path: str, status: int, detail: str) -> None:
    """Keep a refusal, and no more than the last `KEPT` of its client."""
    # Often what is refused is just a text that cannot be stored.
    ScimRefusal.objects.create(
        client_id=client_id,
        method=storable(method)[:10],
        path=storable(path)[:300],
        status=status,
        detail=storable(detail)[:500],
    )
    kept = ScimRefusal.objects.filter(client=client_id).order_by("-pk").values("pk")[:KEPT]
    ScimRefusal.objects.filter(client=client_id).exclude(pk__in=kept).delete()
