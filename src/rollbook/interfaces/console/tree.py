"""A tree of locations or categories as a list in reading order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rollbook.people.access import UserActor
from rollbook.people.models import Location
from rollbook.training.catalogue import Category

Row = TypeVar("Row", Location, Category)


@dataclass(frozen=True)
class Node(Generic[Row]):
    """One row of the tree, how deep it is below those that the actor sees, and its path ("North / Oak")."""

    row: Row
    depth: int
    path: str

    @property
    def choice(self) -> tuple[int, str]:
        """Return it as an option of a select."""
        return self.row.pk, self.path


def in_order(given: Iterable[Row]) -> list[Node[Row]]:
    """Return rows parents first, siblings by name. One whose parent is not among them stands at the top."""
    rows = sorted(given, key=lambda row: row.name.casefold())
    ids = {row.pk for row in rows}
    children: dict[int | None, list[Row]] = {}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in ids else None, []).append(row)

    def below(parent: int | None, depth: int, path: str) -> Iterator[Node[Row]]:
        for row in children.get(parent, []):
            node = Node(row, depth, f"{path} / {row.name}" if path else row.name)
            yield node
            yield from below(row.pk, depth + 1, node.path)

    return list(below(None, 0, ""))


def places_of(actor: UserActor) -> list[Node[Location]]:
    """Return the locations within an actor's scope."""
    return in_order(actor.reach(Location.objects.all()))


def categories() -> list[Node[Category]]:
    """Return all categories."""
    return in_order(Category.objects.all())
