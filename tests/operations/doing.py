"""How tests do an operation as one of the cast."""

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import apply, preview
from rollbook.people.access import actor_for
from rollbook.people.models import User


def do(who: User, operation: Operation) -> OperationRecord:
    """Do it, and return its record."""
    acting = actor_for(who)
    return apply(preview(operation, acting=acting), acting=acting, reason="a test")


def refusals(who: User, operation: Operation) -> str:
    """Return what stands against it, as people read it."""
    return " ".join(preview(operation, acting=actor_for(who)).refusals)
