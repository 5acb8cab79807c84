"""Users as the API reads and shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db.models import prefetch_related_objects
from ninja import Schema
from pydantic import Field

from rollbook.interfaces.api.body import Exact
from rollbook.interfaces.api.operation_shapes import LONGEST_REASON
from rollbook.interfaces.api.paging import Id, Paging
from rollbook.people.access import ClientActor
from rollbook.people.models import AccessLevel, AttributeValue, Identifier, User
from rollbook.people.profile import Profile


class UserFields(Exact):
    """What may be given of a user; what is not given, or null, stays as it is. All of `Profile`, and nothing else."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = Field(None, description="empty for none")
    access_level: str | None = Field(None, description="a token gives no other than `learner`")
    location_id: Id | None = None
    managed_location_ids: list[Id] | None = None
    attributes: dict[str, list[str]] = Field(
        {}, description="the values of each attribute by its code; an empty list clears it"
    )
    send_notifications: bool | None = None

    def profile(self) -> Profile:
        """Return it as operations take it."""
        managed = self.managed_location_ids
        return Profile(
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            access_level=self.access_level,
            location_id=self.location_id,
            managed_location_ids=None if managed is None else tuple(managed),
            attributes={code: tuple(values) for code, values in self.attributes.items()},
            send_notifications=self.send_notifications,
        )


class UserOut(Schema):
    """A user."""

    id: int
    first_name: str
    last_name: str
    email: str
    access_level: str
    location_id: int
    managed_location_ids: list[int]
    attributes: dict[str, list[str]] = Field(description="the values of each attribute by its code")
    send_notifications: bool
    status: Literal["active", "inactive"]
    merged_into_id: int | None = Field(description="the user to use instead, if this token may see that one")
    created_at: datetime


class UserFilters(Paging):
    """Which users. What is not given does not matter."""

    email: str = ""
    identifier: str = Field("", description="the exact value of a Username attribute")
    attribute: str = Field("", description="with `identifier`: only of this attribute, by its code")
    search: str = Field(
        "", max_length=200, description="parts of name, e-mail or identifier, as in the console"
    )
    status: Literal["active", "inactive"] | None = None
    access_level: AccessLevel | None = None
    location_id: Id | None = None
    merged_into_id: Id | None = None
    operation_id: Id | None = Field(
        None, description="only those that this operation was about; needs `operations:view` too"
    )


class IdentifierIn(Exact):
    """One more identifier."""

    attribute: str = Field(description="the code of a Username attribute, such as student_id")
    value: str


class IdentifierOut(Schema):
    """One value of one Username attribute that points to the user."""

    id: int
    attribute: str
    value: str


class LMSAccountOut(Schema):
    """The link from an LMS's own id for the person (`subject`) to the user."""

    id: int
    lms: str
    subject: str
    lms_user_id: str
    since: datetime


class ResetIn(Exact):
    """Why, and which LMS accounts (ids) were never this person's."""

    reason: str = Field(max_length=LONGEST_REASON)
    declare_wrong: list[Id] = []


def shown_users(users: Sequence[User], acting: ClientActor) -> list[UserOut]:
    """Return users as they are shown, with a number of queries that does not grow with theirs."""
    prefetch_related_objects(
        users, "identifiers__attribute", "attribute_values__attribute", "managed_locations"
    )
    merged = [user.merged_into_id for user in users if user.merged_into_id]
    seen = (
        set(acting.sees_users(User.objects.filter(pk__in=merged)).values_list("pk", flat=True))
        if merged
        else set()
    )
    return [_shown(user, seen) for user in users]


def _shown(user: User, seen: set[int]) -> UserOut:
    attributes: dict[str, list[str]] = {}
    rows: list[Identifier | AttributeValue] = [*user.identifiers.all(), *user.attribute_values.all()]
    for row in rows:
        attributes.setdefault(row.attribute.code, []).append(row.value)
    return UserOut(
        id=user.pk,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        access_level=user.access_level,
        location_id=user.location_id,
        managed_location_ids=sorted(row.location_id for row in user.managed_locations.all()),
        attributes={code: sorted(values) for code, values in sorted(attributes.items())},
        send_notifications=user.send_notifications,
        status="active" if user.is_active else "inactive",
        merged_into_id=user.merged_into_id if user.merged_into_id in seen else None,
        created_at=user.created_at,
    )
