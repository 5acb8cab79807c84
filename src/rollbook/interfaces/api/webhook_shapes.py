"""What webhooks are sent, for the OpenAPI document: integrators read of both in one place."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict

from rollbook.interfaces.api.operation_shapes import Counts
from rollbook.people.webhooks.models import USER_EVENTS, USERS_CHANGED, Event


class OfOperation(Schema):
    """Which operation brought it about."""

    model_config = ConfigDict(extra="forbid")

    operation_id: int
    key: UUID
    verb: str
    actor: str


class UserData(OfOperation):
    """A user that an operation changed."""

    user_id: int


class UsersData(OfOperation):
    """Many users that an operation changed: how many for each event, and where they are listed."""

    users: int
    counts: dict[str, int]
    users_url: str


class OperationData(OfOperation):
    """An operation: how many users it was about, and the rows that it changed."""

    undoes_id: int | None
    users: int
    counts: Counts


class UserMessage(Schema):
    """Something happened to a user."""

    model_config = ConfigDict(extra="forbid")

    type: str
    timestamp: datetime
    data: UserData


class UsersMessage(UserMessage):
    """Something happened to many users."""

    data: UsersData  # type: ignore[assignment]  # in place of the other


class OperationMessage(UserMessage):
    """Something was done, or taken back."""

    data: OperationData  # type: ignore[assignment]  # in place of the other


MESSAGES: dict[str, type[Schema]] = {
    **dict.fromkeys(USER_EVENTS, UserMessage),
    Event.OPERATION_APPLIED.value: OperationMessage,
    Event.OPERATION_UNDONE.value: OperationMessage,
    USERS_CHANGED: UsersMessage,
}
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def described() -> dict[str, Any]:
    """Return the `webhooks` of the document (OpenAPI 3.1, section 4.8.1)."""
    return {name: {"post": _described(name, message)} for name, message in MESSAGES.items()}


def _described(name: str, message: type[Schema]) -> dict[str, Any]:
    schema = message.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    content = {"application/json": {"schema": schema}}
    return {
        "operationId": f"webhook_{name.replace('.', '_')}",
        "tags": ["Webhooks"],
        "summary": name,
        "description": f"{message.__doc__} Signed as Standard Webhooks has it; sent again until it is taken.",
        "parameters": [
            {"in": "header", "name": header, "required": True, "schema": {"type": "string"}}
            for header in HEADERS
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "It was taken."}, "410": {"description": "Send nothing more."}},
    }


def schemas() -> dict[str, Any]:
    """Return the schemas that `described` refers to."""
    return {model.__name__: model.model_json_schema() for model in (UserData, UsersData, OperationData)}
