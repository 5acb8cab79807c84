"""The record itself: operations, their subjects, and each row's before and after."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from rollbook.ledger.recorded import LogModel


class OperationRecord(LogModel):
    """One operation that was applied: who, when, why, what. Rows are added and never changed."""

    WHY = "it is the record itself"

    verb = models.CharField(max_length=60)
    params = models.JSONField(help_text="the operation's parameters, as they were planned")
    right = models.CharField(max_length=60, help_text="the right it needed, and its undo needs")
    actor = models.CharField(
        max_length=200, help_text="user:<id>, lms:<name>, api:<name>, scim:<name> or cli:<account>"
    )
    actor_name = models.CharField(max_length=401, help_text="how the actor was called at that time")
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    reason = models.TextField(blank=True)
    approver = models.CharField(
        max_length=200,
        default="",
        db_default="",
        help_text="the second person where it needed one, as in actor",
    )
    approver_name = models.CharField(max_length=401, default="", db_default="")
    summary = models.TextField(help_text="what it did, in one sentence")
    counts = models.JSONField(default=dict, help_text='{table: {"create" | "update" | "remove": rows}}')
    fingerprint = models.CharField(max_length=64)
    plan_key = models.UUIDField(unique=True, help_text="a plan is applied once")
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")
    part_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="parts",
        db_index=False,
        help_text="the operation that applied it together with others; that one has no changes of its own",
    )
    xid = models.BigIntegerField(
        help_text="the transaction that may write to the register in this operation's name"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rollbook_operation"
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="operation_newest"),
            models.Index(fields=["verb", "-id"], name="operation_verb"),
            models.Index(fields=["actor_user", "-id"], name="operation_actor_user"),
            models.Index(
                fields=["actor", "-id"],
                condition=models.Q(actor_user__isnull=True),
                name="operation_machine",
            ),
            models.Index(
                fields=["part_of"], condition=models.Q(part_of__isnull=False), name="operation_part_of"
            ),
        ]

    def __str__(self) -> str:
        return f"operation {self.pk}: {self.summary}"

    def created_ids(self, table: str) -> list[int]:
        """Return the ids of the rows that it created in `table`."""
        made = self.changes.filter(table=table, kind=Change.Kind.CREATE)
        return list(made.order_by("pk").values_list("row_id", flat=True))


class OperationSubject(LogModel):
    """A row that an operation was about, and locked (a user, mostly)."""

    WHY = "it is the record itself"

    operation = models.ForeignKey(
        OperationRecord, models.PROTECT, related_name="subjects", db_constraint=False, db_index=False
    )
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()

    class Meta:
        db_table = "rollbook_operation_subject"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operation", "table", "row_id"], name="subject_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["table", "row_id", "-operation"], name="subject_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"


class Change(LogModel):
    """One row's before and after, written by the capture triggers and by nothing else.

    `before` and `after` hold whole rows for "remove" and "create"; for "update" the columns that the
    statement changed in any of its rows.
    """

    WHY = "it is the record itself"

    class Kind(models.TextChoices):
        CREATE = "create"
        UPDATE = "update"
        REMOVE = "remove"

    # Only the trigger writes here, in an operation's name: checking the reference for each of a million rows
    # would cost as much as the change itself, and `change_once` already begins with the operation.
    operation = models.ForeignKey(
        OperationRecord, models.PROTECT, related_name="changes", db_constraint=False, db_index=False
    )
    step = models.SmallIntegerField(help_text="which effect of the operation's plan")
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    before: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    after: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)

    class Meta:
        db_table = "rollbook_change"
        constraints: ClassVar = [
            # A second change of the same row in one operation would make "before" and "after" ambiguous. The database
            # has this for the table's primary key: a change is looked for by its operation or its row, and an index
            # of `id` alone would be the third that a million recorded rows go into.
            models.UniqueConstraint(fields=["operation", "table", "row_id"], name="change_once"),
        ]
        # The history of one row. Without the table's name, which would double the index: few tables share an id.
        indexes: ClassVar = [
            models.Index(
                fields=["row_id", "id"],
                # Its rows keep their last operation themselves: see `rollbook.ledger.stamps`.
                condition=~models.Q(table="rollbook_chapter_progress"),
                name="change_row",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.table} {self.row_id}"


class Purge(LogModel):
    """What an operation erased and was then removed for good, so that it can no longer be undone."""

    WHY = "it is the record itself"

    operation = models.ForeignKey(OperationRecord, models.PROTECT, related_name="purges")
    table = models.CharField(max_length=63)
    rows = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rollbook_purge"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operation", "table"], name="purge_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rows} {self.table} of operation {self.operation_id}"


class OperationJob(LogModel):
    """A large operation that the worker applies: what was confirmed, and how far it is."""

    WHY = "work that waits or runs; what it did is in the record"

    class State(models.TextChoices):
        HELD = "held"
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        REJECTED = "rejected"

    OVER = (State.DONE, State.FAILED, State.REJECTED)

    verb = models.CharField(max_length=60)
    params = models.JSONField(help_text="the operation's parameters, as they were planned")
    summary = models.TextField()
    actor = models.CharField(max_length=200, default="", help_text="user:<id>, api:<name> or cli:<account>")
    actor_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    reason = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, help_text="of the preview that was confirmed")
    plan_key = models.UUIDField(unique=True, help_text="a plan is applied once")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    holds: "models.JSONField[list[str], list[str]]" = models.JSONField(
        default=list, help_text="why a second person must approve it"
    )
    decider = models.CharField(
        max_length=200, default="", help_text="who approved or rejected it, as in actor"
    )
    decider_name = models.CharField(max_length=401, default="")
    decided_at = models.DateTimeField(null=True)
    step = models.SmallIntegerField(default=0)
    steps = models.SmallIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    all_rows = models.BigIntegerField(default=0)
    message = models.TextField(blank=True, help_text="why it failed or was rejected, and what to do")
    operation = models.ForeignKey(OperationRecord, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_operation_job"
        indexes: ClassVar = [models.Index(fields=["actor_user", "-id"], name="operation_job_actor")]

    def __str__(self) -> str:
        return f"job {self.pk}: {self.summary}"

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen."""
        return self.state in self.OVER

    @property
    def percent(self) -> int:
        """Return how much of it is done."""
        done, of = (self.rows, self.all_rows) if self.all_rows else (self.step, self.steps)
        return 100 * done // of if of else 0
