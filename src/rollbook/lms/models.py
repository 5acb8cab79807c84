"""LMS registrations, LMS accounts, the launch log, and the state of a launch on its way in."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rollbook.ledger.recorded import LogModel, RegisterModel
from rollbook.people.fields import validate_name
from rollbook.people.merge_rules import MergeRule, Move, MoveUnlessHeld, Stay
from rollbook.people.models import Location, User


class LMS(RegisterModel):
    """One registered instance of a learning management system (an LTI platform), with its arrival policy.

    `matchers` is a list of `[claim, target]`: a launch claim (`email`, `sub`, `lis.person_sourcedid`,
    `custom.<name>`, `ext_user_username`...) and the code of a Username attribute, or `email`.
    """

    class Policy(models.TextChoices):
        EMAIL = "email", "Match by e-mail, create when missing"
        STUDENT_ID = "student_id", "Match by student ID, refuse when missing"
        EXPLICIT = "explicit", "Explicit links only"
        CUSTOM = "custom", "As set below"

    class WhenMissing(models.TextChoices):
        CREATE = "create", "Create the user"
        REFUSE = "refuse", "Refuse the launch"

    class WhenUnproven(models.TextChoices):
        SIGN_IN = "sign_in", "Ask the person to sign in once"
        QUEUE = "queue", "Put the case in the administrators' queue"

    name = models.CharField(max_length=100, unique=True, validators=[validate_name])
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=255)
    auth_url = models.URLField("authentication request URL", max_length=500)
    key_set_url = models.URLField("key-set URL", max_length=500)
    token_url = models.URLField("token URL", max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    policy = models.CharField(max_length=10, choices=Policy, default=Policy.EXPLICIT)
    matchers: "models.JSONField[list[list[str]], list[list[str]]]" = models.JSONField(
        default=list, blank=True
    )
    email_domains: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    when_missing = models.CharField(max_length=6, choices=WhenMissing, default=WhenMissing.REFUSE)
    when_unproven = models.CharField(max_length=7, choices=WhenUnproven, default=WhenUnproven.SIGN_IN)
    location = models.ForeignKey(
        Location,
        models.PROTECT,
        related_name="lmss",
        help_text="where the users live that its launches create",
    )
    contact = models.CharField(max_length=200, blank=True, help_text="whom a refused person should ask")

    class Meta:
        db_table = "rollbook_lms"
        verbose_name = "LMS"
        verbose_name_plural = "LMSs"
        constraints: ClassVar = [
            # Hosted Canvas uses one issuer for all its customers; the client id tells them apart.
            models.UniqueConstraint(fields=["issuer", "client_id"], name="lms_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Deployment(RegisterModel):
    """One deployment of the tool in an LMS (LTI 1.3 core, section 3.1.3)."""

    lms = models.ForeignKey(LMS, models.CASCADE, related_name="deployments")
    deployment_id = models.CharField(max_length=255)

    class Meta:
        db_table = "rollbook_deployment"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lms", "deployment_id"], name="deployment_once"),
        ]

    def __str__(self) -> str:
        return self.deployment_id


class LMSAccount(RegisterModel):
    """The link (LMS, the LMS's own id for the person) -> user, with the LMS User ID that Rollbook assigned."""

    REPLACEABLE = True
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}
    NEVER = (
        (
            Q(user__merged_into__isnull=False),
            "An LMS account would lead to a user who is merged into another. Undo that merge first.",
        ),
    )

    lms = models.ForeignKey(LMS, models.PROTECT, related_name="accounts")
    subject = models.CharField(max_length=255, help_text="the LMS's own id for the person: `sub`")
    user = models.ForeignKey(User, models.PROTECT, related_name="lms_accounts")
    lms_user_id = models.CharField("LMS User ID", max_length=20, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "rollbook_lms_account"
        verbose_name = "LMS account"
        verbose_name_plural = "LMS accounts"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lms", "subject"], name="lms_account_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "lms"], name="lms_account_user")]

    def __str__(self) -> str:
        return self.lms_user_id


