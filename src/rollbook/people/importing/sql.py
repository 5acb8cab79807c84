"""Pieces of SQL that checking is made of."""

from typing import Any

from django.db import connection

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import sql_of
from rollbook.people.access import users_seen
from rollbook.people.attribute_checks import values_of
from rollbook.people.importing.columns import Field
from rollbook.people.models import Location, User, UserAttribute

Fragment = tuple[str, tuple[Any, ...]]


def quoted(name: str) -> str:
    """Return a column's name as SQL."""
    return connection.ops.quote_name(name)


def literal(text: str) -> str:
    """Return a text as SQL, for statements with parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def attribute_of(field: Field) -> UserAttribute:
    """Return the attribute of a field that is one."""
    assert field.attribute is not None, field.key  # noqa: S101  # the caller looked
    return field.attribute


def table_of(attribute: UserAttribute) -> str:
    """Return the table that an attribute's values are in."""
    return values_of(attribute).model._meta.db_table


def seen_users(acting: Actor) -> Fragment:
    """Return a query of the ids of the users whom the actor may look at."""
    return sql_of(users_seen(acting).order_by().values("pk"))


def reached_users(acting: Actor) -> Fragment:
    """Return a query of the ids of the users whom the actor may change."""
    return sql_of(acting.reach(User.objects.order_by()).values("pk"))


def reached_locations(acting: Actor) -> Fragment:
    """Return a query of the ids of the locations to which the actor may move users."""
    return sql_of(acting.reach(Location.objects.order_by()).values("pk"))
