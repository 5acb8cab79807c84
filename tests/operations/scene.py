"""What a scene of an operation is: the contract test runs over scenes."""

from collections.abc import Callable
from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Operation
from rollbook.people.models import User
from tests.cast import outside_the_ledger


@dataclass(frozen=True)
class Scene:
    """One situation in which an operation changes something."""

    operation: Operation
    actor: Actor
    outsider: Actor | None
    disturb: Callable[[], object]


def touch(row: User) -> Callable[[], object]:
    """Return a change of a user's name by somebody else."""

    def change() -> None:
        with outside_the_ledger():
            User.objects.filter(pk=row.pk).update(last_name="Changed meanwhile")

    return change
