"""An operation for the tests of the ledger itself: it does whatever effects it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Effect
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.undo import Undo
from rollbook.ledger.writer import apply, preview
from rollbook.people.access import MachineActor, Right, operator
from rollbook.people.models import User

OPERATOR = operator("tests")


@dataclass(frozen=True, kw_only=True)
class Do(Operation):
    """Apply `effects`, made anew for each plan."""

    verb = "do"
    right = Right.USERS_EDIT

    effects: Callable[[], Sequence[Effect]]
    subjects: "Sequence[QuerySet[Any]]" = ()

    def plan(self, acting: Actor) -> Plan:
        return Plan(operation=self, summary="Do", subjects=self.subjects, effects=self.effects())

    def params(self) -> dict[str, Any]:
        return {}


def do(*effects: Callable[[], Effect], subjects: "Sequence[QuerySet[Any]]" = ()) -> OperationRecord:
    """Plan and apply effects; each is given as a function that makes it."""
    operation = Do(effects=lambda: [make() for make in effects], subjects=subjects)
    return apply(preview(operation, acting=OPERATOR), acting=OPERATOR)


def undo(
    record: OperationRecord, *, include_conflicts: bool = False, acting: MachineActor = OPERATOR
) -> OperationRecord:
    """Plan and apply the undo of an operation."""
    plan = preview(Undo(operation_id=record.pk, include_conflicts=include_conflicts), acting=acting)
    return apply(plan, acting=acting)


def only(user: User) -> QuerySet[User]:
    """Return the query of one user."""
    return User.objects.filter(pk=user.pk)
