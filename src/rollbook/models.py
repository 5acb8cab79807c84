"""Every model of the one Django app, gathered where Django looks for them."""

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
from rollbook.people.models import AttributeValue, Identifier, Location, ManagedLocation, User, UserAttribute

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
    "ToolKey",
    "User",
    "UserAttribute",
]
