"""Users who are not in a file: who they are, and when they are so many that the file looks incomplete (CASES 42)."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from rollbook.common.text import counted, listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Hold
from rollbook.people.access import Right
from rollbook.people.attribute_checks import values_of
from rollbook.people.importing.columns import ATTRIBUTE, EMAIL
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.models import AccessLevel, User, UserAttribute
from rollbook.people.tree import locations_below

# In a small place one user is a large share.
FEW = 5
NAMED = 5


@dataclass(frozen=True)
class Missing:
    """The users who are missing, how many they are, what stands against making them inactive, and what holds it."""

    users: "QuerySet[User]"
    number: int
    refusals: list[str]
    holds: list[Hold]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many users of one location, and which share of them (per cent), may be missing from a file."""

    users: int = 100
    percent: int = 5

    def exceeded(self, missing: int, there: int) -> bool:
        """Say whether so many are missing that somebody has to look."""
        return missing > self.users or self.exceeded_together(missing, there)

    def exceeded_together(self, missing: int, there: int) -> bool:
        """Say whether it is too large a share."""
        return missing > FEW and missing * 100 > there * self.percent


def missing_from(file: ImportFile, acting: Actor, location_id: int | None, limits: Limits) -> Missing:
    """Return the active learners within reach who could have been found by the file's column, and are in no row of it.

    With `location_id`, only those there and below.
    """
    able = _findable(file, acting, location_id)
    # A list of ids would be as long as the register; this is asked anew each time.
    users = able.filter(~Exists(ImportRow.objects.filter(file=file, user_id=OuterRef("pk"))))
    there, gone = _by_place(able), _by_place(users)
    refusals, holds = [], []
    above = [
        f"{number:,} of {counted(there[name, pk], 'user')} in {name}"
        for (name, pk), number in sorted(gone.items())
        if limits.exceeded(number, there[name, pk])
    ]
    # Of many small places a file could lack everybody, and none of them would be above.
    if not above and limits.exceeded_together(sum(gone.values()), sum(there.values())):
        all_users = counted(sum(there.values()), "user")
        above = [f"{sum(gone.values()):,} of {all_users} in all locations together"]
    if above:
        why = (
            f"The file lacks {listed(above[:NAMED], len(above))}. Where more than {limits.users:,} users of a location, or "
            f"more than {limits.percent} % of it or of all together, would become inactive because of one file, a second administrator must "
            "approve it: somebody should look whether the file is complete. Without one, import it without deactivating "
            "and deactivate them in the Users report, or raise the limits."
        )
        holds.append(Hold(why, Right.USERS_DEACTIVATE))
    # Whom such a row means is not known: perhaps one of those who seem to be missing.
    unknown = ImportRow.objects.filter(file=file, state=ImportRow.State.REFUSED, user_id__isnull=True).count()
    if unknown:
        refusals.append(
            f"{counted(unknown, 'refused row')} may mean somebody who would seem to be missing. Correct them first, or "
            "import without deactivating."
        )
    return Missing(users, sum(gone.values()), refusals, holds)


def _by_place(users: "QuerySet[User]") -> dict[tuple[str, int], int]:
    """Return how many there are in each location, which is (its name, its id): two may be called alike."""
    counts = users.values_list("location__name", "location_id").annotate(Count("pk")).order_by()
    return {(name, pk): number for name, pk, number in counts}


def _findable(file: ImportFile, acting: Actor, location_id: int | None) -> "QuerySet[User]":
    users = acting.reach(
        User.objects.filter(status=User.Status.ACTIVE, access_level=AccessLevel.LEARNER, merged_into=None)
    ).exclude(pk=acting.user_id or 0)
    if location_id is not None:
        users = users.filter(location__in=locations_below(location_id))
    if file.by == EMAIL:
        return users.exclude(email="")
    if file.by.startswith(ATTRIBUTE):
        attribute = UserAttribute.objects.get(code=file.by.removeprefix(ATTRIBUTE))
        return users.filter(Exists(values_of(attribute).filter(user=OuterRef("pk"))))
    return users
