"""What stands against making a user attribute a Username attribute, or an ordinary one again."""

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower

from rollbook.common.text import in_sentence, listed
from rollbook.people.models import AccessLevel, AttributeValue, Identifier, User, UserAttribute

NAMED = 5


def key_on_problem(attribute: UserAttribute) -> str | None:
    """Say which values cannot become identifiers: two users', another one's e-mail, or what staff sign in with."""
    values = AttributeValue.objects.filter(attribute=attribute)
    shared = values.values("value").annotate(users=Count("pk")).filter(users__gt=1).order_by("value")
    if number := shared.count():
        label = in_sentence(attribute.label)
        clashes = [
            f"{_holders(values.filter(value=row['value']))} have the {label} {row['value']}"
            for row in shared[:NAMED]
        ]
        more = f" ({number - NAMED:,} more are like this)" if number > NAMED else ""
        return f"{'; '.join(clashes)}{more}. A Username attribute's values are unique: correct them first."
    others = (
        User.objects.alias(folded=Lower("email"))
        .filter(folded=Lower(OuterRef("value")))
        .exclude(pk=OuterRef("user"))
    )
    if taken := values.filter(Exists(others)).select_related("user").order_by("pk").first():
        return f"The value of {_named(taken.user)}, {taken.value}, is another user's e-mail address: correct it first."
    return _shadows_staff(attribute, values)


def _shadows_staff(attribute: UserAttribute, values: "QuerySet[AttributeValue]") -> str | None:
    # An ambiguous identifier signs nobody in. Between learners that is allowed, and said (`shared_values`).
    staff = _held_by_another().exclude(user__access_level=AccessLevel.LEARNER)
    if (shadow := values.filter(Exists(staff)).select_related("user").order_by("pk").first()) is None:
        return None
    held = Identifier.objects.filter(value=shadow.value).exclude(user=shadow.user)
    holder = held.exclude(user__access_level=AccessLevel.LEARNER).order_by("pk")[0].user
    return (
        f"{_named(shadow.user)} has the {in_sentence(attribute.label)} {shadow.value}, with which {_named(holder)}, "
        f"{holder.level.label.lower()}, signs in: neither of the two could any more. Correct it first."
    )


def shared_values(attribute: UserAttribute) -> int:
    """Return how many of the attribute's values are identifiers of other users already."""
    return AttributeValue.objects.filter(Exists(_held_by_another()), attribute=attribute).count()


def _held_by_another() -> "QuerySet[Identifier]":
    return Identifier.objects.filter(value=OuterRef("value")).exclude(user=OuterRef("user"))


def key_off_problem(attribute: UserAttribute) -> str | None:
    """Say which users have several identifiers: an ordinary attribute has one value."""
    several = (
        Identifier.objects.filter(attribute=attribute)
        .values("user")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
        .order_by("user")
    )
    if not (number := several.count()):
        return None
    users = User.objects.filter(pk__in=[row["user"] for row in several[:NAMED]])
    names = listed([_named(user) for user in users], number)
    verb = "has" if number == 1 else "have"
    return f"{names} {verb} several values of {attribute.label}; without the key there is one. Leave each of them one."


def moved_columns() -> dict[str, F]:
    """Return the columns that an identifier and an attribute value share."""
    return {"attribute": F("attribute_id"), "value": F("value"), "user": F("user_id")}


def _holders(values: "QuerySet[AttributeValue]") -> str:
    first = values.select_related("user").order_by("user")[:2]
    return listed([_named(value.user) for value in first], values.count())


def _named(user: User) -> str:
    # With the number: those who clash are called alike more often than others.
    return f"{user.full_name} (#{user.pk})"
