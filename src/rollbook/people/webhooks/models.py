"""Whom the register tells what, the secrets that sign it, and the log of what was sent."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.ledger.recorded import LogModel, RegisterModel
from rollbook.people.access import ClientActor
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, Stay
from rollbook.people.models import Location, User


class Event(models.TextChoices):
    """What a webhook can be told; the names are for programs, and never change."""

    USER_CREATED = "user.created", "user.created: a user is new"
    USER_UPDATED = "user.updated", "user.updated: a profile, attribute or identifier changed"
    USER_DEACTIVATED = "user.deactivated", "user.deactivated: a user became inactive"
    USER_RETRIEVED = "user.retrieved", "user.retrieved: an inactive or merged user is active again"
    USER_MERGED = "user.merged", "user.merged: a duplicate was merged into its Primary"
    USER_REMOVED = "user.removed", "user.removed: a user is gone, whose creation was undone"
    OPERATION_APPLIED = "operation.applied", "operation.applied: anything was done"
    OPERATION_UNDONE = "operation.undone", "operation.undone: an operation was taken back"


# In place of the users' own events, where one operation brings about more of them than are sent one by one.
USERS_CHANGED = "users.changed"
TEST = "webhook.test"
USER_EVENTS = tuple(event.value for event in Event if event.startswith("user."))


class Webhook(RegisterModel):
    """An address that is told about some events: everywhere, or in a location and below it.

    `stopped_at` and `stopped_why` say that Rollbook gave it up, which is no decision of anybody and not recorded.
    """

    UNCAPTURED = frozenset({"stopped_at", "stopped_why"})
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {
        "created_by": Stay("it says who made it; it carries none of its creator's rights")
    }

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    url = models.CharField(max_length=500)
    events: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    location = models.ForeignKey(
        Location, models.PROTECT, null=True, related_name="webhooks", help_text="empty: everywhere"
    )
    enabled = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="webhooks")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_why = models.CharField(max_length=200, default="", db_default="", editable=False)

    class Meta:
        db_table = "rollbook_webhook"

    def __str__(self) -> str:
        return self.name

    @property
    def idle(self) -> str:
        """Return why nothing is sent to it, or nothing."""
        if not self.enabled:
            return "Switched off"
        return f"Given up: {self.stopped_why}" if self.stopped_at else ""

    @property
    def scope(self) -> ClientActor:
        """Return who would see what it is told about, and nothing else."""
        everywhere = self.location_id is None
        return ClientActor("webhook", self.name, everywhere=everywhere, location_id=self.location_id)


class WebhookSecret(LogModel):
    """A secret that signs what a webhook is sent. One that was replaced goes on signing for a while beside the new."""

    WHY = "a secret"

    # Without a constraint: an undo may put a removed webhook back.
    webhook = models.ForeignKey(Webhook, models.DO_NOTHING, db_constraint=False, related_name="secrets")
    secret = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_webhook_secret"

    def __str__(self) -> str:
        return f"secret {self.pk}"


class Delivery(LogModel):
    """One message to one webhook, and what became of it."""

    WHY = "a log of what was sent; kept for some weeks"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    webhook = models.ForeignKey(
        Webhook, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="deliveries"
    )
    operation_id = models.BigIntegerField(null=True, help_text="empty for a test")
    event_id = models.CharField(max_length=60, help_text="webhook-id: the same however often it is sent")
    event = models.CharField(max_length=30)
    body = models.TextField(help_text="exactly what is sent")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True, help_text="how long the last attempt took")
    status = models.PositiveSmallIntegerField(null=True, help_text="of the last answer")
    answer = models.TextField(blank=True, default="", help_text="its beginning")
    problem = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        db_table = "rollbook_webhook_delivery"
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook", "event_id"], name="webhook_delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_newest"),
            models.Index(fields=["created_at"], name="webhook_delivery_age"),
            models.Index(
                fields=["operation_id"],
                name="webhook_delivery_operation",
                condition=Q(operation_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.event_id}"
