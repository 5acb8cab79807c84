"""Files of users and their rows, as they wait to be checked and taken over."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from rollbook.ledger.recorded import LogModel


class ImportFile(LogModel):
    """A file that was sent: what its columns mean. It does not change; with other columns it is another file."""

    WHY = "what is taken from it into the register is recorded there; its rows are kept for days"

    class Kind(models.TextChoices):
        IMPORT = "import", "Import users"
        LINK = "link", "Link users"

    kind = models.CharField(max_length=6, choices=Kind)
    name = models.CharField(max_length=200)
    how = models.CharField(max_length=100, help_text="CSV or XLSX, delimiter, encoding")
    columns = models.JSONField(
        help_text="[name in the file, field or empty where it is left alone] by position"
    )
    by = models.CharField(max_length=80, help_text="the field that says whom a row means")
    actor = models.CharField(max_length=200, help_text="who sent it, as in the record")
    rows = models.BigIntegerField(default=0)
    checked = models.JSONField(default=dict, help_text="for whom and how its rows were last checked")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rollbook_import_file"
        indexes: ClassVar = [models.Index(fields=["actor", "-id"], name="import_file_actor")]

    def __str__(self) -> str:
        return self.name

    @property
    def fields(self) -> list[str]:
        """Return the fields that columns are taken for, in the order of the file."""
        return [field for _, field in self.columns if field]


class ImportRow(LogModel):
    """One row of a file, and what would become of it. The last five columns are written by checking alone."""

    WHY = ImportFile.WHY

    class State(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        UNCHANGED = "unchanged"
        REFUSED = "refused"

    file = models.ForeignKey(ImportFile, models.CASCADE, db_index=False, db_constraint=False)
    number = models.IntegerField(help_text="as a spreadsheet program counts rows")
    cells = ArrayField(models.TextField(), help_text="as they were read")
    given = models.JSONField(
        help_text="{field: text}; an empty cell is an empty text, and a missing one is missing"
    )
    key = models.TextField(help_text="whom the row means; empty where that cannot be told")
    problems = ArrayField(models.TextField(), help_text="sentences about cells that no register could take")

    state = models.CharField(max_length=9, choices=State, blank=True)
    # Whom it is about: no foreign key, for a user who is to be created has a number before there is a row.
    user_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict, help_text="{field: [before, after]}")
    reasons = models.JSONField(default=list, help_text="[code, field, user, text] each: why it is refused")
    warnings = models.JSONField(default=list, help_text="[code, field, user, text] each")

    class Meta:
        db_table = "rollbook_import_row"
        indexes: ClassVar = [
            models.Index(fields=["file", "state", "number"], name="import_row_state"),
            models.Index(fields=["file", "user_id"], name="import_row_user"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"


class Upload(LogModel):
    """A file that somebody sent to the console, and how far it is. What is sent goes when its rows are kept."""

    WHY = "work that waits or runs; what is taken from it into the register is recorded there"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READING = "reading", "Being read"
        READ = "read", "Columns to confirm"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready to apply"
        FAILED = "failed", "Not readable"

    kind = models.CharField(max_length=6, choices=ImportFile.Kind)
    name = models.CharField(max_length=200)
    actor = models.CharField(max_length=200, help_text="who sent it, as in the record")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    message = models.TextField(blank=True, help_text="what went wrong, and what to do")
    file = models.ForeignKey(ImportFile, models.CASCADE, null=True, help_text="its rows, once it was read")
    choice = models.JSONField(default=dict, help_text="what its columns were said to mean")
    options = models.JSONField(default=dict, help_text="the parameters of its operation besides the file")
    rows = models.BigIntegerField(default=0, help_text="how many were read so far")
    plan_key = models.UUIDField(null=True, help_text="of the plan that was confirmed last")
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_import_upload"
        indexes: ClassVar = [models.Index(fields=["actor", "-id"], name="import_upload_actor")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_busy(self) -> bool:
        """Say whether the worker has it, or will."""
        return self.state in {self.State.WAITING, self.State.READING, self.State.CHECKING}


class UploadPart(LogModel):
    """A piece of a file that waits to be read: web and worker need not share a disk."""

    WHY = Upload.WHY

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts", db_index=False)
    position = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "rollbook_import_upload_part"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "position"], name="import_upload_part_once")
        ]

    def __str__(self) -> str:
        return f"part {self.position}"