class DeclaredWrong(RegisterModel):
    """A pair (LMS's id, user) that an administrator declared wrong: no matcher links it again."""

    REPLACEABLE = True
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": MoveUnlessHeld(same=("lms", "subject"))}

    lms = models.ForeignKey(LMS, models.PROTECT, related_name="declared_wrong")
    subject = models.CharField(max_length=255)
    user = models.ForeignKey(User, models.CASCADE, related_name="declared_wrong")

    class Meta:
        db_table = "rollbook_declared_wrong"
        verbose_name = "pair declared wrong"
        verbose_name_plural = "pairs declared wrong"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lms", "subject", "user"], name="declared_wrong_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["user"], name="declared_wrong_user")]

    def __str__(self) -> str:
        return f"{self.subject} is not {self.user}"


class Launch(LogModel):
    """A person arriving from an LMS: what was sent, what was decided, and the evidence for it."""

    WHY = "a log: one row for every arrival, added once"
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {
        "user": Stay("it says who arrived then"),
        "contradicts": Stay("it says whom the launch named then"),
    }

    class Outcome(models.TextChoices):
        KNOWN = "known", "Known LMS account"
        MATCHED = "matched", "Matched and linked"
        CREATED = "created", "User created and linked"
        PROVED = "proved", "Proved by sign-in and linked"
        PROOF_ASKED = "proof_asked", "Asked to sign in"
        QUEUED = "queued", "Waiting for an administrator"
        AMBIGUOUS = "ambiguous", "Refused: several users match"
        INACTIVE = "inactive", "Refused: the user is inactive"
        NOBODY = "nobody", "Refused: nobody matches"
        DECLARED_WRONG = "declared_wrong", "Refused: declared wrong"

    reference = models.CharField(max_length=9, unique=True)
    at = models.DateTimeField(db_default=Now())
    lms = models.ForeignKey(LMS, models.DO_NOTHING, db_constraint=False, related_name="launches")
    deployment_id = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    outcome = models.CharField(max_length=14, choices=Outcome)
    # A log keeps the id of a user that an undo has removed since: no constraint.
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, related_name="launches")
    contradicts = models.ForeignKey(
        User,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="contradicting_launches",
        help_text="possible cross-link: the user whom the launch's own claims name instead",
    )
    evidence: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    claims: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        db_table = "rollbook_launch"
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="launch_newest"),
            models.Index(fields=["user", "-id"], name="launch_user"),
            # The last launch of an LMS account: what a reset's preview decides on.
            models.Index(fields=["lms", "subject", "-id"], name="launch_account"),
            models.Index(
                fields=["user"], name="launch_contradiction", condition=Q(contradicts__isnull=False)
            ),
            models.Index(fields=["-id"], name="launch_queue", condition=Q(outcome="queued")),
        ]

    def __str__(self) -> str:
        return self.reference


class Login(LogModel):
    """One OIDC login on its way: ties state, nonce, LMS, target and browser together; consumed once.

    State, nonce and browser key are kept as SHA-256 only, so that a copy of the table opens no door.
    """

    WHY = "sign-in state of some minutes"

    state_hash = models.BinaryField(max_length=32, unique=True)
    nonce_hash = models.BinaryField(max_length=32)
    browser_hash = models.BinaryField(max_length=32)
    lms = models.ForeignKey(LMS, models.CASCADE, related_name="+")
    target = models.CharField(max_length=1000)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "rollbook_login"

    def __str__(self) -> str:
        return f"login {self.pk}"


class Proof(LogModel):
    """A launch that waits for the person to sign in once; bound to launch, user and session, used once."""

    WHY = "sign-in state of some minutes"
    ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Stay("who is inactive can prove nothing")}

    launch = models.OneToOneField(Launch, models.CASCADE, related_name="proof")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    browser_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "rollbook_proof"

    def __str__(self) -> str:
        return f"proof for {self.launch_id}"


class KeySet(LogModel):
    """The last key set that was fetched from an LMS's key-set URL."""

    WHY = "a cache of public keys"

    url = models.CharField(max_length=500, unique=True)
    keys: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    fetched_at = models.DateTimeField(null=True, help_text="when it last answered with a key set")
    asked_at = models.DateTimeField(
        help_text="when it was last asked; unknown key ids may not ask again at once"
    )

    class Meta:
        db_table = "rollbook_key_set"

    def __str__(self) -> str:
        return self.url


class ToolKey(LogModel):
    """One of our own signing keys. A retired one stays in our public key set until it is deleted."""

    WHY = "a secret"

    kid = models.CharField(max_length=43, unique=True)
    private_pem = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollbook_tool_key"

    def __str__(self) -> str:
        return self.kid
