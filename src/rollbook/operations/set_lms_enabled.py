"""Switch an LMS off, so that none of its launches is accepted, or on again."""

from dataclasses import dataclass

from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Update
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import LMS
from rollbook.people.access import Right


@dataclass(frozen=True, kw_only=True)
class SetLMSEnabled(Operation):
    """Set whether launches of an LMS are accepted. Its LMS accounts stay as they are."""

    verb = "set_lms_enabled"
    right = Right.LMS_EDIT

    lms_id: int
    enabled: bool

    def plan(self, acting: Actor) -> Plan:
        """Say which LMS is switched on or off."""
        lms = LMS.objects.filter(pk=self.lms_id)
        found = lms.first()
        return Plan(
            operation=self,
            summary=f"{'Accept' if self.enabled else 'Refuse'} launches of {found}",
            subjects=[lms],
            effects=[Update(lms.exclude(enabled=self.enabled), {"enabled": self.enabled})],
            refusals=[] if found else [f"There is no LMS {self.lms_id}."],
        )
