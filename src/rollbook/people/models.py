"""Users, user attributes and identifiers, the location tree, access levels."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Now

from rollbook.ledger.recorded import LogModel, RegisterModel
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, Move, Revoke, Stay


class Fold(models.Func):
    """Lower case without accents: how names are searched. `rollbook_fold` is made by the first migration."""

    function = "rollbook_fold"
    output_field = models.TextField()


class PrimaryOf(models.Func):
    """The id of the user to whom a chain of merges leads: a user's own where nobody merged it; NULL for a circle."""

    function = "rollbook_primary_of"
    output_field = models.BigIntegerField()


class EndsNowhere(models.Func):
    """Whether a chain of merges goes in a circle, read from the table itself: an undo asks it of rows not yet there."""

    template = (
        "NOT EXISTS (WITH RECURSIVE chain(id) AS (SELECT %(expressions)s UNION SELECT u.merged_into_id "
        'FROM "rollbook_user" u JOIN chain c ON u.id = c.id) SELECT FROM chain WHERE id IS NULL)'
    )
    output_field = models.BooleanField()


class AccessLevel(models.TextChoices):
    """What a user may do at all; `rank` orders them."""

    LEARNER = "learner", "Learner"
    LOCATION_MANAGER = "location_manager", "Location manager"
    ADMINISTRATOR = "administrator", "Administrator"
    SUPER_USER = "super_user", "Super user"

    @property
    def rank(self) -> int:
        """Return 0 for a learner up to 3 for a super user."""
        return list(AccessLevel).index(self)


