"""What stands against making a user attribute a Username attribute, or an ordinary one again."""

from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower

from rollbook.common.text import in_sentence, listed
from rollbook.people.models import AttributeValue, Identifier, User, UserAttribute

NAMED = 5


def key_on_problem(attribute: UserAttribute) -> str | None:
    """Say which users' values could not identify them: each must be one user's alone, and no one's e-mail."""
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
        return (
            f"The value of {taken.user}, {taken.value}, is another user's e-mail address: correct it first."
        )
    return None


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
    names = listed([user.full_name for user in users], number)
    verb = "has" if number == 1 else "have"
    return f"{names} {verb} several values of {attribute.label}; without the key there is one. Leave each of them one."


def moved_columns() -> dict[str, F]:
    """Return the columns that an identifier and an attribute value share."""
    return {"attribute": F("attribute_id"), "value": F("value"), "user": F("user_id")}


def _holders(values: "QuerySet[AttributeValue]") -> str:
    first = values.select_related("user").order_by("user")[:2]
    return listed([value.user.full_name for value in first], values.count())
