"""Users as a client sees them, read with a number of queries that does not grow with theirs."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Value
from django.db.models.functions import Lower

from rollbook.common.text import tidy
from rollbook.interfaces.scim.asked import Asked
from rollbook.interfaces.scim.casting import USERNAME, Person
from rollbook.people.history import last_about
from rollbook.people.models import AttributeValue, Identifier, User
from rollbook.people.scim import ScimUser
from rollbook.training.catalogue import RoleGrant


def persons(asked: Asked, users: "QuerySet[User]") -> list[Person]:
    """Return users, in the order of the query."""
    rows = users.prefetch_related(
        Prefetch("identifiers", Identifier.objects.select_related("attribute").order_by("pk")),
        Prefetch("attribute_values", AttributeValue.objects.select_related("attribute").order_by("pk")),
        Prefetch("role_grants", RoleGrant.objects.select_related("content_role").order_by("content_role")),
    )
    found = list(rows)
    held = ScimUser.objects.filter(client=asked.client, user__in=[row.pk for row in found], ended_at=None)
    external = dict(held.values_list("user_id", "external_id"))
    last = last_about(row.pk for row in found)
    return [
        _person(
            row,
            asked.places.get(row.location_id, ""),
            external.get(row.pk, ""),
            last.get(row.pk, row.created_at),
        )
        for row in found
    ]


def _person(row: User, location: str, external_id: str, modified_at: datetime) -> Person:
    values: dict[str, tuple[str, ...]] = {}
    of_each: Sequence[Identifier | AttributeValue] = [*row.identifiers.all(), *row.attribute_values.all()]
    for one in of_each:
        values[one.attribute.code] = (*values.get(one.attribute.code, ()), one.value)
    return Person(
        id=row.pk,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        active=row.is_active,
        language=row.language,
        created_at=row.created_at,
        # The operation that creates a user begins a moment before the user is there.
        modified_at=max(row.created_at, modified_at),
        location=location,
        external_id=external_id,
        values=values,
        roles=tuple((grant.content_role_id, grant.content_role.name) for grant in row.role_grants.all()),
    )


def called(user_name: str) -> "QuerySet[User]":
    """Return the users with a userName, whatever its case: by the username, or the e-mail of whoever has none."""
    value = Lower(Value(tidy(user_name)))
    usernames = Identifier.objects.filter(attribute__code=USERNAME)
    same = usernames.alias(lower=Lower("value")).filter(lower=value)
    without = ~Exists(usernames.filter(user=OuterRef("pk")))
    by_email = User.objects.alias(lower=Lower("email")).filter(without, lower=value).exclude(email="")
    # A union, because an OR over two tables would read every user.
    return User.objects.filter(pk__in=same.values("user").union(by_email.values("pk")))
