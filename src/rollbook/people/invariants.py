"""What must always hold of people, beyond what the database's own constraints hold."""

from rollbook.people.models import AccessLevel, AttributeValue, Identifier, User
from rollbook.people.webhooks import telling


def broken_invariants() -> list[str]:
    """Return one sentence for each thing that is broken, naming the rows."""
    broken = telling.broken_invariants()
    if ids := list(Identifier.objects.filter(attribute__key=False).values_list("pk", flat=True)[:20]):
        broken.append(f"Identifiers of attributes without the key: {ids}.")
    if ids := list(AttributeValue.objects.filter(attribute__key=True).values_list("pk", flat=True)[:20]):
        broken.append(f"Values of Username attributes that are no identifiers: {ids}.")
    staff = User.objects.filter(access_level=AccessLevel.SUPER_USER)
    if staff.exists() and not staff.filter(status=User.Status.ACTIVE).exists():
        broken.append("No super user is active: nobody may do everything.")
    return broken
