"""Users that are meant together: who they are, who of them is not there, and how to speak of many."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from rollbook.common.text import listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note
from rollbook.people.models import User

NAMED = 3
# Above this many users a person types the number to confirm, and the plan is live.
MANY = 100


def missing_users(ids: Collection[int], found: "QuerySet[User]") -> list[str]:
    """Return a sentence for no ids at all, or for those that `found` lacks; nothing where all are there."""
    if not ids:
        return ["Nobody was chosen. Choose at least one user."]
    missing = sorted(set(ids) - set(found.values_list("pk", flat=True)))
    if not missing:
        return []
    return [f"There is no user {listed([f'#{i}' for i in missing[:NAMED]], len(missing))}."]


def names_of(users: "QuerySet[User]") -> str:
    """Return the first names and how many more; empty for nobody."""
    return listed([user.full_name for user in users.order_by("pk")[:NAMED]], users.count())


@dataclass(frozen=True, kw_only=True)
class UserSelection:
    """Users by their ids, or all who live in a location or below it, narrowed by status and access level.

    With neither ids nor a location, nobody is meant, unless `everybody` says so.
    """

    ids: tuple[int, ...] = ()
    location_id: int | None = None
    everybody: bool = False
    status: str = ""
    access_level: str = ""

    def users(self) -> "QuerySet[User]":
        """Return the users who are meant, whoever acts."""
        users = User.objects.order_by()
        if self.ids:
            users = users.filter(pk__in=self.ids)
        elif self.location_id is not None:
            below = RawSQL(
                "SELECT rollbook_locations_below(ARRAY[%s::bigint])", [self.location_id]
            )  # the SQL is constant
            users = users.filter(location__in=below)
        elif not self.everybody:
            return users.none()
        if self.status:
            users = users.filter(status=self.status)
        return users.filter(access_level=self.access_level) if self.access_level else users

    def left_out(self, acting: Actor) -> list[Note]:
        """Return who was named and is left out, each with the reason; of a place only how many.

        A user beyond the actor's scope is not told apart from one who is not there.
        """
        if not self.ids:
            beyond = self.users().count() - acting.reach(self.users()).count()
            who = f"{beyond:,} {'user' if beyond == 1 else 'users'}"
            return [Note(who, "beyond your locations or access level")] if beyond else []
        within = set(acting.reach(self.users()).values_list("pk", flat=True))
        return [
            Note(f"User #{pk}", "not there, or beyond your locations or access level")
            for pk in sorted(set(self.ids) - within)
        ]
