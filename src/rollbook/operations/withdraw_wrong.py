"""Withdraw a declaration that an LMS's id is not a user: matchers may link the pair again."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Remove
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import DeclaredWrong
from rollbook.people.access import Right
from rollbook.people.models import User


@dataclass(frozen=True, kw_only=True)
class WithdrawWrong(Operation):
    """Take the declaration `declared_id` away. Nothing is linked by it; the next launch may be."""

    verb = "withdraw_wrong"
    right = Right.QUEUE_DECIDE
    needs_reason = True

    declared_id: int

    def plan(self, acting: Actor) -> Plan:
        """Say which pair may be linked again."""
        declared = DeclaredWrong.objects.filter(pk=self.declared_id)
        found = declared.select_related("lms", "user").first()
        if found is None:
            gone = "This declaration is no longer there."
            return Plan(operation=self, summary=gone, subjects=[User.objects.none()], refusals=[gone])
        return Plan(
            operation=self,
            summary=f"Withdraw that {found.subject} of {found.lms} is not {found.user}",
            subjects=[User.objects.filter(pk=found.user_id)],
            effects=[Remove(declared)],
        )
