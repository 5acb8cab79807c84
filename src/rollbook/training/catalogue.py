"""The catalogue: categories, courses, chapters, content roles and competencies."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.ledger.recorded import RegisterModel
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, MoveUnlessHeld
from rollbook.people.models import User


class Category(RegisterModel):
    """A place of courses in the tree of categories."""

    name = models.CharField(max_length=200, validators=[validate_name])
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        db_table = "rollbook_category"
        verbose_name_plural = "categories"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "name"], nulls_distinct=False, name="category_name_once_per_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Competency(RegisterModel):
    """Something that people can do; courses award it at a level."""

    name = models.CharField(max_length=200, unique=True, validators=[validate_name])

    class Meta:
        db_table = "rollbook_competency"
        verbose_name_plural = "competencies"

    def __str__(self) -> str:
        return self.name


class Course(RegisterModel):
    """Ordered chapters. It is completed when its required chapters are (`rollbook.training.completion`)."""

    title = models.CharField(max_length=200, validators=[validate_name])
    description = models.TextField(blank=True, max_length=4000)
    category = models.ForeignKey(Category, models.PROTECT, related_name="courses")
    open = models.BooleanField(
        default=True, help_text="learners see it; a closed one is kept for its records"
    )
    due_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="days from enrolment until it is overdue; empty for never"
    )
    certificate = models.BooleanField(default=True, help_text="completing it issues a certificate")
    certificate_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="days for which the certificate is valid; empty for ever"
    )

    class Meta:
        db_table = "rollbook_course"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["category", "title"], name="course_title_once_per_category"),
        ]

    def __str__(self) -> str:
        return self.title


class CourseCompetency(RegisterModel):
    """A competency that completing a course awards, at a level from 1 (basic) to 5."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="competencies")
    competency = models.ForeignKey(Competency, models.PROTECT, related_name="courses")
    level = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        db_table = "rollbook_course_competency"
        verbose_name = "competency of a course"
        verbose_name_plural = "competencies of courses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "competency"], name="course_competency_once"),
        ]

    def __str__(self) -> str:
        return f"{self.competency}, level {self.level}"


class Chapter(RegisterModel):
    """A video, a quiz, or a video followed by a quiz.

    `quiz` is empty for none, else `{"pass_mark": percent, "attempt_limit": number or null, "questions": [{"id": text,
    "text": text, "multiple": bool, "choices": [{"id": text, "text": text, "correct": bool}]}]}`; see
    `rollbook.training.quiz`. `video` is a file in the media folder, `video_url` an address elsewhere; one of the two
    at most.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="chapters")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200, validators=[validate_name])
    required = models.BooleanField(default=True)
    video = models.FileField(upload_to="videos/", max_length=200, blank=True)
    video_url = models.URLField(max_length=500, blank=True)
    captions = models.TextField(blank=True, help_text="captions of the video as WebVTT")
    captions_language = models.CharField(max_length=10, default="en")
    quiz: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "rollbook_chapter"
        ordering: ClassVar = ["course_id", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course", "position"],
                name="chapter_position_once",
                # So that two chapters can change places within one operation.
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(video="") | Q(video_url=""), name="chapter_one_video"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_video(self) -> bool:
        """Say whether there is a video to watch."""
        return bool(self.video or self.video_url)


class ContentRole(RegisterModel):
    """A group of courses and chapters that is given to users."""

    name = models.CharField(max_length=200, unique=True, validators=[validate_name])

    class Meta:
        db_table = "rollbook_content_role"
        verbose_name = "content role"

    def __str__(self) -> str:
        return self.name


class RoleContent(RegisterModel):
    """One course, or one chapter, in a content role."""

    content_role = models.ForeignKey(ContentRole, models.CASCADE, related_name="content")
    course = models.ForeignKey(Course, models.PROTECT, null=True, related_name="content_roles")
    chapter = models.ForeignKey(Chapter, models.PROTECT, null=True, related_name="content_roles")

    class Meta:
        db_table = "rollbook_role_content"
        verbose_name = "content of a content role"
        verbose_name_plural = "contents of content roles"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["content_role", "course", "chapter"], nulls_distinct=False, name="role_content_once"
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=True, chapter__isnull=False)
                | Q(course__isnull=False, chapter__isnull=True),
                name="role_content_course_or_chapter",
            ),
        ]

    def __str__(self) -> str:
        return str(self.course or self.chapter)


class RoleGrant(RegisterModel):
    """A content role that a user was given."""

    REPLACEABLE = True
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": MoveUnlessHeld(same=("content_role",))}

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants", db_index=False)
    content_role = models.ForeignKey(ContentRole, models.PROTECT, related_name="grants")
    granted_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "rollbook_role_grant"
        verbose_name = "granted content role"
        constraints: ClassVar = [
            # Its index also answers: what a user was given (My training).
            models.UniqueConstraint(fields=["user", "content_role"], name="role_grant_once"),
        ]

    def __str__(self) -> str:
        return str(self.content_role)
