"""Every model of the one Django app, gathered where Django looks for them."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from rollbook.ledger import triggers
from rollbook.ledger.models import Change, OperationJob, OperationRecord, OperationSubject, Purge
from rollbook.lms.models import (
    LMS,
    DeclaredWrong,
    Deployment,
    KeySet,
    Launch,
    LMSAccount,
    Login,
    Proof,
    ToolKey,
)
from rollbook.people.api_answers import KeptAnswer
from rollbook.people.api_tokens import ApiToken
from rollbook.people.importing.models import ImportFile, ImportRow, Upload, UploadPart
from rollbook.people.models import (
    AttributeValue,
    Identifier,
    Location,
    ManagedLocation,
    RecentCount,
    User,
    UserAttribute,
)
from rollbook.people.scim import ScimRefusal, ScimUser
from rollbook.people.webhooks import telling
from rollbook.people.webhooks.models import Delivery, Webhook, WebhookSecret
from rollbook.training.catalogue import (
    Category,
    Chapter,
    Competency,
    ContentRole,
    Course,
    CourseCompetency,
    RoleContent,
    RoleGrant,
)
from rollbook.training.records import (
    Attempt,
    Certificate,
    ChapterProgress,
    Enrolment,
    UserCompetency,
)
from rollbook.training.scim import ScimGroup

__all__ = [
    "LMS",
    "ApiToken",
    "Attempt",
    "AttributeValue",
    "Category",
    "Certificate",
    "Change",
    "Chapter",
    "ChapterProgress",
    "Competency",
    "ContentRole",
    "Course",
    "CourseCompetency",
    "DeclaredWrong",
    "Delivery",
    "Deployment",
    "Enrolment",
    "Identifier",
    "ImportFile",
    "ImportRow",
    "KeptAnswer",
    "KeySet",
    "LMSAccount",
    "Launch",
    "Location",
    "Login",
    "ManagedLocation",
    "OperationJob",
    "OperationRecord",
    "OperationSubject",
    "Proof",
    "Purge",
    "RecentCount",
    "RoleContent",
    "RoleGrant",
    "ScimGroup",
    "ScimRefusal",
    "ScimUser",
    "ToolKey",
    "Upload",
    "UploadPart",
    "User",
    "UserAttribute",
    "UserCompetency",
    "Webhook",
    "WebhookSecret",
]


def install_triggers(sender: AppConfig, **_: Any) -> None:
    """End every migration with the triggers that the models ask for."""
    if sender.name == "rollbook":
        triggers.install()
        telling.install()


post_migrate.connect(install_triggers, dispatch_uid="rollbook.triggers")
