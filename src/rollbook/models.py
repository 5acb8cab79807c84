"""Every model of the one Django app, gathered where Django looks for them."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from rollbook.ledger import triggers
from rollbook.ledger.models import Change, OperationRecord, OperationSubject
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
from rollbook.people.models import (
    AttributeValue,
    Identifier,
    Location,
    ManagedLocation,
    RecentCount,
    User,
    UserAttribute,
)

__all__ = [
    "LMS",
    "AttributeValue",
    "Change",
    "DeclaredWrong",
    "Deployment",
    "Identifier",
    "KeySet",
    "LMSAccount",
    "Launch",
    "Location",
    "Login",
    "ManagedLocation",
    "OperationRecord",
    "OperationSubject",
    "Proof",
    "RecentCount",
    "ToolKey",
    "User",
    "UserAttribute",
]


def install_triggers(sender: AppConfig, **_: Any) -> None:
    """End every migration with the triggers that the models ask for."""
    if sender.name == "rollbook":
        triggers.install()


post_migrate.connect(install_triggers, dispatch_uid="rollbook.triggers")