class Location(RegisterModel):
    """A place in the tree in which users live and over which managers and administrators have scope."""

    name = models.CharField(max_length=200, validators=[validate_name])
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    learners_may_reset = models.BooleanField(
        "learners may reset what they have in progress",
        null=True,
        blank=True,
        help_text="empty: as the location above says; at the top: yes",
    )

    class Meta:
        db_table = "rollbook_location"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["parent", "name"], nulls_distinct=False, name="location_name_once_per_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class User(RegisterModel, AbstractBaseUser):
    """An account in Rollbook, learner or staff."""

    UNCAPTURED = frozenset({"password", "last_login", "session_salt", "merge_told"})
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {
        "merged_into": Stay("who was merged into the duplicate before is still led on by it")
    }
    MUST_REMAIN = (
        Q(access_level=AccessLevel.SUPER_USER, status="active"),
        "This would leave nobody who may do everything. Make another user super user first.",
    )
    NEVER = (
        (
            Q(EndsNowhere("pk"), merged_into__isnull=False),
            "Users would be merged in a circle. Retrieve one of them, or undo the later merge first.",
        ),
        (
            Q(merged_into__isnull=False, lms_accounts__isnull=False),
            "An LMS account would lead to a user who is merged into another. Link it to the Primary first.",
        ),
        (
            Q(
                Q(enrolments__isnull=False) | Q(certificates__isnull=False) | Q(competencies__isnull=False),
                merged_into__isnull=False,
            ),
            "Training would stay with a user who is merged into another. Merge the accounts again instead.",
        ),
    )

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"

    # The empty default lets an undo put a removed user back without a password (it is never recorded).
    password = models.CharField(max_length=128, default="", db_default="", editable=False)
    first_name = models.CharField(max_length=200, validators=[validate_name])
    last_name = models.CharField(max_length=200, blank=True, validators=[validate_name])
    email = models.EmailField("e-mail", max_length=254, blank=True)
    access_level = models.CharField(max_length=20, choices=AccessLevel, default=AccessLevel.LEARNER)
    location = models.ForeignKey(Location, models.PROTECT, related_name="users")
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    # A new one ends every session of the user for good, also where an undo makes the account active again.
    session_salt = models.UUIDField(null=True, editable=False)
    merge_told = models.BooleanField(
        default=True, db_default=True, editable=False, help_text="the Primary's learner knows of this merge"
    )
    send_notifications = models.BooleanField("Send notifications", default=True)
    language = models.CharField(
        max_length=10, blank=True, db_default="", help_text="of captions; empty for the browser's"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    search = models.GeneratedField(
        expression=Fold(
            Concat(
                F("first_name"),
                Value(" "),
                F("last_name"),
                Value(" "),
                F("email"),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = models.Manager["User"]()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        db_table = "rollbook_user"
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                condition=~Q(email=""),
                violation_error_message="Another user has this e-mail address.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="inactive"), name="user_merged_is_inactive"
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="user_not_merged_into_itself"),
        ]
        indexes: ClassVar = [
            # Users report: sorted by name, by last arrival in the register; search; filters.
            models.Index(Lower("last_name"), Lower("first_name"), "id", name="user_by_name"),
            models.Index(fields=["location", "id"], name="user_by_location"),
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            models.Index(
                fields=["access_level", "id"], name="user_staff", condition=~Q(access_level="learner")
            ),
            models.Index(fields=["status", "id"], name="user_inactive", condition=Q(status="inactive")),
            models.Index(fields=["merged_into"], name="user_merged", condition=Q(merged_into__isnull=False)),
            GinIndex(OpClass("search", "gin_trgm_ops"), name="user_search"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """Return first and last name, in that order."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # a column in Django's base, derived from the status here
        """Return whether the user may sign in or launch."""
        return self.status == self.Status.ACTIVE

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session of this user holds: it ends with another password, or another salt."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # the stubs leave it out
        return f"{of_password}{self.session_salt or ''}"

    @property
    def level(self) -> AccessLevel:
        """Return the access level as a value that has a rank."""
        return AccessLevel(self.access_level)


class ManagedLocation(RegisterModel):
    """A location over which a location manager or administrator has scope, with all below it."""

    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Revoke()}

    user = models.ForeignKey(User, models.CASCADE, related_name="managed_locations")
    location = models.ForeignKey(Location, models.PROTECT, related_name="managers")

    class Meta:
        db_table = "rollbook_managed_location"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "location"], name="managed_location_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} manages {self.location}"


class UserAttribute(RegisterModel):
    """A named field of a user beyond name and e-mail. With the key it is a Username attribute."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        CHOICE = "choice", "Choice"

    code = models.SlugField(max_length=60, unique=True, help_text="how integrations name it; never changes")
    label = models.CharField(max_length=100, unique=True, validators=[validate_name])
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list, blank=True, help_text="for a choice: the texts to choose from")
    system = models.BooleanField(
        default=False, editable=False, help_text="comes with Rollbook; cannot be removed"
    )
    key = models.BooleanField("Username attribute", default=False)
    required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        db_table = "rollbook_user_attribute"
        ordering: ClassVar = ["position", "label"]

    def __str__(self) -> str:
        return self.label


class AttributeValue(RegisterModel):
    """One user's value of an attribute that does not carry the key."""

    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Stay("the Primary keeps its own profile")}

    attribute = models.ForeignKey(UserAttribute, models.PROTECT, related_name="values")
    user = models.ForeignKey(User, models.CASCADE, related_name="attribute_values")
    value = models.CharField(max_length=200)

    class Meta:
        db_table = "rollbook_attribute_value"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "attribute"], name="attribute_value_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value}"


class Identifier(RegisterModel):
    """One value of one Username attribute that points to one user; a user may have several (aliases)."""

    REPLACEABLE = True
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}

    attribute = models.ForeignKey(UserAttribute, models.PROTECT, related_name="identifiers")
    value = models.CharField(max_length=200)
    user = models.ForeignKey(User, models.CASCADE, related_name="identifiers")

    class Meta:
        db_table = "rollbook_identifier"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attribute", "value"], name="identifier_once"),
        ]
        indexes: ClassVar = [
            # Sign-in and the search of the Users report look an exact value up without naming its attribute.
            models.Index(fields=["value"], name="identifier_value"),
            # Identity providers look usernames up whatever their case.
            models.Index(Lower("value"), name="identifier_lower"),
            GinIndex(OpClass(Fold("value"), "gin_trgm_ops"), name="identifier_search"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute}: {self.value}"


class RecentCount(LogModel):
    """How often something was tried of late, such as signing in as one user or from one address."""

    WHY = "slows guessing down; kept for minutes"

    # What people type as their name may be their password: only its SHA-256 is kept.
    key_hash = models.BinaryField(max_length=32, unique=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "rollbook_recent_count"

    def __str__(self) -> str:
        return f"{self.count} until {self.expires_at}"
