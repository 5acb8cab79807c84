"""How each attribute of users and content roles is looked for."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Concat

from rollbook.interfaces.scim.asked import Asked
from rollbook.interfaces.scim.casting import EMPLOYEE_ID, USERNAME, number, role_id
from rollbook.interfaces.scim.filters import (
    NOBODY,
    Column,
    always,
    flag,
    instant,
    moment,
    numbered,
    rows,
    text,
)
from rollbook.interfaces.scim.people import called
from rollbook.interfaces.scim.shapes import OURS, EnterpriseUser
from rollbook.people.history import about_since
from rollbook.people.lookups import with_email
from rollbook.people.models import AttributeValue, Identifier, Location, User, UserAttribute
from rollbook.people.scim import ScimUser
from rollbook.training.catalogue import RoleGrant
from rollbook.training.scim import ScimGroup


def user_columns(asked: Asked) -> dict[str, Column]:
    """Return how users are looked for, by the attribute's name in lower case."""
    external = rows(ScimUser.objects.filter(client=asked.client, ended_at=None), "external_id")
    address = text("email", eq=lambda value: Q(pk__in=with_email(value).values("pk")))
    addressed = ~Q(email="")
    found = {
        "id": numbered("pk", number),
        "externalid": external,
        "username": _user_name(),
        "name": always("", ~Q(first_name="")),
        "name.givenname": text("first_name"),
        "name.familyname": text("last_name"),
        "displayname": _full_name(),
        "name.formatted": _full_name(),
        "preferredlanguage": text("language"),
        "active": flag(Q(status=User.Status.ACTIVE)),
        "emails": address,
        "emails.value": address,
        "emails.type": always("work", addressed),
        "emails.primary": always(known=True, present=addressed),
        "groups": _groups(),
        "groups.value": _groups(),
        "groups.display": rows(RoleGrant.objects.all(), "content_role__name", exact=False),
        "meta.created": moment("created_at"),
        "meta.lastmodified": _last_modified(),
        "meta.resourcetype": always("User"),
        f"{EnterpriseUser.__schema__}:employeeNumber".lower(): _attribute(
            UserAttribute.objects.filter(code=EMPLOYEE_ID).first(), exact=False
        ),
        f"{OURS}:location".lower(): _location(asked),
    }
    for code, attribute in asked.own_attributes.items():
        found[f"{OURS}:{code}".lower()] = _attribute(attribute, exact=True)
    return found


def group_columns(asked: Asked) -> dict[str, Column]:
    """Return how content roles are looked for."""
    members = numbered("grants__user", number)
    mine = asked.acting.sees_users()

    def has_member(op: str, value: Any) -> Q:
        wanted = number(value)
        there = RoleGrant.objects.filter(user__in=mine.filter(pk=wanted or 0).values("pk"))
        return Q(pk__in=there.values("content_role")) if members.compare(op, value) else NOBODY

    present = Q(pk__in=RoleGrant.objects.filter(user__in=mine.values("pk")).values("content_role"))
    return {
        "id": numbered("pk", role_id),
        "externalid": rows(ScimGroup.objects.filter(client=asked.client), "external_id", to="content_role"),
        "displayname": text("name", exact=True),
        "members": Column(has_member, present),
        "members.value": Column(has_member, present),
        "members.type": always("User", present),
        "meta.resourcetype": always("Group"),
    }


def _user_name() -> Column:
    plain = rows(Identifier.objects.filter(attribute__code=USERNAME), exact=False)
    without = ~Q(pk__in=Identifier.objects.filter(attribute__code=USERNAME).values("user"))
    address = text("email")

    def compare(op: str, value: Any) -> Q:
        if op == "eq" and isinstance(value, str):
            text("email").compare(op, value)  # refuses what no text may hold
            return Q(pk__in=called(value).values("pk"))
        return plain.compare(op, value) | (without & address.compare(op, value))

    return Column(compare)


def _full_name() -> Column:
    full = Concat("first_name", Value(" "), "last_name")
    plain = text("full")

    def compare(op: str, value: Any) -> Q:
        named = User.objects.alias(full=full).filter(plain.compare("sw" if op == "eq" else op, value))
        if op == "eq":
            # A last name may be empty, which leaves a blank behind.
            named = named.filter(Q(full__iexact=value) | Q(full__iexact=f"{value} "))
        return Q(pk__in=named.values("pk"))

    return Column(compare)


def _last_modified() -> Column:
    created = moment("created_at")

    def compare(op: str, value: Any) -> Q:
        value = instant(value)
        after, then_or_after = (
            created.compare(bound, value) | about_since(value, also_then=bound == "ge")
            for bound in ("gt", "ge")
        )
        found = {"gt": after, "ge": then_or_after, "lt": ~then_or_after, "le": ~after}
        return found[op] if op in found else then_or_after & ~after & created.compare("le", value)

    return Column(compare)


def _groups() -> Column:
    def compare(op: str, value: Any) -> Q:
        numbered("pk", role_id).compare(op, value)
        return Q(pk__in=RoleGrant.objects.filter(content_role=role_id(value) or 0).values("user"))

    return Column(compare, Q(pk__in=RoleGrant.objects.values("user")))


def _attribute(attribute: UserAttribute | None, *, exact: bool) -> Column:
    model = Identifier if attribute and attribute.key else AttributeValue
    return rows(model._default_manager.filter(attribute=attribute), exact=exact)


def _location(asked: Asked) -> Column:
    plain = {pk: name.lower() for pk, name in asked.places.items()}
    tests: dict[str, Callable[[str, str], bool]] = {
        "eq": lambda name, value: name == value,
        "co": lambda name, value: value in name,
        "sw": lambda name, value: name.startswith(value),
        "ew": lambda name, value: name.endswith(value),
    }

    def compare(op: str, value: Any) -> Q:
        text("name").compare("eq", value)
        test = tests.get(op)
        if test is None:
            return NOBODY
        ids = [pk for pk, name in plain.items() if test(name, value.lower())]
        return Q(location__in=Location.objects.filter(pk__in=ids).values("pk"))

    return Column(compare)
