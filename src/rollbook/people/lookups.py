"""Finding users by what identifies them."""

from django.db.models import QuerySet
from django.db.models.functions import Lower

from rollbook.common.text import tidy
from rollbook.people.models import Identifier, User

LONGEST_ID = 19  # digits of a bigint


def with_email(address: str) -> QuerySet[User]:
    """Return the users (at most one) with an e-mail address, ignoring case; nobody for an empty one."""
    folded = tidy(address).lower()
    if not folded:
        return User.objects.none()
    return User.objects.alias(folded_email=Lower("email")).filter(folded_email=folded).exclude(email="")


def known_as(value: str) -> QuerySet[User]:
    """Return the users whose e-mail address or identifier `value` is."""
    identified = Identifier.objects.filter(value=tidy(value))
    # A union, because an OR over two tables would read every user.
    return User.objects.filter(pk__in=with_email(value).values("pk").union(identified.values("user")))


def named(value: str) -> QuerySet[User]:
    """Return the users whom a person could mean: by ID number (`#12`), e-mail or any identifier."""
    text = tidy(value)
    if text.startswith("#") and text[1:].isdecimal() and len(text) <= 1 + LONGEST_ID:
        return User.objects.filter(pk=int(text[1:]))
    return known_as(text)
