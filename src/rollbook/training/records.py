"""The records: enrolments, chapter progress, attempts, certificates and earned competencies.

Made for 100 million attempts. Chapter progress and attempts hang off the enrolment, never off the user, so that a
merge moves enrolments only. Erasing sets `erased_at` on chapter progress; its attempts go with it untouched.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.ledger.recorded import ActivityModel, RegisterModel
from rollbook.people.merge_rules import MergeRule, Move, MoveOneCurrent
from rollbook.people.models import User
from rollbook.training.catalogue import Chapter, Competency, Course


class Status(models.TextChoices):
    """How far somebody is with a course or chapter."""

    NOT_STARTED = "not_started", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"


# Merged users who are on the same course: a completed enrolment beats one that is not, else the Primary's stays. What
# one of them could open the person can open.
ONE_CURRENT = MoveOneCurrent(same="course", better=Q(status=Status.COMPLETED), either="whole")
OF_NOBODY_MERGED = (
    (
        Q(user__merged_into__isnull=False),
        "Training would come to a user who is merged into another. Undo that merge first.",
    ),
)


class Enrolment(ActivityModel):
    """A user on a course: at most one is current, the others are historical.

    A `whole` one opens the whole course; another came about by starting a single chapter that a content role gives.
    """

    NAMED_BY = ("user", "course")
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": ONE_CURRENT}
    NEVER = OF_NOBODY_MERGED

    user = models.ForeignKey(User, models.PROTECT, related_name="enrolments", db_index=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="enrolments", db_index=False)
    current = models.BooleanField(default=True)
    whole = models.BooleanField(default=True, db_default=True)
    status = models.CharField(max_length=11, choices=Status, default=Status.NOT_STARTED)
    enrolled_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_enrolment"
        constraints: ClassVar = [
            # My training, the player: a user's current enrolment on a course.
            models.UniqueConstraint(
                fields=["user", "course"], condition=Q(current=True), name="enrolment_current_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-id"], name="enrolment_user"),  # transcript, merge
            models.Index(fields=["course", "status", "user"], name="enrolment_report"),  # Course report
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.course}"


class ChapterProgress(ActivityModel):
    """The state of one enrolment in one chapter.

    `bookmark` is in seconds of the video. `resets` counts the in-progress resets: a page that was opened before one
    names the old number, and so cannot write into what was set back. `erased_at` is set while it is erased.
    """

    NAMED_BY = ("chapter", "enrolment__user")
    # An undo that is to win over what was learnt since erases that, as tool 203 does: attempts are never lost.
    GIVES_WAY: ClassVar = {"erased_at": "statement_timestamp()"}
    UNCAPTURED = frozenset({"last_operation"})

    # The index: what became of an enrolment also where it was erased (history, withdrawing, removing).
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="progress")
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="progress", db_index=False)
    status = models.CharField(max_length=11, choices=Status, default=Status.NOT_STARTED)
    bookmark = models.PositiveIntegerField(default=0)
    watched = models.BooleanField(default=False, help_text="the video was seen to its end; the quiz is open")
    score = models.PositiveSmallIntegerField(null=True, help_text="the best score, in percent")
    resets = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    # Set by every update that an operation makes: see `rollbook.ledger.stamps`.
    last_operation = models.ForeignKey(
        "OperationRecord", models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        db_table = "rollbook_chapter_progress"
        verbose_name = "row of chapter progress"
        verbose_name_plural = "rows of chapter progress"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enrolment", "chapter"],
                condition=Q(erased_at__isnull=True),
                name="chapter_progress_once",
            ),
        ]
        indexes: ClassVar = [
            # Tool 204: who is in these chapters.
            models.Index(
                fields=["chapter"],
                condition=Q(status="in_progress", erased_at__isnull=True),
                name="chapter_progress_in_progress",
            ),
            models.Index(fields=["chapter", "enrolment"], name="chapter_progress_chapter"),  # tool 203
            # The purge: what was erased long ago.
            models.Index(
                fields=["erased_at"],
                condition=Q(erased_at__isnull=False),
                name="chapter_progress_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.user} in {self.chapter}"


def living(condition: Q) -> "models.QuerySet[ChapterProgress]":
    """Return the chapter progress that fits a condition and is not erased, in no order."""
    return ChapterProgress.objects.filter(condition, erased_at__isnull=True).order_by()


class Attempt(ActivityModel):
    """One try at a chapter. It is open until `finished_at`; `score` is in percent, None where there is no quiz.

    `answers` is {question id: [choice ids]}.
    """

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="attempts", db_index=False)
    # The index: the player's attempts left, the purge, the Attempts report of a chapter that few have opened.
    progress = models.ForeignKey(ChapterProgress, models.CASCADE, related_name="attempts")
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    passed = models.BooleanField(default=False)
    answers: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "rollbook_attempt"
        indexes: ClassVar = [
            models.Index(fields=["enrolment", "-id"], name="attempt_enrolment"),
            models.Index(fields=["-started_at", "-id"], name="attempt_newest"),  # Attempts report
            # The same for those that were not passed. Those that were are most of them: `attempt_newest` finds a page.
            models.Index(
                fields=["-started_at", "-id"],
                condition=Q(passed=False, finished_at__isnull=False),
                name="attempt_not_passed",
            ),
        ]
        constraints: ClassVar = [
            # A double click opens one attempt.
            models.UniqueConstraint(
                fields=["progress"], condition=Q(finished_at__isnull=True), name="attempt_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Certificate(RegisterModel):
    """Earned by completing a course; kept when the training is erased, unless an administrator revokes it."""

    NAMED_BY = ("user", "course")
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}
    NEVER = OF_NOBODY_MERGED

    user = models.ForeignKey(User, models.PROTECT, related_name="certificates", db_index=False)
    # The indexes: whether a course has any and so stays; what a completion earned already (awards, tool 203).
    course = models.ForeignKey(Course, models.PROTECT, related_name="certificates")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="certificates")
    code = models.CharField(max_length=20, unique=True, help_text="opens the public page that verifies it")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_certificate"
        indexes: ClassVar = [models.Index(fields=["user", "-issued_at"], name="certificate_user")]

    def __str__(self) -> str:
        return f"{self.code} of {self.user} for {self.course}"


class UserCompetency(RegisterModel):
    """A competency that a user earned by completing a course."""

    NAMED_BY = ("user", "competency")
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}
    NEVER = OF_NOBODY_MERGED

    user = models.ForeignKey(User, models.PROTECT, related_name="competencies", db_index=False)
    # The indexes: as of certificates.
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="holders")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="competencies")
    level = models.PositiveSmallIntegerField()
    earned_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_user_competency"
        verbose_name = "earned competency"
        verbose_name_plural = "earned competencies"
        indexes: ClassVar = [models.Index(fields=["user", "competency"], name="user_competency_user")]

    def __str__(self) -> str:
        return f"{self.competency}, level {self.level}, of {self.user}"
