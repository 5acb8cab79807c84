"""Users that are meant together: who they are, who of them is not there, and how to speak of many."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.common.text import counted, listed
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note
from rollbook.people.access import users_seen
from rollbook.people.models import User
from rollbook.people.pasted import users_called
from rollbook.people.tree import locations_below

NAMED = 3
SHOWN = 50
NOT_THERE = "not there, or beyond your locations or access level"
UNFIT = "does not fit the filter"
MERGED = "merged into another account: choose that one"


def missing_users(ids: Collection[int], found: "QuerySet[User]") -> list[str]:
    """Return a sentence for no ids at all, or for those that `found` lacks; nothing where all are there."""
    if not ids:
        return ["Nobody was chosen. Choose at least one user."]
    missing = sorted(set(ids) - set(found.values_list("pk", flat=True)))
    if not missing:
        return []
    return [f"There is no user {listed([f'#{i}' for i in missing[:NAMED]], len(missing))}."]


def names_of(users: "QuerySet[User]", number: int | None = None) -> str:
    """Return the first names and how many more; empty for nobody. `number` is how many these are, where it is known."""
    names = [user.full_name for user in users.order_by("pk")[:NAMED]]
    return listed(names, users.count() if number is None else number)


def takes_mail(users: "QuerySet[User]") -> "QuerySet[User]":
    """Return those of the users who are told things by e-mail."""
    return users.filter(send_notifications=True, status=User.Status.ACTIVE).exclude(email="")


@dataclass(frozen=True, kw_only=True)
class UserSelection:
    """Users by their ids and by what they are called, or all in a location or below it, or `everybody`.

    `names` are e-mail addresses, identifiers or ID numbers, as people paste them. `status` and `access_level`
    narrow the choice. Where nothing is given, nobody is meant; nor is ever a merged duplicate.
    """

    ids: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    location_id: int | None = None
    everybody: bool = False
    status: str = ""
    access_level: str = ""

    @property
    def is_named(self) -> bool:
        """Say whether the users are named one by one."""
        return bool(self.ids or self.names)

    def within(self, acting: Actor) -> "QuerySet[User]":
        """Return those of the users who are meant whom the actor reaches. A name that means several means nobody."""
        return self._narrowed(self._chosen(acting, acting.reach(User.objects.order_by())))

    def left_out(self, acting: Actor) -> list[Note]:
        """Return who was named and is left out, each with the reason; of a place only how many.

        A user beyond the actor's reach is not told apart from one who is not there.
        """
        if not self.is_named:
            # Whoever means everybody means those within reach.
            return [] if self.everybody else self._beyond(acting)
        reached = acting.reach(User.objects.order_by())
        there = set(reached.filter(pk__in=self.ids).values_list("pk", flat=True))
        notes = [Note(f"User #{pk}", NOT_THERE) for pk in sorted(set(self.ids) - there)]
        for name, meant in users_called(self.names, reached).items():
            if not meant:
                notes.append(Note(f"“{name}”", NOT_THERE))
            elif len(meant) > 1:
                which = listed([f"#{pk}" for pk in sorted(meant)])
                notes.append(Note(f"“{name}”", f"means more than one user: give {which} instead"))
        narrowed = self._chosen(acting, reached).exclude(pk__in=self.within(acting).values("pk"))
        notes += [
            Note(user.full_name, MERGED if user.merged_into_id else UNFIT) for user in narrowed.order_by("pk")
        ]
        return shortened(notes)

    def _beyond(self, acting: Actor) -> list[Note]:
        # Of a place that the actor does not see, not even a number is told.
        everyone = self._narrowed(self._chosen(acting, users_seen(acting).order_by())).count()
        beyond = everyone - self.within(acting).count()
        return [Note(counted(beyond, "user"), "beyond your locations or access level")] if beyond else []

    def _chosen(self, acting: Actor, among: "QuerySet[User]") -> "QuerySet[User]":
        if self.is_named:
            called = users_called(self.names, acting.reach(User.objects.order_by())) if self.names else {}
            ids = {*self.ids, *(next(iter(meant)) for meant in called.values() if len(meant) == 1)}
            return among.filter(pk__in=ids)
        if self.location_id is not None:
            return among.filter(location__in=locations_below(self.location_id))
        return among if self.everybody else among.none()

    def _narrowed(self, users: "QuerySet[User]") -> "QuerySet[User]":
        # Said so that PostgreSQL, before it knows the table, does not take nearly everybody to be merged.
        users = users.exclude(status=User.Status.INACTIVE, merged_into__isnull=False)
        if self.status:
            users = users.filter(status=self.status)
        return users.filter(access_level=self.access_level) if self.access_level else users


def shortened(notes: list[Note]) -> list[Note]:
    """Return the first notes, and how many more there are."""
    more = len(notes) - SHOWN
    return [*notes[:SHOWN], Note(f"and {more:,} more")] if more > 0 else notes


def without_any(within: "QuerySet[User]", touched: "QuerySet[User]", why: str) -> list[Note]:
    """Return a note about those of the users who are meant of whom nothing is touched."""
    idle = within.exclude(pk__in=touched.values("pk"))
    return [Note(names, why)] if (names := names_of(idle)) else []
